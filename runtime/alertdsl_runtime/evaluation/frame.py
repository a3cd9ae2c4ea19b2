"""Where and when a node of a tree is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from alertdsl.semantics.typed import Condition, Value
from alertdsl_runtime.columns import Floats, Ints, Times
from alertdsl_runtime.evaluation.rows import JoinRows
from alertdsl_runtime.reading.data import Data


@dataclass(frozen=True)
class Frame:
    """Rows (K) of a space of label sets, and times: K x M, or 1 x M where all rows are asked at the same
    times."""

    space: JoinRows
    rows: Ints
    times: Times
    data: Data
    seen: dict[Condition | Value, Floats] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """(K, M)."""
        return len(self.rows), self.times.shape[1]

    def at(self, times: Times, data: Data | None = None) -> Frame:
        """The same rows at other times."""
        return Frame(self.space, self.rows, times, data or self.data)

    def only(self, positions: Ints, times: Times) -> Frame:
        """Some of the rows, at times of their own."""
        return Frame(self.space, self.rows[positions], times, self.data)
