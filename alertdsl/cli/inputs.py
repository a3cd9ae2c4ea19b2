"""Rule texts, rule files and catalogs as given on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

CATALOG = "alertdsl.toml"
ENDING = ".alert"

catalog_option = click.option(
    "--catalog",
    "catalog_path",
    type=click.Path(path_type=Path),
    help=f"The catalog. Else {CATALOG} beside the rules, in this folder, or in one above it.",
)


def is_file(given: str) -> bool:
    """Whether an argument names a file rather than being rule text."""
    return given.endswith(ENDING) or (len(given) < 4096 and "\n" not in given and Path(given).is_file())


def read(given: str) -> tuple[str, str]:
    """Rule text and the name to call it by, of a path or of text.

    Raises:
        AlertDslError: not UTF-8.
        OSError: no such file.
    """
    if not is_file(given):
        return given, "<rule>"
    from alertdsl.syntax.parser import read_rules

    return read_rules(given), given


def source_of(given: str) -> str | Path:
    """What the library's functions take: a path, or text."""
    return Path(given) if is_file(given) else given


def rule_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The rule files among paths: files as they are, folders with all their rule files."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob(f"*{ENDING}"))
        else:
            yield path


def find_catalog(given: Path | None, near: str | Path | None = None) -> Path | None:
    """The catalog file: the one named, else the nearest: beside the rules, in the working folder, in the folders above."""
    if given is not None:
        return given
    folders = [Path.cwd(), *Path.cwd().parents]
    if near is not None and is_file(str(near)):
        folder = Path(near).resolve().parent
        folders = [folder, *folder.parents, *folders]
    return next((folder / CATALOG for folder in folders if (folder / CATALOG).is_file()), None)


def open_catalog(given: Path | None, near: str | Path | None = None) -> Catalog | None:
    """The catalog that applies, or None without one.

    Raises:
        AlertDslError: a catalog that cannot be read.
    """
    from alertdsl import load_catalog

    path = find_catalog(given, near)
    return None if path is None else load_catalog(path)
