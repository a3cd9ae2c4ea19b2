"""A small language for alert rules on time series.

    text ─ parse ─▶ AST ─ resolve(catalog) ─▶ typed rule ─ plan ─▶ reads ─ compile ─▶ query text (Flux)
                     │                            │
                     └─ format_rule               └─ explain, check, meaning_hash

One function an arrow; each takes rule text or the path of a file. Importing this module loads neither the parser nor the catalog
reader: they come with the first call.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Severity, Span

if TYPE_CHECKING:
    from alertdsl.backends.flux import FluxScript
    from alertdsl.semantics.catalog import Catalog
    from alertdsl.semantics.typed import Rule
    from alertdsl.syntax.ast import File

__version__ = "0.1.0"

__all__ = [
    "AlertDslError",
    "Diagnostic",
    "Fix",
    "Severity",
    "Span",
    "__version__",
    "check",
    "compile",
    "explain",
    "format_rule",
    "load_catalog",
    "meaning_hash",
    "parse",
    "resolve",
]


def parse(source: str | Path) -> File:
    """The syntax tree of rule text (a `str`) or of a rule file (a `Path`); a lone condition is a file of one unnamed rule.

    Raises:
        AlertDslError: with all the syntax errors of the text.
    """
    from alertdsl.syntax.parser import parse_rules

    text, file = _read(source)
    return parse_rules(text, file)


def load_catalog(path: str | Path) -> Catalog:
    """The catalog of a TOML file (`alertdsl.toml`): what the words of rules mean.

    Raises:
        AlertDslError: unreadable file, bad TOML, unknown keys or wrong values, each with its line.
    """
    from alertdsl.semantics.catalog import load_catalog as load

    return load(path)


def check(source: str | Path, catalog: Catalog | None = None) -> list[Diagnostic]:
    """All that is wrong with rule text or a rule file: errors and warnings, in the order of the text; it raises nothing for them.

    Without a catalog only ``measurement.field{tag="value"}`` names a metric.

    Raises:
        AlertDslError: the file cannot be read.
    """
    _, diagnostics = _analyse(source, catalog)
    return list(diagnostics)


def resolve(source: str | Path, catalog: Catalog | None = None) -> tuple[Rule, ...]:
    """The typed rules of rule text or a rule file.

    Raises:
        AlertDslError: with all errors, if any rule is wrong. `check` tells warnings too.
    """
    rules, diagnostics = _analyse(source, catalog)
    errors = [d for d in diagnostics if d.severity is Severity.ERROR]
    if errors:
        raise AlertDslError(errors)
    return rules


def compile(  # noqa: A001
    source: str | Path,
    catalog: Catalog | None = None,
    *,
    default_bucket: str | None = None,
    at: int | None = None,
) -> tuple[FluxScript, ...]:
    """The self-contained Flux script of each rule, in the order of the text.

    `default_bucket` is read where the catalog names no bucket; None: the one of the catalog's file (``[source] bucket``),
    or ``monitors``. `at` is the instant to look at, nanoseconds since the epoch; None: the newest.

    Raises:
        AlertDslError: with all errors, if any rule is wrong.
    """
    from alertdsl.backends.flux import compile_rule

    bucket = default_bucket or (catalog.default_bucket if catalog is not None else "") or "monitors"
    scripts = []
    for rule in resolve(source, catalog):
        try:
            scripts.append(compile_rule(rule, default_bucket=bucket, at=at))
        except ValueError as problem:
            message = f"rule {rule.name} cannot be written as Flux: {problem}"
            raise AlertDslError(Diagnostic("E270", message, Span(0, 0), text=rule.text)) from None
    return tuple(scripts)


def explain(source: str | Path, catalog: Catalog | None = None) -> str:
    """Each rule in plain English: what fires, for which series, how `for` was bound, what happens without data, what is read.

    Raises:
        AlertDslError: with all errors, if any rule is wrong.
    """
    from alertdsl.explanation import explain_rule

    return "\n".join(explain_rule(rule) for rule in resolve(source, catalog))


def format_rule(source: str | Path) -> str:
    """The canonical text of rule text or a rule file: synonyms replaced, parentheses of `for` written, comments kept.

    Raises:
        AlertDslError: with all the syntax errors of the text.
    """
    from alertdsl.syntax.format import format_rule_text

    text, file = _read(source)
    try:
        return format_rule_text(text)
    except AlertDslError as problem:
        raise problem.in_text(text, file) from None


def meaning_hash(rule: Rule) -> str:
    """SHA-256 in hexadecimal of what a typed rule means; the same in every process. An edit that keeps it keeps the rule's alerts."""
    from alertdsl.semantics.meaning import meaning_hash as hash_of

    return hash_of(rule)


def _analyse(source: str | Path, catalog: Catalog | None) -> tuple[tuple[Rule, ...], tuple[Diagnostic, ...]]:
    from alertdsl.semantics.problems import UNKNOWN_METRIC, unique
    from alertdsl.semantics.resolve import resolve_file
    from alertdsl.syntax.parser import parse_lenient

    text, file = _read(source)
    tree, problems = parse_lenient(text, file)
    place = source if isinstance(source, Path) else None
    rules, diagnostics = resolve_file(tree, catalog, name=file, source=place)
    found = unique((*problems, *diagnostics))
    if any(one.code in UNKNOWN_METRIC for one in found):
        from alertdsl.packs.hinting import with_packs

        found = tuple(with_packs(found))
    return rules, found


def _read(source: str | Path) -> tuple[str, str]:
    if isinstance(source, str):
        return source, "<rule>"
    from alertdsl.syntax.parser import read_rules

    return read_rules(source), str(source)
