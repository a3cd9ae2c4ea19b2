"""What to say of words that are no name: what people mean by them, and how to find the names that there are."""

from __future__ import annotations

import re
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
_TIMES = {"second": "1s", "minute": "1m", "hour": "1h", "day": "1d", "week": "1w"}
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)|(\d{1,2}(?:\.\d+)?)(?:st|nd|rd|th)(?: percentile)?")
_SHOWN = 5


def aggregate_named(words: list[str]) -> str:
    """The aggregate that words (in small letters) name, as it is written before `of`; empty where they name none."""
    said = " ".join(words)
    percentile = _PERCENTILE.fullmatch(said)
    if percentile is not None:
        return f"p{percentile[1] or percentile[2]}"
    named = AGGREGATES.get(said, "")
    return "" if named in ("first", "last") else named


def _of_time(words: list[str]) -> str:
    said = " ".join(words)
    if len(words) == 2 and words[0] in ("a", "an", "per", "each", "every") and words[1] in _TIMES:
        return f"how often in a time: increase of ... over {_TIMES[words[1]]} > 3, or count of ... over {_TIMES[words[1]]} > 3"
    if words[-1] == "ago":
        return "what was some time ago stands behind its metric: load 1h ago; what changed since: change of ... over 1h"
    if said == "yesterday":
        return "say what of it: avg of ... yesterday, or max, min, sum; what changed since: percent change of ... over 1d"
    if said in _CALENDAR:
        return f"say what of it: avg of ... {said}, or max, min, sum, count"
    return ""


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
    if how := aggregate_named(words) or aggregate_named(words[:1]):
        return f"say of what and over what: {how} of ... over 5m, or by a tag"
    if words[0] == "half":
        return "say it in percent: by 50%"
    if of_time := _of_time(words):
        return of_time
    if "where" in words:
        return 'a filter says what its tag is: where host is "web1"'
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
