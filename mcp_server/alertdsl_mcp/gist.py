"""The gist of a sentence: which metric, compared with what, over which window; as condition text.

The language is read from left to right, people put the same parts in any order: `less than 5 GB of free space on any server`.
Here each part is looked for where it may stand, the longest names of the catalog first, and taken out; the parts are then put
in the language's order. What nobody took and is no mere filler is *unread*: a gist with unread words is one of several possible
readings, never a correction. No number, name or length of time is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alertdsl_mcp.forms import forms_for
from alertdsl_mcp.naming import find, metrics_in, tag_words
from alertdsl_mcp.wording import AGGREGATES, COMPARISONS, DURATION, NOISE, VALUE, plain_numbers

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog, Metric

_TAKEN = " \x00 "
_MOST = 8
_WITHIN = rf"(?:over|in|within|during|of|per|a|an|every|each|/)?\s*(?:the\s+|its\s+)?(?:last\s+|past\s+|previous\s+)?({DURATION})"
_CONNECTIVE = re.compile(r"\s*,?\s*\b(and|or|unless|but\s+only\s+if)\b\s*", re.IGNORECASE)
_PROTECTED = re.compile(
    rf"\b(between|outside(?:\s+of)?)\s+({VALUE})\s*(?:and|to|-)\s*({VALUE})", re.IGNORECASE
)
_CALL = re.compile(r"(\w+?)(?:_over_time)?\s*\(\s*([^()]*?)\s*\)")
_RANGE = re.compile(rf"\[\s*({DURATION})\s*\]")
_HELD = re.compile(rf" for {DURATION}$")
_CALENDAR = r"today|yesterday|this\s+week|this\s+month"
_NUMBER = re.compile(r"\d+")
_LEFT = frozenset(("left", "free", "remaining", "available", "unused", "idle"))
_USED = re.compile(r"\b(?:us(?:ed|age)|utili[sz]ation|load|consumed|occupied)\b|_used|used_", re.IGNORECASE)
_OR_MORE = re.compile(rf"({VALUE})\s+or\s+(more|higher|less|fewer|lower)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gist:
    """Condition text, and the words of the sentence that are not in it."""

    text: str
    unread: tuple[str, ...] = ()


def gists(sentence: str, catalog: Catalog) -> list[Gist]:
    """The readings of a sentence; none where a part of it has no comparison, or no metric."""
    plain = plain_numbers(_without_calls(" ".join(sentence.split())))
    plain = _PROTECTED.sub(lambda m: f"{m[1].split()[0]} {m[2]} to {m[3]}", plain)
    plain = _OR_MORE.sub(lambda m: f"{'at least' if m[2][0] in 'mh' else 'at most'} {m[1]}", plain)
    parts = _CONNECTIVE.split(plain)
    found = [Gist("")]
    for index in range(0, len(parts), 2):
        read = list(_Part(parts[index], catalog).gists())
        joint = "" if index == 0 else f" {' '.join(parts[index - 1].casefold().split())} "
        found = [
            Gist(f"{one.text}{joint}{more.text}", one.unread + more.unread) for one in found for more in read
        ]
        if len(found) > _MOST:
            return []
    numbers = set(_NUMBER.findall(plain))
    told = (
        one for one in found if numbers <= set(_NUMBER.findall(one.text)) and not _is_another(one, catalog)
    )
    return [reading for one in told for reading in _bracketed(one)]


def _is_another(one: Gist, catalog: Catalog) -> bool:
    """Whether a reading leaves out what makes it another rule: a further metric, or that what is left is meant, not what is used."""
    unread = {word.casefold() for word in one.unread}
    if any((word,) in catalog.metric_phrases for word in unread):
        return True
    return bool(unread & _LEFT) and _USED.search(one.text) is not None


def _without_calls(text: str) -> str:
    """``avg_over_time(x[5m])`` as ``avg of x over 5m``; brackets that join conditions are left alone."""
    text = _RANGE.sub(r" over \1 ", text)
    if _CONNECTIVE.search(text):
        return text
    return re.sub(r"[()]", " ", _CALL.sub(r"\1 of \2 ", text))


def _bracketed(one: Gist) -> list[Gist]:
    """A `for` after `or` belongs to both or to the last, and has to say so."""
    held = _HELD.search(one.text)
    if held is None or " or " not in one.text:
        return [one]
    before, _, last = one.text[: held.start()].rpartition(" or ")
    return [
        Gist(f"({before} or {last}){held[0]}", one.unread),
        Gist(f"{before} or ({last}{held[0]})", one.unread),
    ]


class _Part:
    """A part of a sentence with one condition; what is taken is blanked out."""

    def __init__(self, text: str, catalog: Catalog) -> None:
        self.rest = f" {text} "
        self.catalog = catalog
        self.tags = "(?!)"

    def take(self, pattern: str, *, words: bool = True) -> re.Match[str] | None:
        """The first place of a pattern, taken out; between the edges of words."""
        whole = rf"(?<![\w$€£¥.-])(?:{pattern})(?!\w)" if words else pattern
        found = re.search(whole, self.rest, re.IGNORECASE)
        if found:
            self.rest = self.rest[: found.start()] + _TAKEN + self.rest[found.end() :]
        return found

    def gists(self) -> Iterator[Gist]:
        """What this part may say, for each metric that it may speak of."""
        whole = self.rest
        for metric, start, end in metrics_in(whole, self.catalog):
            self.rest = whole[:start] + _TAKEN + whole[end:]
            yield from self._about(metric)

    def _about(self, metric: Metric) -> Iterator[Gist]:
        self.tags = tag_words(self.catalog, metric)
        quantifier = self._quantifier()
        name = self._series(metric)
        self.take(
            rf"(?:(?:on|for|of|in)\s+)?(?:any|each|every|an?|one|some)\s+(?:of\s+the\s+)?(?:{self.tags})(?:\s+that)?"
        )
        for condition in self._condition(name, metric):
            unread = tuple(
                word
                for word in re.findall(r"[\w$€£%/.-]*\w[\w%]*|[<>=]+", self.rest)
                if word.casefold() not in NOISE
            )
            yield Gist(f"{quantifier}{condition}", unread)

    # ------------------------------------------------------------ which series

    def _quantifier(self) -> str:
        amount = r"((?:at\s+least|more\s+than|at\s+most|fewer\s+than|exactly)\s+\d+(?:\s?%\s+of)?)"
        found = self.take(
            rf"{amount}\s+(?:the\s+|all\s+)?({self.tags})(?:\s+(?:have|has|with|are|show|report))?"
        )
        return "" if found is None else f"{' '.join(found[1].split())} {found[2]} have "

    def _series(self, metric: Metric) -> str:
        """The metric with the entities and tag values that stand around it."""
        before: list[str] = []
        after: list[str] = []
        filters: list[str] = []
        entities = {**self.catalog.value_phrases, **self.catalog.entity_phrases}
        while (hit := find(self.rest, entities)) is not None:
            said = re.escape(self.rest[hit.start : hit.end])
            around = rf"(?:(?:on|for|of|in|at|from)\s+)?(?:the\s+)?(?:(?:{self.tags})\s+)?{said}(?:'s)?(?:\s+(?:{self.tags}))?"
            if self.take(around) is None:
                break
            name = entities[hit.name][0].name
            known = hit.name in self.catalog.entity_phrases
            (before if known else after).append(name if known else f"on {name}")
        tags = self.tags
        for found in iter(
            lambda: self.take(rf"(?:where\s+|with\s+)?({tags})\s*(?:is\s+|=+\s*)[\"']?([\w./-]+)[\"']?"), None
        ):
            filters.append(f'{self._tag(found[1])}="{found[2]}"')
        if (
            metric.labels
            and "path" in metric.labels
            and (path := self.take(r"(?:(?:on|of|for|at)\s+)?(/[\w./-]*)", words=False))
        ):
            filters.append(f'path="{path[1]}"')
        braces = f"{{{', '.join(filters)}}}" if filters else ""
        return f"{' '.join([*before, metric.name])}{braces}{''.join(f' {one}' for one in after)}"

    def _tag(self, said: str) -> str:
        found = self.catalog.tag_phrases.get(tuple(said.casefold().split()))
        return found[0].name if found else said

    # ------------------------------------------------------------ what about it

    def _condition(self, name: str, metric: Metric) -> Iterator[str]:
        for form in forms_for(metric):
            found = form(self, name)
            if found:
                yield from found
                return
        yield from self._compared(name, metric)

    def _compared(self, name: str, metric: Metric) -> Iterator[str]:
        compared = self._after_window() or self._comparison()
        if compared is None:
            return
        operator, value = compared
        grouping = self._grouping()
        held = self.held()
        aggregate = self._aggregate()
        if self.take(r"per\s+second|a\s+second|per\s+1s|/\s?s"):
            aggregate = aggregate or "rate"
        if not aggregate and (change := self.take(r"(percent(?:age)?\s+|%\s+)?change(?:\s+of)?")):
            aggregate = "percent change" if change[1] or value.endswith("%") else "change"
        calendar = self.take(_CALENDAR)
        window = None if calendar else self.take(_WITHIN)
        span = f" {calendar[0].strip().casefold()}" if calendar else f" over {window[1]}" if window else ""
        for left in _left_sides(name, metric, aggregate, span, grouping):
            if left.startswith("count") and value.endswith("%"):
                continue  # points are counted, not shares of them
            yield f"{left} {operator} {value}{held}"
        if window and not held and not aggregate and not grouping and metric.kind != "counter":
            yield f"{name} {operator} {value} for {window[1]}"

    def _after_window(self) -> tuple[str, str] | None:
        """The comparison, where ``over 10m`` is a window and another word compares."""
        window = re.search(
            rf"\s(?:over|in|within)\s+(?:the\s+)?(?:last\s+|past\s+)?{DURATION}(?!\w)",
            self.rest,
            re.IGNORECASE,
        )
        if window is None:
            return None
        whole, self.rest = self.rest, self.rest.replace(window[0], _TAKEN, 1)
        compared = self._comparison()
        self.rest = f"{self.rest}{window[0]} " if compared else whole
        return compared

    def held(self) -> str:
        parts = self.take(r"for\s+(\d+)([smhdw])?\s+of\s+(?:the\s+)?(?:last\s+)?(\d+)([smhdw])")
        if parts:
            return f" for {parts[1]}{parts[2] or parts[4]} of {parts[3]}{parts[4]}"
        hold = self.take(rf"for\s+(?:(?:more\s+than|at\s+least|longer\s+than|over)\s+)?({DURATION})")
        return f" for {hold[1]}" if hold else ""

    def _comparison(self) -> tuple[str, str] | None:
        found = self.take(rf"((?:is\s+)?(?:between|outside|not\s+between))\s+({VALUE})\s+to\s+({VALUE})")
        if found:
            outside = not found[1].casefold().endswith("between") or "not" in found[1].casefold()
            return (
                ("outside", f"{found[2]} to {found[3]}")
                if outside
                else ("between", f"{found[2]} and {found[3]}")
            )
        for operator, said in COMPARISONS:
            found = self.take(rf"(?:{said})\s*(?:the\s+)?({VALUE}|\"[^\"]*\")")
            if found:
                return operator, found[found.lastindex or 1].strip()
        return None

    def _aggregate(self) -> str:
        for said, function in AGGREGATES:
            found = self.take(rf"(?:the\s+)?(?:{said})(?:\s+of)?")
            if found:
                return function or f"p{found[1]}"
        return ""

    def _grouping(self) -> str:
        if self.take(r"overall|in\s+total|altogether|all\s+together"):
            return " overall"
        found = self.take(
            rf"(?:per|by|for\s+each|in\s+each|for\s+every|in\s+every|of\s+each)\s+\(?({self.tags})\)?"
        )
        return f" by {self._tag(found[1])}" if found else ""


def _left_sides(name: str, metric: Metric, aggregate: str, over: str, grouping: str) -> Iterator[str]:
    """What is compared, in the ways that it may be meant."""
    if aggregate in {"rate", "increase"} and not over:
        yield from (f"{aggregate} of {name} over {span}{grouping}" for span in ("1m", "5m"))
    elif aggregate in {"rate", "increase"} and grouping:
        yield f"sum of {aggregate} of {name}{over}{grouping}"
    elif aggregate:
        yield f"{aggregate} of {name}{over}{grouping or ('' if over else ' overall')}"
    elif not over and not grouping:
        yield name
    elif metric.kind == "counter" and over:
        yield f"sum of increase of {name}{over}{grouping}" if grouping else f"increase of {name}{over}"
    else:
        yield from (f"{one} of {name}{over}{grouping}" for one in ("avg", "max", "sum", "count"))
