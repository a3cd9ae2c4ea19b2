"""What to say of words that are no name: what people mean by them, and how to find the names that there are."""

from __future__ import annotations

from pathlib import Path

from alertdsl.semantics.catalog import Catalog
from alertdsl.syntax.words import AGGREGATES

_STATES = frozenset(("missing", "growing", "shrinking", "rising", "falling", "increasing", "decreasing"))
_NOTHING = frozenset(("null", "none", "nan", "nil", "nothing", "undefined"))
_VAGUE = frozenset(
    (
        "high low bad good full empty slow fast wrong down up hot cold busy broken detected big small large unusual weird stuck "
        "overloaded unhealthy critical fine normal abnormal"
    ).split()
)
_MEANING = {
    "processor": "cpu", "processors": "cpu", "ram": "memory", "mem": "memory", "storage": "disk", "drive": "disk", "filesystem": "disk",
    "space": "disk", "speed": "latency", "delay": "latency", "duration": "latency", "response": "latency", "temp": "temperature",
    "heat": "temperature", "failures": "errors", "failure": "errors", "exceptions": "errors", "visitors": "users", "customers": "users",
    "sales": "revenue", "purchases": "orders", "electricity": "power", "consumption": "power", "cost": "price", "rate": "price",
    "network": "bytes", "bandwidth": "bytes",
}  # fmt: skip
_CALENDAR = frozenset(("today", "yesterday", "this week", "this month"))
_SHOWN = 5


def of_words(words: list[str], catalog: Catalog) -> str:
    """A hint for words (in small letters) that people use for what the language says differently; empty for others."""
    said = " ".join(words)
    if "its" in words:
        return "say over how long: its 1d average (or high, low, median)"
    if len(words) == 1 and words[0] in _STATES:
        return f"say for how long: is {words[0]} for 10m"
    if len(words) == 1 and words[0] in _NOTHING:
        return "a value that is not there: ... is missing for 10m, or ... is absent"
    if words[-1] in _VAGUE:
        return f'"{words[-1]}" is no number: say is above, or is below, and which one'
    if tags := catalog.tag_phrases.get(tuple(words)):
        return f"{tags[0].name} is a tag: at least 3 {said} have ..., or distinct {tags[0].name} of ..."
    if words[0] in AGGREGATES and words[0] not in ("first", "last"):
        return f"say of what and over what: {AGGREGATES[words[0]]} of ... over 5m, or by a tag"
    if "where" in words:
        return 'a filter says what its tag is: where host is "web1"'
    if said in _CALENDAR:
        return f"say what of it: avg of ... {said}, or max, min, sum, count"
    if words[0] == "most":
        return "say how many: more than 50% of hosts have ..."
    if words[0] == "distinct":
        return (
            "distinct counts the values of a tag: distinct version of build info by job; "
            "numbers that are not all the same: max of x by job != min of x by job"
        )
    if words[-1] in ("has", "have"):
        return (
            "an entity stands beside its metric: load on web1 > 8; or count: at least 3 hosts have load > 8, "
            "which stands in brackets behind `not` and behind another count"
        )
    return ""


def of_catalog(words: list[str], catalog: Catalog) -> str:
    """The names of the catalog that have a word in common with these, or mean the same; else where the names are."""
    wanted = {*words, *(_MEANING[word] for word in words if word in _MEANING)}
    names = sorted(
        {
            m.name
            for m in catalog.metrics
            if any(wanted & set(n.casefold().split()) for n in (m.name, *m.aliases))
        }
    )
    if names:
        return f"metrics with such words: {_listed(names)}"
    everything = sorted(m.name for m in catalog.metrics)
    if len(everything) <= _SHOWN:
        return f"known metrics: {_listed(everything)}"
    where = Path(catalog.file).name if catalog.file else "the catalog"
    return (
        f"none of the {len(everything)} known metrics has a name like it; {where} lists them under [metrics]"
    )


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''}"
