"""Ten thousand rules on ten thousand series of a real InfluxDB, beside one query per rule in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from alertdsl.semantics import typed
from alertdsl.semantics.typed import MINUTE, SECOND, Matcher, Selector
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.sources.influx import InfluxSource
from tests.services.influxdb import InfluxDB, influxdb

SERIES = 10_000
LOOP = 400
ROUNDS = 7
START = 1_800_000_000 * SECOND
STEP = 10 * SECOND


def run() -> Iterator[str]:
    """The figures, a line each."""
    with influxdb() as server:
        bucket = server.new_bucket()
        for k in range(36):
            at = START - (36 - k) * STEP
            server.write_lp(
                (f"cpu,host=h{i} usage={(i * 7 + k) % 100}.5 {at}" for i in range(SERIES)), bucket=bucket
            )
        yield from _compare(server, bucket)


def _compare(server: InfluxDB, bucket: str) -> Iterator[str]:
    loop = _loop(server, bucket)
    yield f"one query per rule (influxdb-client, {LOOP} rules): {LOOP / loop:,.0f} rules/s"
    source = InfluxSource(server.url, server.org, server.token, bucket, timeout=60)
    for name, held in (("x > c", False), ("x > c for 5m", True)):
        rules = [_rule(bucket, i, held=held) for i in range(SERIES)]
        evaluator = Evaluator(rules, source)
        instants = iter(range(START, START + 100 * SECOND, SECOND))

        watch = _Stopwatch(source.api.query)
        vars(source.api)["query"] = watch
        rounds: list[float] = []
        for _ in range(ROUNDS + 1):
            watch.spent.append(0.0)
            begun = time.perf_counter()
            found = evaluator.evaluate(np.array([next(instants)], dtype=np.int64))
            rounds.append(time.perf_counter() - begun)
            assert sum(len(o.rows) for o in found) == SERIES
        del vars(source.api)["query"]
        ours = statistics.median(rounds[1:])
        theirs = statistics.median(watch.spent[1:])
        yield (
            f"{SERIES:,} rules `{name}` in one round: {ours:.3f} s, {SERIES / ours:,.0f} rules/s, "
            f"{SERIES / ours / (LOOP / loop):,.0f} times the loop; InfluxDB's own {theirs:.3f} s, "
            f"ours {(ours - theirs) / ours:.0%} of the round"
        )


class _Stopwatch:
    """Counts the seconds that InfluxDB takes to answer, its answer's way to us included."""

    def __init__(self, query: Callable[[str], str]) -> None:
        self.query = query
        self.spent: list[float] = []

    def __call__(self, flux: str) -> str:
        begun = time.perf_counter()
        answer = self.query(flux)
        self.spent[-1] += time.perf_counter() - begun
        return answer


def _rule(bucket: str, number: int, *, held: bool) -> typed.Rule:
    selector = Selector(
        bucket, "cpu", "usage", "float", (Matcher("host", "=", f"h{number}"),), metric="cpu usage"
    )
    plain = typed.Compare(">", typed.Current(selector), typed.Const(50.0 + number % 50))
    when = typed.For(plain, 5 * MINUTE) if held else plain
    return typed.Rule(f"rule-{number}", "", when, plain, subject=plain.left)


def _loop(server: InfluxDB, bucket: str) -> float:
    """Seconds for one query per rule with the official client, the comparison in Python."""
    from influxdb_client.client.influxdb_client import InfluxDBClient

    from alertdsl.store.times import from_ns as rfc3339

    with InfluxDBClient(server.url, server.token, org=server.org) as client:
        api = client.query_api()
        begun = time.perf_counter()
        for i in range(LOOP):
            tables = api.query(
                f'from(bucket: "{bucket}") |> range(start: {rfc3339(START - 5 * MINUTE)}, stop: {rfc3339(START)}) '
                f'|> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage" and r.host == "h{i}") |> last()'
            )
            assert tables[0].records[0].get_value() > 0
        return time.perf_counter() - begun
