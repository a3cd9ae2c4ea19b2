"""The instants at which a rule is evaluated."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from alertdsl.semantics.typed import SECOND, Every
from alertdsl_runtime.columns import Times


def instants(every: Every, start: int, stop: int) -> Times:
    """The instants of `every` in ``[start, stop)``, ascending, in nanoseconds.

    ``every day at 06:00 in Zone`` has that local time of each day; one that a change of the clocks skips or
    repeats is the first moment with that reading that `zoneinfo` gives.
    """
    if every.at is None:
        first = -(-start // every.interval)
        return np.arange(first, -(-stop // every.interval), dtype=np.int64) * every.interval
    zone = ZoneInfo(every.zone or "UTC")
    hour, minute = (int(part) for part in every.at.split(":"))
    day = datetime.fromtimestamp(start // SECOND, UTC).astimezone(zone).date() - timedelta(days=1)
    out: list[int] = []
    while True:
        moment = round(datetime.combine(day, time(hour, minute), zone).timestamp()) * SECOND
        if moment >= stop:
            return np.array(out, dtype=np.int64)
        if moment >= start:
            out.append(moment)
        day += timedelta(days=1)


def floor_instant(every: Every, moment: int) -> int:
    """The newest instant at or before `moment`."""
    if every.at is None:
        return moment // every.interval * every.interval
    return int(instants(every, moment - 3 * 86_400 * SECOND, moment + 1)[-1])


def next_instant(every: Every, moment: int) -> int:
    """The first instant after `moment`."""
    if every.at is None:
        return (moment // every.interval + 1) * every.interval
    return int(instants(every, moment + 1, moment + 3 * 86_400 * SECOND)[0])
