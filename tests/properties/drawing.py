"""Drawing the parts of one rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st

from alertdsl.semantics.typed import Group, Nanoseconds, Selector
from tests.properties.schema import LENGTHS, Scene, Stream

SHIFTS = (0, 0, 0, 0, LENGTHS[1], LENGTHS[2])

Metric = tuple[Stream, Selector]
T = TypeVar("T")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Drawer:
    """Draws the parts of one rule: a metric's staleness, memory, filters and expected series are the same all through it."""

    draw: st.DrawFn
    metrics: tuple[Metric, ...]
    scene: Scene

    def one(self, *choices: T) -> T:
        """One of these."""
        return self.draw(st.sampled_from(choices))

    def weighted(self, *choices: tuple[int, Callable[[], Made]]) -> Made:
        """What one of these makes, the first so many times as often as one of weight 1."""
        makers = [make for weight, make in choices for _ in range(weight)]
        return self.one(*makers)()

    def length(self) -> Nanoseconds:
        """A length of time."""
        return self.one(*LENGTHS)

    def shift(self) -> Nanoseconds:
        """How long ago: now, most of the time."""
        return self.one(*SHIFTS)

    def zone(self) -> str:
        """A zone in which the time of the scene is worth a look."""
        return self.one(*self.scene.zones)

    def number(self) -> Metric:
        """A metric of numbers."""
        return self.one(*(m for m in self.metrics if m[0].numeric))

    def metric(self) -> Metric:
        """A metric of anything but buckets."""
        return self.one(*(m for m in self.metrics if not m[0].buckets))

    def with_tags(self) -> tuple[Metric, ...]:
        """The metrics whose series have tags."""
        return tuple(m for m in self.metrics if m[0].tags and not m[0].buckets)

    def group(self, tags: tuple[str, ...]) -> Group:
        """A grouping by some of these tags."""
        some = [Group(kind, (tag,)) for tag in tags for kind in ("by", "across")]
        return self.one(Group("by"), *some)
