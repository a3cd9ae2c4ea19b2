"""From trees to reads, and from the reads of many rules to few requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alertdsl.plan.reads import (
    Read,
    Reducer,
    Request,
    Stream,
    held_reads,
    known_read,
    leaf_reads,
    series_matchers,
    stream_of,
)
from alertdsl.plan.shape import shape_of
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, children, leaves
from alertdsl.semantics.typed import Condition, Matcher, Selector, Value

Held = typed.For | typed.HeldFor | typed.HeldPoints
"""Conditions that look at another one at moments before the instant."""


@dataclass(frozen=True, slots=True)
class MomentReads:
    """What ``for`` reads of one stream where storage cannot decide it: the points, and the newest point
    before them.

    `before` is read only where a leaf has to know which series were known then.
    """

    selector: Selector
    points: Read
    before: Read | None


def tree_reads(tree: Condition | Value) -> Iterator[tuple[Selector, Read]]:
    """All reads that a tree needs at one instant, each with the selector that chooses its series."""
    match tree:
        case typed.For():
            yield from _for_reads(tree)
        case typed.HeldFor() | typed.HeldPoints():
            yield from _moment_reads(tree)
        case typed.Firing():
            yield from _awaited_reads(tree)
        case _:
            if isinstance(tree, Leaf):
                yield tree.selector, known_read(tree.selector)
                for read in leaf_reads(tree):
                    yield tree.selector, read
            for child in children(tree):
                yield from tree_reads(child)


def _for_reads(tree: typed.For) -> Iterator[tuple[Selector, Read]]:
    held = held_reads(tree)
    if held is None:
        yield from _moment_reads(tree)
        return
    selector = next(leaves(tree.operand)).selector
    yield selector, known_read(selector)
    for read in held:
        yield selector, read


def _awaited_reads(tree: Condition | Value) -> Iterator[tuple[Selector, Read]]:
    """Of the rules that a tree asks about only which series they have is read."""
    for selector in awaited_selectors(tree):
        yield selector, known_read(selector)


def awaited_selectors(tree: Condition | Value) -> Iterator[Selector]:
    """The series of the rules that a tree asks about, theirs included."""
    if isinstance(tree, typed.Firing) and tree.of is not None:
        yield from (leaf.selector for leaf in leaves(tree.of.condition))
        yield from awaited_selectors(tree.of.condition)
    for child in children(tree):
        yield from awaited_selectors(child)


def _moment_reads(tree: Held) -> Iterator[tuple[Selector, Read]]:
    yield from _awaited_reads(tree.operand)
    for leaf in leaves(tree.operand):
        yield leaf.selector, known_read(leaf.selector)
    for reads in moment_reads(tree):
        for leaf in leaves(tree.operand):
            if stream_of(leaf.selector) == reads.points.stream:
                yield leaf.selector, reads.points
                if reads.before is not None:
                    yield leaf.selector, reads.before


def moment_reads(node: Held) -> tuple[MomentReads, ...]:
    """The points that ``for`` needs to look at every moment of ``(T - duration, T)``, stream by stream."""
    reach: dict[Stream, int] = {}
    memory: dict[Stream, int] = {}
    chosen: dict[Stream, Selector] = {}
    for leaf, back in _reaches(node):
        stream = stream_of(leaf.selector)
        reach[stream] = max(reach.get(stream, 0), back)
        chosen.setdefault(stream, leaf.selector)
    for leaf in _counted(node):
        stream = stream_of(leaf.selector)
        memory[stream] = max(memory.get(stream, 0), leaf.selector.memory)
    return tuple(
        MomentReads(
            chosen[stream],
            Read(stream, Reducer.RAW, back),
            Read(stream, Reducer.LAST, back + memory[stream], back) if stream in memory else None,
        )
        for stream, back in reach.items()
    )


def _counted(tree: Condition | Value) -> Iterator[Leaf]:
    """The leaves of which ``for`` has to know whether their series were known: what is missing or counted."""
    match tree:
        case typed.Missing() | typed.Window(function="count") | typed.Counted():
            yield tree
        case typed.Combined(function="count") | typed.Distinct():
            yield from leaves(tree)
        case _:
            for child in children(tree):
                yield from _counted(child)


def lookback(tree: Condition | Value) -> int:
    """How far before an instant the points lie that decide a tree, in nanoseconds; memory included."""
    own = (back + leaf.selector.memory for leaf, back in _reaches(tree))
    awaited = (known_read(selector).start for selector in awaited_selectors(tree))
    return max((*own, *awaited), default=0)


def outlives_memory(tree: Condition | Value) -> bool:
    """Whether points decide a tree that are older than the memory of their series: these may be known no more."""
    return any(back > leaf.selector.memory for leaf, back in _reaches(tree))


def _reaches(tree: Condition | Value) -> Iterator[tuple[Leaf, int]]:
    """Each leaf with how far back from the instant its points reach."""
    match tree:
        case typed.Current(selector, shift) | typed.Distinct(selector=selector, shift=shift):
            yield tree, shift + selector.staleness
        case typed.For(operand, duration=duration) | typed.HeldFor(operand, duration=duration):
            for leaf, back in _reaches(operand):
                yield leaf, back + duration
        case typed.HeldPoints(operand):
            for leaf, back in _reaches(operand):
                yield leaf, back + leaf.selector.memory
        case _:
            if isinstance(tree, Leaf):
                yield tree, max(read.start for read in leaf_reads(tree))
            for child in children(tree):
                yield from _reaches(child)


def merge(wanted: Iterable[tuple[Read, tuple[Matcher, ...]]]) -> tuple[Request, ...]:
    """One request for each distinct read, for all the series that anyone wants of it."""
    by_read: dict[Read, dict[tuple[Matcher, ...], None]] = {}
    for read, matchers in wanted:
        by_read.setdefault(read, {})[matchers] = None
    return tuple(Request(read, () if () in any_of else tuple(any_of)) for read, any_of in by_read.items())


def rule_reads(rule: typed.Rule) -> tuple[Request, ...]:
    """The requests of one rule at an instant: what `compile` prints, and `explain` counts."""
    shaped = shape_of(rule)
    slots = {f"#{k}": selector for k, selector in enumerate(shaped.selectors)}
    return merge(
        (read, series_matchers(slots[selector.metric]))
        for tree in shaped.shape.trees
        for selector, read in tree_reads(tree)
        if read.start > read.stop  # what is remembered before a window that is as long as memory: nothing
    )
