"""The statements of the SQL source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from alertdsl.plan.reads import PointFilter, Reducer
from alertdsl_runtime.sources.sql_tables import points, series

AGGREGATES = frozenset({Reducer.MIN, Reducer.MAX, Reducer.SUM, Reducer.COUNT})

# Window bounds beyond what a BIGINT holds would be refused by the databases.
_LIMIT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement's requests have in common: method (``last first aggregate raw``), window, condition on points."""

    method: str
    start: int
    stop: int
    where: PointFilter | None = None

    def holds(self, time: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Whether a time is in the window."""
        return sa.and_(time >= max(self.start, -_LIMIT), time < min(self.stop, _LIMIT))


Query = sa.Select[Any]


def edge_query(shape: Shape, whole: bool, numbers: Sequence[int], *, texts: bool) -> Query:
    """The newest or the oldest point of each series: (series, time, number[, text]), one index look-up a series."""
    inner = points.alias("inner_points")
    pick = sa.func.max if shape.method == "last" else sa.func.min
    edge = sa.select(pick(inner.c.time)).where(inner.c.series_id == series.c.id, shape.holds(inner.c.time))
    found = sa.and_(points.c.series_id == series.c.id, points.c.time == edge.scalar_subquery())
    return sa.select(*_cells(texts)).select_from(series.join(points, found)).where(_those(whole, numbers))


def aggregate_query(shape: Shape, whole: bool, numbers: Sequence[int], reducers: Sequence[Reducer]) -> Query:
    """One row a series: (series, value of each reducer)."""
    functions = [_FUNCTIONS[reducer]() for reducer in reducers]
    query = (
        sa.select(points.c.series_id, *functions)
        .select_from(series.join(points, points.c.series_id == series.c.id))
        .where(_those(whole, numbers), shape.holds(points.c.time))
        .group_by(points.c.series_id)
    )
    return query if shape.where is None else query.where(_condition(shape.where))


def raw_query(shape: Shape, whole: bool, numbers: Sequence[int], *, texts: bool) -> Query:
    """All points: (series, time, number[, text])."""
    return (
        sa.select(*_cells(texts))
        .select_from(series.join(points, points.c.series_id == series.c.id))
        .where(_those(whole, numbers), shape.holds(points.c.time))
        .order_by(points.c.series_id, points.c.time)
    )


_FUNCTIONS: dict[Reducer, Any] = {
    Reducer.MIN: lambda: sa.func.min(points.c.number),
    Reducer.MAX: lambda: sa.func.max(points.c.number),
    Reducer.SUM: lambda: sa.func.sum(points.c.number),
    Reducer.COUNT: sa.func.count,
}


def _cells(texts: bool) -> list[sa.ColumnElement[Any]]:
    cells: list[sa.ColumnElement[Any]] = [points.c.series_id, points.c.time, points.c.number]
    return [*cells, points.c.text] if texts else cells


def _those(whole: bool, numbers: Sequence[int]) -> sa.ColumnElement[bool]:
    """Series by their streams or one by one; numbers are written into the text, parameters are limited in number."""
    column = series.c.stream_id if whole else series.c.id
    return column.in_(
        sa.bindparam("numbers", list(numbers), expanding=True, literal_execute=True, type_=sa.BigInteger)
    )


def _condition(where: PointFilter) -> sa.ColumnElement[bool]:
    column: sa.ColumnElement[Any] = points.c.number if isinstance(where.value, bool) else points.c.text
    value: float | str = float(where.value) if isinstance(where.value, bool) else where.value
    return column == value if where.op == "==" else column != value
