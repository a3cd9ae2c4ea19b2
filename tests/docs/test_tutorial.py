"""The tutorial, followed from top to bottom on a real InfluxDB."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from alertdsl.semantics.catalog import parse_catalog
from tests.cli.calling import call
from tests.docs.pages import DOCS, ID, Block, blocks, commands, same
from tests.services.influxdb import InfluxDB

PAGE = (DOCS / "tutorial.md").read_text()
PATIENCE = 45.0
"""Seconds for what the engine does in its own time: an instant every 10 s, evaluated a second later."""


class Feed:
    """The page's feed, a point each second, at a price that moves 40 seconds into the past, so that a minute passes sooner."""

    def __init__(self, influx: InfluxDB, bucket: str) -> None:
        written = re.search(r'--data-binary "(.*)\$\(cat price\)"', PAGE)
        assert written is not None
        self._point, self._influx, self._bucket = written[1], influx, bucket
        self._price, self._ended = "69500", threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.move_to("69500")

    def move_to(self, price: str) -> None:
        """What stood in those seconds is written over."""
        self._price = price
        now = int(time.time())
        self._write(range(now - 40, now + 1))

    def _write(self, seconds: range) -> None:
        self._influx.write_lp(
            "\n".join(f"{self._point}{self._price} {second}" for second in seconds), "s", self._bucket
        )

    def _run(self) -> None:
        while not self._ended.wait(1):
            now = int(time.time())
            self._write(range(now, now + 1))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture
def folder(tmp_path: Path, influx: InfluxDB, influx_bucket: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The newcomer's folder and environment."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("ALERTDSL_", "INFLUXDB_V2_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INFLUXDB_V2_URL", influx.url)
    monkeypatch.setenv("INFLUXDB_V2_ORG", influx.org)
    monkeypatch.setenv("INFLUXDB_V2_TOKEN", influx.token)
    monkeypatch.setenv("INFLUXDB_V2_BUCKET", influx_bucket)
    return tmp_path


@pytest.mark.slow
def test_every_step(folder: Path, influx: InfluxDB, influx_bucket: str) -> None:
    ids: dict[str, str] = {}
    ran = 0
    with Feed(influx, influx_bucket) as feed, engine(folder) as told:
        for block in blocks(PAGE):
            if block.language == "toml":
                parse_catalog(block.text)
            if block.file:
                quick = '[engine]\ndelay = "1s"\n' if block.language == "toml" else ""
                (folder / block.file).write_text(block.text + quick)
            elif moved := re.fullmatch(r"echo (\d+) > price\n", block.text):
                feed.move_to(moved[1])
            elif block.text.startswith("alertdsl run "):
                told.start(block.text)
            elif block.text.startswith("***"):
                told.wait_for(block.text)
            elif block.language == "console":
                ran += run(block, ids, influx_bucket)
        told.wait_for("*** [RESOLVED] BTC is dear")
    assert ran >= 17


def test_the_pulled_catalog_is_what_the_page_shows(
    folder: Path, influx: InfluxDB, influx_bucket: str
) -> None:
    with Feed(influx, influx_bucket):
        pass
    called = call("catalog", "pull")
    assert called.out.strip() in {block.text.strip() for block in blocks(PAGE, "toml")}


def run(block: Block, ids: dict[str, str], bucket: str) -> int:
    """Run a block's commands and compare. `ids` translates those of the page to those of this run."""
    asked = list(commands(block))
    for arguments, shown in asked:
        # What stands in the database is the engine's work, which takes its time.
        deadline = time.monotonic() + (PATIENCE if arguments[0] == "alerts" and arguments[1] != "ack" else 0)
        while True:
            called = call(*(ids.get(one, one) for one in arguments))
            said = (called.out + called.err).replace(bucket, "monitors")
            if same(shown, said, varying=True):
                break
            assert time.monotonic() < deadline, f"$ alertdsl {' '.join(arguments)}\n{said}"
            time.sleep(0.5)
        ids.update(zip(ID.findall(shown), ID.findall(said), strict=False))
    return len(asked)


class Engine:
    """The terminal in which `alertdsl run` stays."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._out = folder, folder / "engine.out"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, command: str) -> None:
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command.split()],
                cwd=self._folder,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, shown: str) -> None:
        """Until a notification that begins as this one has been printed."""
        first = shown.split("\n", 1)[0]
        deadline = time.monotonic() + PATIENCE
        while first not in (said := self._out.read_text()):
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        time.sleep(0.2)
        said = self._out.read_text()
        assert same(f"{shown}...", said[said.index(first) :], varying=True), said


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """An engine that is stopped at the end as by Ctrl-C."""
    made = Engine(folder)
    try:
        yield made
    finally:
        if made.process is not None:
            made.process.send_signal(signal.SIGINT)
            assert made.process.wait(20) == 0
