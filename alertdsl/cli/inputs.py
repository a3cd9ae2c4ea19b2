"""Rule texts, rule files and catalogs as given on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

CATALOG = "alertdsl.toml"
ENDING = ".alert"
STDIN, STDIN_NAME = "-", "<stdin>"
LONGEST_PATH = 4096

catalog_option = click.option(
    "--catalog",
    "catalog_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"The catalog. Else {CATALOG} beside the rules, in this folder, or above it in the project.",
)

measurement_option = click.option(
    "--measurement", help="Of a CSV; else its column `measurement`, else the file's name."
)
tag_option = click.option(
    "--tag", "tags", multiple=True, metavar="TAG=VALUE", help="A tag of all rows of a CSV."
)


def path_of(given: str) -> Path | None:
    """The path that an argument is, or None for rule text and standard input.

    Raises:
        click.UsageError: a name like a rule file's that is not there.
    """
    if not given or given == STDIN or len(given) > LONGEST_PATH or "\n" in given or "\0" in given:
        return None
    path = Path(given)
    if path.exists():
        return path
    if given.endswith(ENDING):
        raise click.UsageError(f"{given}: no such file")
    return None


def read(given: str) -> tuple[str, str]:
    """Rule text and the name to call it by: of a file, of standard input (``-``), or the argument itself.

    Raises:
        AlertDslError: not UTF-8.
        click.UsageError: no such file, or a folder.
    """
    if given == STDIN:
        return read_stdin(), STDIN_NAME
    path = path_of(given)
    if path is None:
        return given, "<rule>"
    if path.is_dir():
        raise click.UsageError(f"{given} is a folder: name one of its files")
    from alertdsl.syntax.parser import read_rules

    return read_rules(path), given


def read_stdin() -> str:
    """All of standard input.

    Raises:
        AlertDslError: not UTF-8.
    """
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:  # replaced by a text stream
        return sys.stdin.read()
    data: bytes = stream.read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        from alertdsl.diagnostics import NOWHERE, error
        from alertdsl.syntax.codes import NOT_UTF8

        message = (
            f"standard input is not UTF-8 text: byte 0x{data[problem.start]:02x} at offset {problem.start}"
        )
        raise error(NOT_UTF8, message, NOWHERE).in_text("", STDIN_NAME) from None


def source_of(given: str) -> str | Path:
    """What the library's functions take: a path, or text.

    Raises:
        AlertDslError, click.UsageError: as `read`.
    """
    path = path_of(given)
    return path if path is not None and path.is_file() else read(given)[0]


def rule_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The rule files among paths: files as they are, folders with all their rule files."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob(f"*{ENDING}"))
        else:
            yield path


def find_catalog(given: Path | None, near: str | None = None) -> Path | None:
    """The catalog file: the one named, else the nearest: beside the rules, in the working folder, and in the folders above
    each, up to that of the project (the one with ``.git``)."""
    if given is not None:
        return given
    here = Path.cwd()
    path = path_of(near) if near is not None else None
    beside = [] if path is None else [(path if path.is_dir() else path.parent).resolve()]
    from alertdsl.semantics.catalog import nearest_catalog

    for start in (*beside, here):
        found = nearest_catalog(start)
        if found is not None:
            return found.relative_to(here) if found.parent == here else found
    return None


def open_catalog(given: Path | None, near: str | None = None) -> Catalog | None:
    """The catalog that applies, or None without one.

    Raises:
        AlertDslError: a catalog that cannot be read.
    """
    from alertdsl import load_catalog

    path = find_catalog(given, near)
    return None if path is None else load_catalog(path)
