"""The rules to evaluate: from files and from the `alert_rules` table, compiled, with what is wrong with the others.

Files are synchronised into the table, and what is evaluated comes out of the table: so there is one place where
a rule has its id, its version and its time, whoever wrote it, and two engines see the same.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from alertdsl.diagnostics import NOWHERE, AlertDslError, Diagnostic, Severity
from alertdsl.semantics import typed
from alertdsl.store import StoreError
from alertdsl.store.records import NewRule
from alertdsl.store.records import Rule as StoredRule
from alertdsl_runtime.engine.compiled import Compiled, Linker

if TYPE_CHECKING:
    from alertdsl.store import Store

_LOG = logging.getLogger("alertdsl.rules")
SUFFIX = ".alert"
Stamp = tuple[int, int]
"""When a file was changed, and its size."""


class Compiler(Protocol):
    """What makes typed rules of text; `alertdsl` with a catalog is one (`engine.compiler`)."""

    def compile(self, text: str, file: str) -> tuple[Sequence[typed.Rule], Sequence[Diagnostic]]:
        """The rules of a text, and what is wrong with the others. Never raises for a bad text."""
        ...

    def imports(self, text: str, path: Path) -> Collection[Path]:
        """The files on which the rules of a text depend beside their own, those that are not there too."""
        ...

    def meaning(self, rule: typed.Rule) -> str:
        """A hash over what changes an alert's truth."""
        ...


class RuleBook:
    """The rules of a store, kept up to date.

    Args:
        paths: rule files and folders of them (``*.alert``, in all folders below); re-read when they, or what they import,
            change.

    Attributes:
        rules: those to evaluate, by id.
        errors: name of a file or rule -> what is wrong with it, in words with its place.
    """

    def __init__(self, store: Store, compiler: Compiler, paths: Iterable[str | Path] = ()) -> None:
        self._store = store
        self._compiler = compiler
        self._paths = [Path(path) for path in paths]
        self._files_seen: dict[Path, Stamp | None] | None = None
        self._imports: dict[Path, Stamp | None] = {}
        self._revision: int | None = None
        self._table_errors: dict[str, str] = {}
        self._file_errors: dict[str, str] = {}
        self._plain: dict[str, Compiled] = {}
        self.rules: dict[str, Compiled] = {}
        self.bad: dict[str, str] = {}
        """Rule id -> the error of a text in the table that does not compile."""

    @property
    def errors(self) -> Mapping[str, str]:
        """All that is wrong now, files before rules."""
        return self._file_errors | self._table_errors

    def refresh(self, revision: int) -> bool:
        """Take over what changed in the files and, where its revision moved, in the table; whether rules changed.

        Raises:
            StoreError: the database; nothing is lost, ask again.
        """
        if self._paths:
            self._read_files()
            revision = self._store.evaluation.revision().rules
        if revision == self._revision:
            return False
        changed = self._read_table()
        self._revision = revision
        return changed

    # ------------------------------------------------------------ files

    def _read_files(self) -> None:
        files = list(_files(self._paths))
        if dict(files) | {path: _stamp(path) for path in self._imports} == self._files_seen:
            return
        self._imports = {}
        wanted: list[NewRule] = []
        unread: set[str] = set()
        errors: dict[str, str] = {}
        for path, stamp in files:
            rules, error, whole = self._read_file(path) if stamp else ([], f"{path}: no such file", False)
            wanted += rules
            if error:
                errors[str(path)] = error
            if not whole:
                unread.add(str(path))
            if stamp is None:
                # Perhaps a folder that is not mounted just now: nothing is taken for deleted.
                unread |= {r.source for r in self._store.rules.active() if r.origin == self._origin()}
        result = self._store.rules.sync(self._origin(), _unique(wanted, errors), keep_sources=unread)
        for refused in result.refused:
            errors[f"{refused.rule.source}: {refused.rule.name}"] = refused.reason
        self._files_seen = dict(files) | self._imports
        self._file_errors = errors
        for name, error in errors.items():
            _LOG.error("bad rule file", extra={"file": name, "error": error})
        counts = {k: len(getattr(result, k)) for k in ("added", "changed", "removed", "unchanged")}
        _LOG.info("rule files read", extra=counts | {"files": len(files)})

    def _read_file(self, path: Path) -> tuple[list[NewRule], str, bool]:
        """The good rules of a file, what is wrong in words, and whether all of it is good: what a file with a
        mistake in it held before stays in force, only what it still holds is taken over."""
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            return [], f"{path}: not UTF-8 text (byte {error.start})", False
        except OSError as error:
            return [], f"{path}: {error.strerror}", False
        # Stamped before they are read, as the files themselves are.
        self._imports |= {other: _stamp(other) for other in self._compiler.imports(text, path)}
        rules, diagnostics = self._compiler.compile(text, str(path))
        wrong = [d for d in diagnostics if d.severity == Severity.ERROR]
        made = [
            NewRule(
                name=rule.name,
                text=rule.text,
                canonical=rule.text,
                meaning=self._compiler.meaning(rule),
                title=rule.title or "",
                severity=rule.severity,
                source=str(path),
            )
            for rule in rules
        ]
        return made, "\n\n".join(d.render() for d in wrong), not wrong

    def _origin(self) -> str:
        """The name of this set of files in the table."""
        return ("files:" + ",".join(sorted(str(path.absolute()) for path in self._paths)))[:190].strip()

    # ------------------------------------------------------------ table

    def _read_table(self) -> bool:
        old, plain = self.rules, self._plain
        found: dict[str, Compiled] = {}
        problems: dict[str, AlertDslError] = {}
        active = self._store.rules.active()
        for stored in active:
            before = plain.get(stored.id)
            try:
                if before is None or before.stored != stored:
                    before = Compiled(stored, self._compile(stored))
                found[stored.id] = before
            except AlertDslError as error:
                problems[stored.id] = error
        rules, refused = Linker(self._store, active, found, self._compile).link(old)
        problems |= refused
        for stored in active:
            if stored.id in problems and str(problems[stored.id]) != self.bad.get(stored.id):
                facts = {"rule": stored.name, "error": problems[stored.id].message}
                _LOG.error("bad rule", extra=facts)
        self.rules, self._plain = rules, found
        self.bad = {id_: str(problem) for id_, problem in problems.items()}
        self._table_errors = {
            f"rule {stored.name}": self.bad[stored.id] for stored in active if stored.id in self.bad
        }
        return rules.keys() != old.keys() or any(old[key] is not item for key, item in rules.items())

    def _compile(self, stored: StoredRule) -> typed.Rule:
        name = f"rule {stored.name}"
        try:
            rules, diagnostics = self._compiler.compile(stored.text, name)
        except Exception as bug:
            # A text that breaks the compiler is that rule's trouble, not the others'.
            _LOG.exception("the compiler failed", extra={"rule": stored.name})
            problem = Diagnostic("E902", f"the compiler failed on this text: {bug!r}", NOWHERE)
            raise AlertDslError(problem.in_text(stored.text, name)) from bug
        wrong = [d for d in diagnostics if d.severity == Severity.ERROR]
        if wrong:
            raise AlertDslError(wrong)
        if len(rules) != 1:
            text = f"the text of a rule holds one rule, this one holds {len(rules)}"
            raise AlertDslError(Diagnostic("E901", text, NOWHERE).in_text(stored.text, name))
        # A lone condition has no name of its own, and the table's is what people know.
        return replace(rules[0], name=stored.name)


def _files(paths: Iterable[Path]) -> Iterable[tuple[Path, Stamp | None]]:
    """The rule files below the paths, with what changes when they do; None for one that is not there."""
    for path in paths:
        try:
            found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        except OSError:
            found = [path]
        for file in found:
            yield file, _stamp(file)


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _unique(rules: Sequence[NewRule], errors: dict[str, str]) -> list[NewRule]:
    """Without a second rule of a name, which is an error at its file."""
    found: dict[str, NewRule] = {}
    for rule in rules:
        first = found.setdefault(rule.name, rule)
        if first is not rule:
            errors[f"{rule.source}: {rule.name}"] = (
                f"another rule is already called {rule.name!r}, in {first.source}"
            )
    return list(found.values())


def record_bad_rules(store: Store, book: RuleBook, standing: Mapping[str, str], now: int) -> None:
    """Write the errors of texts that do not compile into the store, once per change."""
    from alertdsl.store.records import Changes, ErrorChange

    news = [ErrorChange(rule, now, text) for rule, text in book.bad.items() if standing.get(rule) != text]
    if news:
        try:
            store.evaluation.commit_unbound(Changes(errors=news))
        except StoreError as error:
            _LOG.warning("rule errors not recorded", extra={"error": str(error)})
