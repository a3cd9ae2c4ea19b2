"""Series for the tools to read, in the database of the alerts."""

from __future__ import annotations

import time

import numpy as np

from alertdsl_runtime.columns import Points
from alertdsl_runtime.sources.sql import SqlSource

MINUTE = 60_000_000_000


def write_prices(database: str) -> None:
    """Two days of minutes: above 70,000 for an hour at the end of each day, the second up to now."""
    n = 2 * 1440
    times = time.time_ns() // MINUTE * MINUTE - np.arange(n, 0, -1, dtype=np.int64) * MINUTE
    values = np.where(np.arange(n) % 1440 >= 1380, 71_000.0, 69_000.0)
    source = SqlSource(database)
    source.write({("crypto", "close"): Points([(("symbol", "BTC"),)], np.array([0, n]), times, values)})
    source.close()
