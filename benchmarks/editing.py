"""What someone who edits a file of ten thousand rules waits for: the language server, driven over its pipe."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.lsp.client import WAIT_S, Editor, editor

RULES = 10_000
METRICS = 2_000
ROUNDS = 30


def run() -> Iterator[str]:
    """The figures, a line each."""
    with tempfile.TemporaryDirectory() as name:
        yield from asyncio.run(_measure(Path(name).resolve()))


async def _measure(folder: Path) -> list[str]:
    metrics = (
        f'[metrics."thing m{i}"]\nmeasurement = "m"\nfield = "f{i}"\nunit = "ms"\n' for i in range(METRICS)
    )
    (folder / "alertdsl.toml").write_text("".join(metrics), "utf-8")
    rules = (
        f"rule r{i}\n  when thing m{i % METRICS} > {i % 50}s for 5m\n  notify desk\n\n" for i in range(RULES)
    )
    text = "let hot = 5s\n\n" + "".join(rules)
    async with editor(folder) as client:
        assert client._server is not None
        server = psutil.Process(client._server.pid)
        began, work = time.perf_counter(), _work(server)
        uri = client.open(folder / "a.alert", text)
        during = []
        while uri not in client.told and time.perf_counter() - began < 10 * WAIT_S:
            during.append(await _answer(client, uri, "rule r17\n  when thing "))
            await asyncio.sleep(0.02)
        first, reading = time.perf_counter() - began, _work(server) - work
        edits, work = [], _work(server)
        for i in range(ROUNDS):
            began = time.perf_counter()
            client.type(uri, text.replace("rule r5000\n  when thing", f"rule r5000\n  when thong {i}"))
            await client.diagnostics(uri)
            edits.append(time.perf_counter() - began)
        editing = (_work(server) - work) / ROUNDS
        client.type(uri, text + "rule new\n  when thing m1")
        await client.diagnostics(uri)
        answers, work = [], _work(server)
        for _ in range(ROUNDS):
            answers.append(await _answer(client, uri, "rule new\n  when thing m1"))
        answering = (_work(server) - work) / ROUNDS
    return [
        (
            f"open {RULES:,} rules ({len(text) // 1000} kB): all diagnostics after {first:.1f} s, "
            f"{reading:.1f} s of the server's work, {len(during)} completions among it"
        ),
        f"completion while they are read: {_spread(during)}",
        f"completion: {_spread(answers)}; {answering * 1000:.0f} ms of work",
        f"diagnostics behind a letter, 150 ms of quiet among it: {_spread(edits)}; {editing * 1000:.0f} ms of work",
    ]


def _work(server: psutil.Process) -> float:
    """How long the server has used a processor, in seconds; unlike the clock, it does not count others' work."""
    used = server.cpu_times()
    return float(used.user + used.system)


async def _answer(client: Editor, uri: str, behind: str) -> float:
    began = time.perf_counter()
    assert await client.completions(uri, behind)
    return time.perf_counter() - began


def _spread(seconds: list[float]) -> str:
    median, worst = statistics.median(seconds), max(seconds)
    return f"median {median * 1000:.0f} ms, worst {worst * 1000:.0f} ms of {len(seconds)}"
