"""What may be written at a place, by the kind of name that belongs there and by what else the parser takes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path

from lsprotocol.types import CompletionItemKind

from alertdsl.diagnostics import AlertDslError
from alertdsl.lsp import about, forms
from alertdsl.lsp.names import Candidate, Names, phrase, plain, texts
from alertdsl.lsp.slots import Slot, compared_with, slot_of, tag_before
from alertdsl.semantics import units
from alertdsl.semantics.clauses import SEVERITIES
from alertdsl.semantics.imports import Library
from alertdsl.semantics.phrases import read_phrase
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.values import resolve_value
from alertdsl.syntax import ast
from alertdsl.syntax.build_support import string
from alertdsl.syntax.format_values import identifier
from alertdsl.syntax.format_values import value as written
from alertdsl.syntax.prefix import Expected

MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known where something is to be completed.

    Attributes:
        names: those of the catalog.
        library: constants and templates that the file can use.
        rules: names of rules, of this file and of others.
        targets: names of notification targets.
        files: rule files that can be imported, relative to this one.
        stem: what is typed already of what is to be completed, case folded.
    """

    names: Names
    library: Library
    rules: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    stem: str = ""


def offers(at: Expected, around: Surroundings, *, fresh_line: bool, at_margin: bool) -> Iterator[Candidate]:
    """Everything that fits, in no order.

    Args:
        at: the parser at the place.
        around: what is known.
        fresh_line: whether the place is the first of its line, where a clause may begin.
        at_margin: whether it is at the very start of the line, where an item may begin.
    """
    slot = slot_of(at)
    if slot is not None:
        yield from _NAMES[slot](at, around)
    accepted = at.accepted
    if "QUANTIFIER" in accepted:
        # A condition may begin with `more than 90% ...`, but few look for a comparison there.
        accepted -= forms.COMPARISONS.keys()
    if fresh_line:
        accepted = frozenset(one for one in accepted if one in forms.CLAUSES or one in _continuing())
        beginning = forms.ITEMS if at_margin else forms.CLAUSES
        accepted |= frozenset(one for one in at.on_new_line if one in beginning)
    else:
        accepted = frozenset(one for one in accepted if at_margin or one not in forms.ITEMS or one == "AS")
    yield from _words(accepted)


def templates(around: Surroundings) -> Iterator[Candidate]:
    """Templates with their parameters, as they stand behind `use`."""
    for name, one in around.library.templates.items():
        places = [
            f"{p.name} = {{{'' if p.default is None else written(p.default)}}}" for p in one.node.parameters
        ]
        form = forms.snippet(f"{identifier(name)}({', '.join(places)})")
        detail, tell = f"({about.signature(one.node)})", partial(about.template, one)
        yield Candidate(name, form, CompletionItemKind.Function, 1, detail, tell, is_snippet=True)


@cache
def _word(terminal: str) -> tuple[Candidate, ...]:
    kind = CompletionItemKind.Operator if terminal in forms.COMPARISONS else CompletionItemKind.Keyword
    rank = 5 if terminal in forms.COMPARISONS or terminal in forms.CLAUSES else 6
    return tuple(
        Candidate(
            forms.label(form),
            forms.snippet(form),
            CompletionItemKind.Function if terminal in ("AGGREGATE", "COUNT_OF", "FUNCTION") else kind,
            rank + (i > 0),
            documentation=partial(about.keyword, terminal, form.partition("{")[0].rstrip(" (")),
            is_snippet="{" in form,
        )
        for i, form in enumerate(forms.FORMS[terminal])
    )


def _words(terminals: Iterable[str]) -> Iterator[Candidate]:
    for terminal in sorted(terminals):
        if terminal in forms.FORMS:
            yield from _word(terminal)


@cache
def _continuing() -> frozenset[str]:
    """The terminals that go on a condition on the next line."""
    from alertdsl.syntax.loader import lark_parser

    pattern = next(t.pattern.to_regexp() for t in lark_parser().terminals if t.name == "CONTINUATION")
    found = re.compile(pattern, re.IGNORECASE)
    return frozenset(t for t, some in forms.FORMS.items() if found.match("\n" + forms.example(some[0])))


# ---------------------------------------------------------------- names of each kind


def _condition(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    yield from around.names.metrics
    yield from around.names.entities
    yield from _constants(at, around)
    # Files have ten thousand rules, so these are chosen before anything is made of them.
    fitting = (name for name in around.rules if around.stem in f"{name} is firing".casefold())
    for name in islice(fitting, MOST_RULES):
        insert = f"{phrase(name)} is firing"
        yield Candidate(f"{name} is firing", insert, CompletionItemKind.Event, 3, "rule")


def _value(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    yield from _bound(at, around)
    yield from around.names.metrics
    yield from around.names.entities


def _name_goes_on(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    if _is_metric(at, around):
        yield from around.names.late_entities
    else:
        yield from around.names.entities
        yield from around.names.metrics


def _is_metric(at: Expected, around: Surroundings) -> bool:
    """Whether the words so far name a metric already."""
    words = tuple(ast.Word(string(t), t.type == "QUOTED") for t in at.words if t.type in ("WORD", "QUOTED"))
    try:
        read_phrase(ast.MetricRef(words), around.names.catalog)
    except AlertDslError:
        return False
    return True


def _constants(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    constants = around.library.constants
    for definition in constants.values():
        let = definition.node
        detail = f"by {let.by}" if let.value is None else written(let.value)
        tell = partial(about.constant, definition, around.names.catalog, constants)
        yield Candidate(let.name, phrase(let.name), CompletionItemKind.Constant, 0, detail, tell)


def _bound(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    yield from _constants(at, around)
    unit = _unit(at, around)
    if unit is not None:
        for i, name in enumerate(units.units_like(unit)[:8]):
            form = f"{{0}}{name}" if name == "%" else f"{{0}} {name}"
            insert = forms.snippet(form)
            label = forms.label(form)
            yield Candidate(label, insert, CompletionItemKind.Unit, 1 + (i > 0), "number", is_snippet=True)


def _unit(at: Expected, around: Surroundings) -> units.Unit | None:
    """The unit of what a place is compared with."""
    left = compared_with(at)
    if left is None:
        return None
    try:
        scope = Scope(around.names.catalog, definitions=around.library.constants)
        return resolve_value(left, scope).unit
    except AlertDslError:
        return None


def _unit_names(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    unit = _unit(at, around)
    for i, name in enumerate(units.units_like(unit) if unit is not None else ()):
        yield Candidate(name, name, CompletionItemKind.Unit, i > 0, "unit")


def _tag_values(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    tag = tag_before(at)
    if tag is not None:
        yield from texts(around.names.values_of(tag))


def _rows(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    for value in around.names.values_of(tag_before(at) or ""):
        insert = forms.escaped(f"{identifier(value)} = ") + "$0"
        yield Candidate(value, insert, CompletionItemKind.Value, 1, is_snippet=True)


def _arguments(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    name = next((one.text for one in at.stack if isinstance(one, ast.Word)), "")
    template = around.library.templates.get(name)
    if template is not None:
        for parameter in template.node.parameters:
            default = "" if parameter.default is None else written(parameter.default)
            insert = f"{forms.escaped(parameter.name)} = ${{0:{forms.escaped(default)}}}"
            label = f"{parameter.name} = "
            yield Candidate(label, insert, CompletionItemKind.Property, -1, default, is_snippet=True)
    yield from _constants(at, around)
    yield from around.names.metrics
    yield from around.names.entities


def _severities(at: Expected, around: Surroundings) -> Iterator[Candidate]:
    kind = CompletionItemKind.EnumMember
    yield from (Candidate(name, name, kind, i, "severity") for i, name in enumerate(SEVERITIES))


@cache
def zones() -> tuple[Candidate, ...]:
    """All time zones of this machine."""
    from zoneinfo import available_timezones

    kind = CompletionItemKind.Value
    return tuple(Candidate(zone, zone, kind, 1 + ("/" not in zone)) for zone in sorted(available_timezones()))


_NAMES: dict[Slot, Callable[[Expected, Surroundings], Iterable[Candidate]]] = {
    Slot.CONDITION: _condition,
    Slot.VALUE: _value,
    Slot.AGGREGATED: lambda at, around: (*around.names.metrics, *around.names.entities),
    Slot.NAME_GOES_ON: _name_goes_on,
    Slot.METRIC: lambda at, around: around.names.metrics,
    Slot.ENTITY: lambda at, around: around.names.entities,
    Slot.BOUND: _bound,
    Slot.CHOICE: lambda at, around: (),
    Slot.TAG: lambda at, around: around.names.tags,
    Slot.TAG_VALUE: _tag_values,
    Slot.ROW: _rows,
    Slot.TARGET: lambda at, around: plain(around.targets, CompletionItemKind.Reference, "target"),
    Slot.SEVERITY: _severities,
    Slot.CALENDAR: lambda at, around: plain(
        (one.name for one in around.names.catalog.calendars), CompletionItemKind.Value, "calendar"
    ),
    Slot.LENGTH: _constants,
    Slot.ARGUMENT: _arguments,
    Slot.IMPORT: lambda at, around: texts(around.files),
    Slot.ZONE: lambda at, around: zones(),
    Slot.UNIT: _unit_names,
    Slot.NEW: lambda at, around: (),
}


def relative(paths: Iterable[Path], source: Path) -> tuple[str, ...]:
    """Rule files as an import in the file at `source` names them."""
    return tuple(Path(os.path.relpath(path, source.parent)).as_posix() for path in paths)
