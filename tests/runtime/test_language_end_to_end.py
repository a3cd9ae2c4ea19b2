"""Rules as people write them, resolved, run as Flux, and evaluated on a real InfluxDB and in memory alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import alertdsl
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.typed import MINUTE, SECOND
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.line_protocol import parse_line_protocol
from alertdsl_runtime.sources.memory import MemorySource

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

CATALOG = """
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[metrics."cpu usage"]
expression = "100 - cpu.idle"
unit = "%"
[metrics."queue depth"]
measurement = "queue"
field = "depth"
labels = ["queue", "host"]
[metrics."response time"]
measurement = "http"
field = "buckets"
histogram = "le"
[metrics."service status"]
measurement = "service"
field = "status"
type = "string"
"""
RULES = """\
price > 8 for 5m
price crosses above 8
avg of price over 10m crosses above avg of price over 30m
price will fall below 5 within 1h
price > 1.5 times its 30m average
price is down 10% from its 1h high
cpu usage deviates by 1 sigma from its 30m average
cpu usage is up 5% from its 30m low
queue depth is growing for 10m
count of (queue depth >= 6) over 5m >= 4
count of (service status == "down") over 10m overall >= 1
at least 3 hosts have queue depth > 4 for 1m
more than 50% of hosts by queue have queue depth > 5
(at least 2 hosts have queue depth > 3) for 2m
price > 4 for 3m of 5m
price > 4 for 3 points
(price else 0) > 5
service status is absent
service status changes more than 2 times within 30m
distinct host of queue depth by queue > 1
slope of price over 30m > 0
integral of price over 30m > 5
not (queue depth < 5 or cpu usage > 50%) for 2m
service status matches "^d.*n$"
service status does not match "^d.*n$" for 1m
round(cpu usage / 10) > 4
max(queue depth, price, 4) > 6 for 2m
log(queue depth - 3) < 1
p50 of response time over 10m > 0.2
p95 of response time over 10m overall > 0.3 for 1m
""".splitlines()
T = 1_760_000_040 * SECOND


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """An hour of points, a little uneven."""
    rng = np.random.default_rng(2)
    out: list[str] = []
    for k in range(120):
        at = T - k * 30 * SECOND - int(rng.integers(1, 20)) * SECOND
        out.append(f"crypto,symbol=BTC close={float(rng.integers(3, 12))} {at}")
        out.append(f'service,name=api status="{"down" if rng.integers(0, 6) == 0 else "ok"}" {at}')
        out += [f"queue,queue=q{h % 2},host=h{h} depth={float(rng.integers(1, 9))} {at}" for h in range(5)]
        out += [f"cpu,host=h{h} idle={float(rng.integers(30, 99))} {at}" for h in range(3)]
        counts = np.cumsum(rng.integers(0, 3, 3)) * (1 if k % 40 else 0) + (120 - k) * np.arange(1, 4)
        bounds = zip(("0.1", "0.5", "+Inf"), counts.tolist(), strict=True)
        out += [f"http,host=h{k % 2},le={bound} buckets={count}i {at}" for bound, count in bounds]
    return out


@pytest.mark.parametrize("text", RULES)
def test_a_rule_means_the_same_everywhere(influx: InfluxDB, lines: list[str], text: str) -> None:
    bucket = influx.new_bucket()
    influx.write_lp(lines, bucket=bucket)
    memory = MemorySource(parse_line_protocol("\n".join(lines)))
    server = InfluxSource(influx.url, influx.org, influx.token, bucket)
    catalog = parse_catalog(CATALOG, "alertdsl.toml")
    (rule,) = alertdsl.resolve(text, catalog)
    (script,) = alertdsl.compile(text, catalog, default_bucket=bucket)
    influx.query(script.text)
    instants = np.array([T - k * MINUTE for k in (20, 7, 3, 1, 0)], dtype=np.int64)
    together = [_truths(Evaluator([rule], source), instants) for source in (memory, server)]
    single = [
        _truths(Evaluator([rule], source), instants[k : k + 1])
        for source in (memory, server)
        for k in (0, 3, 4)
    ]
    assert together[0] == together[1]
    assert together[0], "no label set: nothing was compared"
    for found, place in zip(single, (0, 3, 4) * 2, strict=True):
        assert found == {labels: truth[place] for labels, truth in together[0].items()}
    server.close()


def _truths(evaluator: Evaluator, instants: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[object, str]:
    (outcome,) = evaluator.evaluate(instants)
    assert not outcome.failed
    return {
        labels: "".join("FUT"[t] for t in outcome.condition[row])
        for row, labels in enumerate(outcome.rows.labels)
    }
