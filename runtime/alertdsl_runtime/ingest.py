"""Files into the embedded time series: CSV or line protocol, told apart by name or first line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from alertdsl_runtime.columns import Points
    from alertdsl_runtime.sources.sql import SqlSource

Format = Literal["csv", "lp"]
LINE_PROTOCOL_ENDINGS = frozenset({".lp", ".line", ".influx"})


def ingest_file(
    source: SqlSource,
    path: str | Path,
    *,
    format: Format | None = None,  # noqa: A002 - the option's name
    measurement: str | None = None,
    tags: Mapping[str, str] | None = None,
    bucket: str = "",
    precision: str = "ns",
    now: int | None = None,
) -> int:
    """Write a file's points, all or none; how many they are.

    Args:
        format: ``csv`` or ``lp``; else told by `format_of`.
        measurement, tags: for CSV, see `load_csv`.
        precision, now: for line protocol, see `parse_line_protocol`.

    Raises:
        DataError: the file is wrong, with line and column; nothing is written then.
        SourceError: the database does not answer.
    """
    file = Path(path)
    points: Mapping[tuple[str, str], Points]
    if (format or format_of(file)) == "lp":
        points = load_line_protocol(file, precision=precision, now=now)
    else:
        from alertdsl_runtime.sources.csvfile import load_csv

        points = load_csv(file, measurement, tags).fields
    return source.write(points, bucket)


def load_line_protocol(
    path: str | Path, *, precision: str = "ns", now: int | None = None
) -> dict[tuple[str, str], Points]:
    """The points of a file in line protocol. Raises DataError."""
    from alertdsl_runtime.sources.csvfile import read_text
    from alertdsl_runtime.sources.line_protocol import parse_line_protocol

    return parse_line_protocol(read_text(Path(path)), precision=precision, now=now, file=Path(path).name)


def format_of(path: Path) -> Format:
    """``lp`` for names that end in ``.lp``, ``.line`` or ``.influx``, else what the first line looks like for ``.txt``, else ``csv``."""
    if path.suffix.lower() in LINE_PROTOCOL_ENDINGS:
        return "lp"
    if path.suffix.lower() not in {".txt", ""}:
        return "csv"
    try:
        with path.open("rb") as file:
            first = file.readline(4096)
    except OSError:
        return "csv"
    return "lp" if b"=" in first and b" " in first.strip() else "csv"
