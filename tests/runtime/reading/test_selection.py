"""Order statistics of overlapping ranges: the same, to the last bit, as of each range sorted by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl_runtime.columns import Floats, Ints
from alertdsl_runtime.reading.ranges import lines
from alertdsl_runtime.reading.reduce import PointTable
from alertdsl_runtime.reading.selection import is_worth_it, quantiles
from alertdsl_runtime.reading.spread import spread

VALUES = st.lists(
    st.one_of(st.integers(-3, 3).map(float), st.floats(allow_nan=False, width=32)), min_size=1, max_size=40
)


@settings(deadline=None)
@given(values=VALUES, seed=st.integers(0, 2**32 - 1), q=st.sampled_from((0.0, 0.25, 0.5, 0.9, 0.99, 1.0)))
def test_quantiles_of_ranges(values: list[float], seed: int, q: float) -> None:
    rng = np.random.default_rng(seed)
    points = np.array(values)
    groups, columns = int(rng.integers(1, 4)), int(rng.integers(1, 6))
    owner = np.sort(rng.integers(0, groups, int(rng.integers(1, 6)))).astype(np.int64)
    edges = np.sort(rng.integers(0, len(points) + 1, (2, len(owner), columns)), axis=0).astype(np.int64)
    found = quantiles(points, edges[0], edges[1], owner, groups, q)
    sorted_each = spread("percentile", points, edges[0], edges[1], owner, groups, q)
    np.testing.assert_array_equal(found, sorted_each)


def test_ranges_without_points() -> None:
    nothing = np.full((1, 2), 3, dtype=np.int64)
    found = quantiles(np.arange(5.0), nothing, nothing, np.zeros(1, dtype=np.int64), 1, 0.5)
    assert np.isnan(found).all()


def _ranges(points: int, length: int) -> tuple[Ints, Ints]:
    high = np.arange(1, points + 1, dtype=np.int64)[None, :]
    return np.maximum(high - length, 0), high


def test_long_ranges_are_not_sorted_one_by_one() -> None:
    assert is_worth_it(*_ranges(100_000, 1440))
    assert not is_worth_it(*_ranges(100_000, 10))
    low, high = np.zeros((1000, 1), dtype=np.int64), np.full((1000, 1), 10, dtype=np.int64)
    assert not is_worth_it(low, high)
    nothing = np.zeros((1, 0), dtype=np.int64)
    assert not is_worth_it(nothing, nothing)


def test_a_long_window_over_many_points() -> None:
    points: Floats = np.random.default_rng(1).normal(size=4000).round(2)
    low, high = _ranges(len(points), 1440)
    assert is_worth_it(low, high)
    owner = np.zeros(1, dtype=np.int64)
    found = spread("median", points, low, high, owner, 1)[0]
    for end in (1, 2, 1440, 1441, 3999, 4000):
        assert found[end - 1] == np.quantile(points[max(0, end - 1440) : end], 0.5)


def test_the_line_of_equal_values_is_flat() -> None:
    times = np.cumsum(np.random.default_rng(0).integers(1, 10**10, 1000)) + 1_700_000_000_000_000_000
    table = PointTable(np.array([0, 1000], dtype=np.int64), times, np.full(1000, 0.1))
    low, high = _ranges(1000, 30)
    _, slope, value = lines(table, low, high, times[None, :])
    assert set(slope[0, 1:]) == {0.0}
    assert set(value[0, 1:]) == {0.1}
