"""The parse tables: made from the grammar once, then kept in the user's own cache folder."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import pickle
import re
import stat
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

STARTS = ("file", "condition")


def grammar_text(name: str = "alertdsl.lark") -> str:
    """The grammar as shipped in the wheel, or beside the package in a checkout."""
    shipped = files("alertdsl") / "grammar" / name
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "grammar" / name).read_text(encoding="utf-8")


@functools.cache
def lark_parser() -> Lark:
    """The parser, from the cache if it is there."""
    grammar = grammar_text()
    path = _cache_path(grammar)
    cached = _read(path) if path is not None else None
    if cached is not None:
        return cached
    parser = build(grammar)
    if path is not None:
        _write(path, parser)
    return parser


def build(grammar: str, **options: Any) -> Lark:
    """The parser, from nothing; `options` are lark's."""
    from lark import Lark

    from alertdsl.syntax.build import Builder
    from alertdsl.syntax.line_ends import LineEnds

    settings: dict[str, Any] = {
        "parser": "lalr",
        "lexer": "contextual",
        "start": list(STARTS),
        "g_regex_flags": int(re.IGNORECASE),
        "transformer": Builder(),
        "postlex": LineEnds(),
    }
    return Lark(grammar, **(settings | options))


def _cache_path(grammar: str) -> Path | None:
    import lark

    key = f"{grammar}\0{lark.__version__}\0{sys.version_info[:3]}\0{STARTS}\0{_sources()}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # no home folder
        return None
    return root / "alertdsl" / f"grammar-{digest}.pickle"


def _sources() -> str:
    from alertdsl import __version__

    return __version__


def _read(path: Path) -> Lark | None:
    """The parser in a cache file, unless someone else could have written it: unpickling runs what it is given."""
    from lark import Lark

    try:
        with path.open("rb") as f:
            if not _private(os.fstat(f.fileno())) or not _private(path.parent.stat()):
                return None
            return Lark.load(f)
    except Exception:  # noqa: BLE001 - a cache that cannot be read, for whatever reason, is rebuilt
        return None


def _write(path: Path, parser: Lark) -> None:
    data = io.BytesIO()
    with contextlib.suppress(OSError, pickle.PicklingError, TypeError, AttributeError):
        parser.save(data)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(path.parent.stat()):
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".grammar-")
        try:
            with os.fdopen(handle, "wb") as f:
                f.write(data.getvalue())
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)


def _private(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):  # pragma: no cover - Windows: the profile folder is the user's own
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
