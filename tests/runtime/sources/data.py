"""The same points for every source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from alertdsl_runtime.columns import Labels, Points, Reduced, text_of
from alertdsl_runtime.sources.assemble import assemble

Scalar = float | str | bool
Series = Mapping[Labels, list[tuple[int, Scalar]]]
"""Points by tag set, in the order in which they are written."""

KINDS = {"float": "number", "integer": "number", "unsigned": "number", "string": "text", "boolean": "bool"}


def points_of(series: Series, kind: str) -> Points:
    """As arrays."""
    from alertdsl_runtime.columns import text_id

    labels = list(series)
    rows = [(i, t, v) for i, one in enumerate(labels) for t, v in series[one]]
    owner = np.array([i for i, _, _ in rows], dtype=np.int64)
    times = np.array([t for _, t, _ in rows], dtype=np.int64)
    values = np.array([text_id(v) if isinstance(v, str) else float(v) for _, _, v in rows])
    return assemble(labels, owner, times, values, KINDS[kind])


def lines_of(measurement: str, field: str, series: Series, kind: str) -> Iterator[str]:
    """As line protocol."""
    for labels, points in series.items():
        tags = "".join(f",{escape(tag)}={escape(value)}" for tag, value in labels)
        for time, value in points:
            yield f"{escape(measurement, ', ')}{tags} {escape_field(field)}={spelled(value, kind)} {time}"


def spelled(value: Scalar, kind: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(float(value)) if kind == "float" else f"{int(value)}{kind[0]}"


def escape(text: str, special: str = ",= ") -> str:
    return "".join("\\" + ch if ch in special else ch for ch in text)


def escape_field(text: str) -> str:
    """A field's name; there a backslash protects a quote too."""
    return escape(text).replace('\\"', '\\\\"')


def as_dict(answer: Reduced) -> dict[Labels, tuple[Scalar, int]]:
    """A reduced answer for comparing: text spelled out."""
    values = [text_of(v) for v in answer.values] if answer.kind == "text" else answer.values.tolist()
    return {
        labels: (value, int(time))
        for labels, value, time in zip(answer.labels, values, answer.times, strict=True)
    }


def points_as_dict(points: Points) -> dict[Labels, list[tuple[int, Scalar]]]:
    """Points for comparing."""
    out: dict[Labels, list[tuple[int, Scalar]]] = {}
    for i, labels in enumerate(points.labels):
        part = slice(points.offsets[i], points.offsets[i + 1])
        values = points.values[part].tolist()
        spelled_out = [text_of(v) for v in values] if points.kind == "text" else values
        out[labels] = list(zip(points.times[part].tolist(), spelled_out, strict=True))
    return out
