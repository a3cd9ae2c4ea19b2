"""Partitions: rules that share instants and reads, evaluated together under one cursor."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from alertdsl.plan.shape import shape_of
from alertdsl.semantics import typed
from alertdsl_runtime.engine.compiled import Compiled
from alertdsl_runtime.linking import levels


def partition_key(rule: typed.Rule, source: str, slots: int, level: int = 0) -> str:
    """The partition of a rule: the same on every machine.

    Rules that ask about others (`level` above 0) have partitions of their own, which wait for those of the others.

    The slot follows from the rule's first series (bucket, measurement, field), so that rules which share a read
    stay together and their reads merge into one query. With one slot all rules of an `every` are together,
    which is best up to some 10,000 series; more slots let several engines share the work.
    """
    selectors = shape_of(rule).selectors if slots > 1 else ()
    first = selectors[0] if selectors else None
    read = "" if first is None else f"{first.bucket}\0{first.measurement}\0{first.field}"
    after = f"after-{level}/" if level else ""
    return f"{family(source, rule.every)}{after}{zlib.crc32(read.encode()) % slots}"


def family(source: str, every: typed.Every) -> str:
    """How the keys of all partitions begin that have these instants."""
    return f"{source}/{every_text(every)}/"


def every_text(every: typed.Every) -> str:
    """The instants of a rule in a key: ``60s``, ``daily-06:00-Europe/London``."""
    if every.at is not None:
        return f"daily-{every.at}-{every.zone or 'UTC'}"
    return f"{every.interval / typed.SECOND:g}s"


def group(rules: Mapping[str, Compiled], source: str, slots: int) -> dict[str, dict[str, Compiled]]:
    """The partitions and the rules of each, by id; each after those that it waits for."""
    depth = levels({key: compiled.awaits for key, compiled in rules.items()})
    found: dict[tuple[int, str], dict[str, Compiled]] = {}
    for key, compiled in rules.items():
        level = depth[key]
        found.setdefault((level, partition_key(compiled.rule, source, slots, level)), {})[key] = compiled
    return {key: some for (_, key), some in sorted(found.items(), key=lambda item: item[0])}


def awaited_partitions(wanted: Mapping[str, Mapping[str, Compiled]]) -> dict[str, frozenset[str]]:
    """The partitions that each waits for: those of the rules that its own ask about. A rule that is in none (it is disabled,
    or does not compile) keeps nobody waiting."""
    home = {rule: key for key, rules in wanted.items() for rule in rules}
    return {
        key: frozenset(home[other] for one in rules.values() for other in one.awaits if other in home)
        for key, rules in wanted.items()
    }


def same_rules(one: Mapping[str, Compiled], other: Mapping[str, Compiled]) -> bool:
    """Whether two sets hold the very same compiled rules."""
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)


def first_active(rules: Iterable[Compiled]) -> int:
    """The moment from which any of the rules counts."""
    return min(compiled.active_from for compiled in rules)
