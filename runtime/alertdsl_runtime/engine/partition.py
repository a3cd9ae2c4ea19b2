"""Partitions: rules that share instants and reads, evaluated together under one cursor."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from alertdsl.plan.shape import shape_of
from alertdsl.semantics import typed
from alertdsl_runtime.engine.book import Compiled


def partition_key(rule: typed.Rule, source: str, slots: int) -> str:
    """The partition of a rule: the same on every machine.

    The slot follows from the rule's first series (bucket, measurement, field), so that rules which share a read
    stay together and their reads merge into one query. With one slot all rules of an `every` are together,
    which is best up to some 10,000 series; more slots let several engines share the work.
    """
    selectors = shape_of(rule).selectors if slots > 1 else ()
    first = selectors[0] if selectors else None
    read = "" if first is None else f"{first.bucket}\0{first.measurement}\0{first.field}"
    return f"{source}/{every_text(rule.every)}/{zlib.crc32(read.encode()) % slots}"


def every_text(every: typed.Every) -> str:
    """The instants of a rule in a key: ``60s``, ``daily-06:00-Europe/London``."""
    if every.at is not None:
        return f"daily-{every.at}-{every.zone or 'UTC'}"
    return f"{every.interval / typed.SECOND:g}s"


def group(rules: Mapping[str, Compiled], source: str, slots: int) -> dict[str, dict[str, Compiled]]:
    """The partitions and the rules of each, by id."""
    found: dict[str, dict[str, Compiled]] = {}
    for key, compiled in rules.items():
        found.setdefault(partition_key(compiled.rule, source, slots), {})[key] = compiled
    return found


def same_rules(one: Mapping[str, Compiled], other: Mapping[str, Compiled]) -> bool:
    """Whether two sets hold the very same compiled rules."""
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)


def first_active(rules: Iterable[Compiled]) -> int:
    """The moment from which any of the rules counts."""
    return min(compiled.active_from for compiled in rules)
