"""What stands around a rule file: its catalog and configuration, and the other files of its project.

An open buffer counts before the file on the disk. Files on the disk are read again when their time or size has changed.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.semantics.catalog import Catalog, nearest_catalog, parse_catalog
from alertdsl.semantics.catalog_file import read_catalog
from alertdsl.semantics.imports import project_of
from alertdsl.syntax.parser import read_rules

ENDING = ".alert"
MOST_FILES = 2000
_RULE = re.compile(
    r'^[ \t]*rule[ \t]+("(?:\\.|[^"\\\n])*"|[\w.-]+)(?![ \t]*\()', re.IGNORECASE | re.MULTILINE
)
_TARGET_VARIABLE = "ALERTDSL_NOTIFY_"

Stamp = tuple[int, int] | str | None
"""What tells two states of a file apart: time and size of a file, the text of a buffer."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """An `alertdsl.toml` as it is now.

    Attributes:
        path: the file; None where there is none.
        text: its text.
        catalog: what it says, or said when it could last be read; None if it never could.
        problems: what is wrong with it.
        targets: names of the notification targets. Their addresses hold secrets and are not kept.
    """

    path: Path | None = None
    text: str = ""
    catalog: Catalog | None = field(default_factory=Catalog)
    problems: tuple[Diagnostic, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass
class Project:
    """All that is known beside the file being edited.

    Args:
        buffers: the texts of open files by their paths, kept up to date by the server.
        roots: the folders that the editor has open.
    """

    buffers: Mapping[Path, str] = field(default_factory=dict)
    roots: tuple[Path, ...] = ()
    _configurations: dict[Path, tuple[Stamp, Configuration]] = field(default_factory=dict)
    _texts: dict[Path, tuple[Stamp, str]] = field(default_factory=dict)
    _files: dict[Path | None, tuple[Path, ...]] = field(default_factory=dict)
    _names: dict[Path, tuple[Stamp, tuple[str, ...]]] = field(default_factory=dict)

    def text(self, path: Path) -> str:
        """The text of a rule file.

        Raises:
            AlertDslError: it cannot be read.
        """
        stamp = self._stamp(path)
        if isinstance(stamp, str):
            return stamp
        known = self._texts.get(path)
        if known is None or known[0] != stamp:
            known = self._texts[path] = (stamp, read_rules(path))
        return known[1]

    def configuration_of(self, source: Path | None) -> Configuration:
        """The configuration that holds for a file: the nearest, as the command line finds it."""
        starts = [*([] if source is None else [source.parent]), *self.roots]
        path = next((found for start in starts if (found := nearest_catalog(start)) is not None), None)
        return Configuration() if path is None else self.configuration(path)

    def configuration(self, path: Path) -> Configuration:
        """What an `alertdsl.toml` says."""
        stamp = self._stamp(path)
        known = self._configurations.get(path)
        if known is None or known[0] != stamp:
            before = None if known is None else known[1].catalog
            known = self._configurations[path] = (stamp, _configuration(path, stamp, before))
        return known[1]

    def refresh(self) -> None:
        """Looks again which files there are."""
        self._files.clear()

    def rule_files(self, source: Path | None) -> tuple[Path, ...]:
        """The rule files of the project that a file belongs to, itself left out, as when last asked to look."""
        if source not in self._files:
            self._files[source] = tuple(self._walk(source))
        return self._files[source]

    def _walk(self, source: Path | None) -> Iterator[Path]:
        roots = self.roots if source is None else (project_of(source),)
        count = 0
        for root in roots:
            for folder, folders, files in os.walk(root):
                folders[:] = sorted(
                    one for one in folders if not one.startswith(".") and one != "node_modules"
                )
                for file in sorted(files):
                    path = Path(folder, file)
                    if file.endswith(ENDING) and path != source:
                        yield path
                    count += 1
                    if count > MOST_FILES:
                        return

    def rule_names(self, source: Path | None) -> dict[str, Path]:
        """The names of the rules in the other files of the project, with their files."""
        found: dict[str, Path] = {}
        for path in self.rule_files(source):
            stamp = self._stamp(path)
            known = self._names.get(path)
            if known is None or known[0] != stamp:
                known = self._names[path] = (stamp, self._read_names(path))
            for name in known[1]:
                found.setdefault(name, path)
        return found

    def _read_names(self, path: Path) -> tuple[str, ...]:
        try:
            text = self.text(path)
        except AlertDslError:
            return ()
        return tuple(name_of(found) for found in _RULE.finditer(text))

    def _stamp(self, path: Path) -> Stamp:
        if path in self.buffers:
            return self.buffers[path]
        try:
            status = path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


def name_of(found: re.Match[str]) -> str:
    """The name that a pattern found, without its quotes."""
    from alertdsl.syntax.texts import unquote

    return unquote(found[1]) if found[1].startswith('"') else found[1]


def _configuration(path: Path, stamp: Stamp, before: Catalog | None) -> Configuration:
    text = stamp if isinstance(stamp, str) else _read(path)
    try:
        catalog = parse_catalog(text, str(path)) if isinstance(stamp, str) else read_catalog(path)
    except AlertDslError as problem:
        return Configuration(path, text, before, problem.diagnostics, _targets(text))
    return Configuration(path, text, catalog, (), _targets(text))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _targets(text: str) -> tuple[str, ...]:
    """Names from ``[notify.targets]`` and the environment, and the one that is always there."""
    try:
        notify = tomllib.loads(text).get("notify")
    except tomllib.TOMLDecodeError:
        notify = None
    table = notify.get("targets") if isinstance(notify, dict) else None
    configured = list(table) if isinstance(table, dict) else []
    prefix = len(_TARGET_VARIABLE)
    given = [
        name[prefix:].lower().replace("_", "-") for name in os.environ if name.startswith(_TARGET_VARIABLE)
    ]
    return tuple(dict.fromkeys((*configured, *given, "terminal")))
