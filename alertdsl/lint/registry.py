"""The checks, each under a code that never changes its meaning.

A check is a function of a `Subject` with its documentation as docstring: what it finds, why that matters, an example, the way
out. Writing one takes a dozen lines in a file of `checks/`; importing the file registers it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from alertdsl.diagnostics import Diagnostic, Fix, Severity, Span
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog
from alertdsl.syntax import ast


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at: a rule without errors, as written and as resolved."""

    node: ast.Rule
    rule: typed.Rule
    catalog: Catalog


Finding = tuple[Span, str] | tuple[Span, str, str] | tuple[Span, str, str, tuple[Fix, ...]]
"""Where, what, and optionally the way out, in words and as fixes."""
Run = Callable[[Subject], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check."""

    code: str
    name: str
    severity: Severity
    run: Run
    documentation: str

    def diagnostics(self, subject: Subject) -> Iterable[Diagnostic]:
        """What the check finds in a rule."""
        for found in self.run(subject):
            hint = found[2] if len(found) > 2 else ""
            fixes = found[3] if len(found) > 3 else ()
            yield Diagnostic(self.code, found[1], found[0], hint, self.severity, fixes=fixes)


_CHECKS: dict[str, Check] = {}


def check(code: str, name: str, severity: Severity = Severity.WARNING) -> Callable[[Run], Run]:
    """Registers the decorated function; its docstring is the check's documentation."""

    def register(run: Run) -> Run:
        known = _CHECKS.get(code)
        if known is not None and known.name != name:
            raise ValueError(f"{code} is taken by {known.name}")
        _CHECKS[code] = Check(code, name, severity, run, inspect.getdoc(run) or "")
        return run

    return register


@cache
def all_checks() -> tuple[Check, ...]:
    """All checks, by code."""
    package = import_module("alertdsl.lint.checks")

    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return tuple(_CHECKS[code] for code in sorted(_CHECKS))
