"""Conditions other than a comparison, as people say them: silence, crossings, movement, baselines, prediction, age.

Each takes what it reads out of a sentence and returns the condition texts that it may mean, none where it does not apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from alertdsl_mcp.wording import COMPARISONS, DURATION, VALUE

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Metric

_STATISTIC = r"(average|avg|mean|median|high|low|maximum|minimum|max|min)"
_UP = r"ris(?:es?|en|ing)|increas(?:es?|ed|ing)|jump(?:s|ed)?|climb(?:s|ed)?|grow(?:s|n)?|gain(?:s|ed)?|go(?:es)?\s+up|is\s+up"
_DOWN = (
    r"f(?:alls?|ell|alling)|drop(?:s|ped|ping)?|decreas(?:es?|ed|ing)|declin(?:es?|ed)|los(?:es?|t)|dip(?:s|ped)?|go(?:es)?\s+down"
    r"|is\s+down"
)
_BY = r"(?:\s+by)?(?:\s+(?:more\s+than|over|at\s+least|>))?\s+"


class Sentence(Protocol):
    """A sentence of which parts are taken."""

    rest: str

    def take(self, pattern: str, *, words: bool = True) -> re.Match[str] | None:
        """The first place of a pattern, taken out."""

    def held(self) -> str:
        """How long it must hold, as the end of a condition."""


Form = Callable[[Sentence, str], list[str]]


def forms_for(metric: Metric) -> tuple[Form, ...]:
    """The forms that conditions on a metric may have, to be tried in this order."""
    if metric.kind == "timestamp":
        return (_aged,)
    return (*_FORMS, _worded) if metric.type in {"string", "boolean"} else _FORMS


def _silent(part: Sentence, name: str) -> list[str]:
    span = re.search(
        rf"(?:for|in|within|since|during)\s+(?:the\s+last\s+)?({DURATION})", part.rest, re.IGNORECASE
    )
    if span is None:
        return []
    said = (
        r"(?:has|have)\s*(?:not|n't)\s+(?:reported|sent|been\s+seen)|(?:stops?|stopped)\s+(?:reporting|sending)"
        r"|(?:is|are|goes)\s+(?:missing|silent|gone)|missing|without\s+data|no\s+(?:more\s+|new\s+)?data(?:\s+(?:from|for|of))?"
    )
    gone, none = part.take(said), part.take(r"no(?:\s+(?:more|new))?(?=\s+\x00)(?:.*\bat\s+all)?")
    if gone is None and none is None:
        return []
    part.take(re.escape(span[0]))
    if gone is not None:
        return [f"{name} is missing for {span[1]}"]
    # "no requests": none are counted, or the counter stands still, or nothing is known any more.
    return [
        f"increase of {name} over {span[1]} == 0",
        f"count of {name} over {span[1]} == 0",
        f"{name} is missing for {span[1]}",
    ]


def _aged(part: Sentence, name: str) -> list[str]:
    part.take(r"expires?|runs?\s+out|ends?|is\s+due")
    for operator, said in COMPARISONS:
        found = part.take(rf"(?:in\s+)?(?:{said})\s*({DURATION})(\s+(?:old|ago))?")
        if found:
            past = operator in {">", ">="} or found[2] is not None
            return [f"{'age of' if past else 'time until'} {name} {operator} {found[1]}"]
    found = part.take(rf"(?:in|within)\s+({DURATION})")
    return [f"time until {name} < {found[1]}"] if found else []


def _worded(part: Sentence, name: str) -> list[str]:
    found = part.take(r"((?:is|are|has\s+been|stays)(?:\s+not|n't)?|!=|==?)\s+[\"']?([\w-]+)[\"']?")
    if found is None:
        return []
    operator = "!=" if found[1].startswith("!") or re.search(r"not|n't", found[1], re.IGNORECASE) else "=="
    return [f'{name} {operator} "{found[2]}"{part.held()}']


def _crosses(part: Sentence, name: str) -> list[str]:
    found = part.take(rf"cross(?:es|ed|ing)?\s+(?:(above|over|below|under)\s+)?(?:the\s+)?({VALUE})")
    if found is None:
        return []
    said = (found[1] or "").casefold()
    directions = ["above" if said in {"above", "over"} else "below"] if said else ["above", "below"]
    return [f"{name} crosses {direction} {found[2].strip()}" for direction in directions]


def _moves(part: Sentence, name: str) -> list[str]:
    found = part.take(
        rf"({_UP}|{_DOWN}){_BY}({VALUE})\s+(?:in|within|over|during)\s+(?:the\s+)?(?:last\s+|past\s+)?({DURATION})"
    )
    if found is None:
        return []
    verb = "rises" if re.match(_UP, found[1], re.IGNORECASE) else "falls"
    return [f"{name} {verb} by {found[2].strip()} within {found[3]}"]


def _either_way(part: Sentence, name: str) -> list[str]:
    """`moves by 5% in 1h`: up, down, or both; a change says no direction."""
    found = part.take(
        rf"(?:mov(?:es?|ed)|chang(?:es?|ed)|sw(?:ings?|ung)|var(?:ies|ied)|(?:is\s+)?up\s+or\s+down){_BY}({VALUE})"
        rf"\s+(?:in|within|over|during)\s+(?:the\s+)?(?:last\s+|past\s+)?({DURATION})(?!\s+times)"
    )
    if found is None:
        return []
    up, down = (f"{name} {verb} by {found[1].strip()} within {found[2]}" for verb in ("rises", "falls"))
    return [f"{up} or {down}", up, down]


def _baseline(part: Sentence, name: str) -> list[str]:
    its = (
        rf"(?:its\s+|the\s+)?(?:(?:usual|normal)\s+)?(?:({DURATION})\s+{_STATISTIC}"
        rf"|{_STATISTIC}\s+(?:of|over)\s+(?:the\s+)?(?:last\s+|past\s+)?({DURATION}))"
    )
    down = part.take(
        rf"(?:is\s+)?(\d+(?:\.\d+)?%)\s+(below|under|down\s+from|off|lower\s+than|above|over|higher\s+than)\s+{its}"
    )
    if down:
        verb = "down" if down[2].casefold().split()[0] in {"below", "under", "down", "off", "lower"} else "up"
        return [f"{name} is {verb} {down[1]} from its {down[3] or down[6]} {down[4] or down[5]}"]
    found = part.take(rf"({'|'.join(said for _, said in COMPARISONS)})?\s*(\d+(?:\.\d+)?)\s+times\s+{its}")
    if found is None:
        return []
    less = found[1] and re.match(COMPARISONS[4][1], found[1].strip(), re.IGNORECASE)
    span, statistic = found[3] or found[6], found[4] or found[5]
    return [f"{name} {'<' if less else '>'} {found[2]} times its {span} {statistic}"]


def _deviates(part: Sentence, name: str) -> list[str]:
    its = (
        rf"(?:from\s+)?(?:its\s+|the\s+)?(?:({DURATION})\s+(average|mean|median)"
        rf"|(average|mean|median)\s+(?:of|over)\s+(?:the\s+)?(?:last\s+|past\s+)?({DURATION}))"
    )
    amount = r"(\d+(?:\.\d+)?)\s+(sigmas?|standard\s+deviations?|mads?)"
    found = part.take(
        rf"(?:deviat\w+\s+by\s+|off\s+by\s+|is\s+)?(?:more\s+than\s+|over\s+)?{amount}\s+(?:away\s+|off\s+)?{its}"
    )
    if found is None:
        return []
    return [
        f"{name} deviates by {found[1]} {found[2]} from its {found[3] or found[6]} {found[4] or found[5]}"
    ]


def _trend(part: Sentence, name: str) -> list[str]:
    found = part.take(
        rf"(?:will|(?:is\s+|are\s+)?(?:predicted|expected|projected|forecast|going)\s+to)\s+(?:be|go|fall|drop|run|rise|grow|climb|reach|get)?\s*(below|under|above|over|to)?\s*({VALUE})\s+(?:within|in)\s+({DURATION})"
    )
    if found is None:
        return []
    above = (found[1] or "to").casefold() in {"above", "over", "to"}
    return [f"{name} will {'rise above' if above else 'fall below'} {found[2].strip()} within {found[3]}"]


def _changes(part: Sentence, name: str) -> list[str]:
    found = part.take(
        rf"(?:changes|changed|flaps|switches|toggles)\s+(more\s+than|at\s+least|over)\s+(\d+)\s+times\s+(?:in|within|over|during)\s+({DURATION})"
    )
    if found is None:
        return []
    return [
        f"{name} changes {'at least' if 'least' in found[1].casefold() else 'more than'} {found[2]} times within {found[3]}"
    ]


def _monotone(part: Sentence, name: str) -> list[str]:
    found = part.take(
        rf"(?:keeps?|is|has\s+been)\s+(growing|rising|increasing|climbing|shrinking|falling|decreasing)\s+for\s+({DURATION})"
    )
    if found is None:
        return []
    grows = found[1].casefold() in {"growing", "rising", "increasing", "climbing"}
    return [f"{name} is {'growing' if grows else 'shrinking'} for {found[2]}"]


_FORMS: tuple[Form, ...] = (
    _silent,
    _crosses,
    _moves,
    _either_way,
    _baseline,
    _deviates,
    _trend,
    _changes,
    _monotone,
)
