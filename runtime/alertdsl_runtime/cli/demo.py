"""``alertdsl demo``: the main job, told step by step. Nothing is faked but the price."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from alertdsl.store.records import AlertDetail
    from alertdsl_runtime.opening import Running

CATALOG = """\
# What the words of rules mean.
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[entities.BTC]
tags = { symbol = "BTC" }
aliases = ["Bitcoin"]

[store]
url = "sqlite:///alertdsl.db"
[engine]
delay = "1s"
poll = "200ms"
[notify.targets]
screen = "log://"
file = "file://notifications.jsonl"
"""
RULES = """\
rule btc-high "Bitcoin is dear"
  when BTC price > $70k for 5s
  recover when BTC price < $69.5k
  every 1s
  severity critical
  notify screen, file
  message "{{ labels.symbol }} at {{ value | money }}, above $70,000 since {{ since | ago }}"
"""
START, RISE, HIGH, FALL = 69_200.0, 5, 70_600.0, 16
"""Dollars and seconds: where the price starts, when it jumps, where to, and when it falls again."""
PATIENCE_S = 55


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="A new folder for the files; else a temporary one.",
)
def demo(folder: Path | None) -> int:
    """Watch an alert fire, notify and resolve, in half a minute: a simulated price, everything else real."""
    from alertdsl import explain, load_catalog
    from alertdsl_runtime.logs import set_up_logs
    from alertdsl_runtime.opening import open_engine
    from alertdsl_runtime.settings import load_settings

    where = Path(tempfile.mkdtemp(prefix="alertdsl-demo-")) if folder is None else folder
    where.mkdir(parents=True, exist_ok=True)
    if any(where.iterdir()):
        raise click.UsageError(f"{where} is not empty: the demo's files want a folder of their own")
    config, rules = where / "alertdsl.toml", where / "prices.alert"
    config.write_text(CATALOG, "utf-8")
    rules.write_text(RULES, "utf-8")

    _step(1, f"A catalog says what the words mean ({config}), and a rule says what to watch ({rules}):")
    click.echo(_indented(RULES))
    _step(2, "The compiler checked the rule. In plain English it says:")
    click.echo(_indented(_brief(explain(rules, load_catalog(config)))))
    _step(
        3, "The engine evaluates it every second, on a price that is simulated and written to an SQLite file."
    )
    click.echo("   The price jumps above $70,000 after five seconds. The rule waits five more, to be sure.\n")
    set_up_logs("warning", "text")
    with open_engine(load_settings(config, environment=False), [rules]) as running:
        story = _Story(running)
        detail = story.play()
    if detail is None:
        click.echo(
            "the alert did not resolve in time; please report this with the files in " + str(where), err=True
        )
        return 1
    _step(6, "What is left of it, in the database:")
    for change in detail.transitions:
        click.echo(
            f"   {_clock(change.t)}  {change.from_state} -> {change.to_state} {change.reason}".rstrip()
        )
    _step(7, "Try next:")
    if shutil.which("alertdsl") is None:  # `make demo` in a clone: the environment is not active
        click.echo(f"   PATH={Path(sys.executable).parent}:$PATH")
    click.echo(f"   cd {where}")
    click.echo("   cat notifications.jsonl                     # what was sent, for programs")
    click.echo("   alertdsl alerts list --all                  # the alerts in the database")
    click.echo('   alertdsl lint "BTC prise > 70k"             # what a typo gets you')
    click.echo(
        "   alertdsl run prices.alert                   # the engine, on your own data: see docs/tutorial.md"
    )
    return 0


class _Story:
    """The price, the engine, and what to say about them, second by second."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._told = ""
        self._price = START

    def play(self) -> AlertDetail | None:
        """Run until the alert has resolved and people were told; None if that takes too long."""
        stop = threading.Event()
        engine = threading.Thread(target=self._running.engine.run, args=(stop,), name="engine")
        self._feed(0)
        self._running.worker.start()
        engine.start()
        try:
            begun = time.monotonic()
            while time.monotonic() - begun < PATIENCE_S:
                self._feed(time.monotonic() - begun)
                detail = self._look()
                if detail is not None:
                    return detail
                time.sleep(0.5)
            return None
        finally:
            stop.set()
            engine.join()

    def _feed(self, second: float) -> None:
        import numpy as np

        from alertdsl_runtime.columns import Points
        from alertdsl_runtime.sources.sql import SqlSource

        goal = HIGH if RISE <= second < FALL else START
        self._price += (goal - self._price) * 0.7 + (int(second * 7) % 5 - 2) * 9
        now = np.array([time.time_ns()], dtype=np.int64)
        price = Points([(("symbol", "BTC"),)], np.array([0, 1]), now, np.array([round(self._price, 2)]))
        assert isinstance(self._running.source, SqlSource)
        self._running.source.write({("crypto", "close"): price})

    def _look(self) -> AlertDetail | None:
        store = self._running.store
        page = store.alerts.list(states=("pending", "firing", "resolved"))
        state = page.items[0].state if page.items else "ok"
        if state == "firing" != self._told:
            _step(4, "It held for five seconds: the alert fires, and both targets are told.")
        if state == "resolved" != self._told:
            _step(
                5,
                "The price fell below $69,500, where the rule says it has recovered: resolved, and told so.",
            )
        self._told = state
        click.echo(f"   {_clock(time.time_ns())}  BTC {self._price:>10,.2f} USD   {state}")
        if state != "resolved":
            return None
        detail = store.alerts.get(page.items[0].id)
        sent = [n for n in detail.notifications if n.sent_at is not None and n.kind == "resolved"]
        return detail if len(sent) == 2 else None


def _step(number: int, text: str) -> None:
    click.echo("\n" + click.style(f"{number}. {text}", bold=True))


def _indented(text: str) -> str:
    return "".join(f"   {line}\n" if line else "\n" for line in text.splitlines())


def _brief(explanation: str) -> str:
    """When it fires, and for what."""
    parts = explanation.strip().split("\n\n")
    return "\n\n".join(
        part for part in parts if part.startswith(("Fires when", "Alerts", "Looked at", "Resolves"))
    )


def _clock(moment: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment / 1e9))
