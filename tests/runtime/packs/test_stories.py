"""Rules in people's words on what Telegraf writes: they resolve, compile to Flux that runs, and fire when they must, not else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import alertdsl
from alertdsl.packs import all_packs, pack_names
from alertdsl.packs.merging import add_packs
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.typed import MINUTE
from alertdsl_runtime.backtesting import backtest
from alertdsl_runtime.sources.influx import InfluxSource
from alertdsl_runtime.sources.line_protocol import parse_line_protocol
from alertdsl_runtime.sources.memory import MemorySource
from tests.runtime.packs import containers, machines, probes, servers
from tests.runtime.packs.telling import MINUTES, START, Story, minute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alertdsl.semantics.typed import Rule
    from alertdsl_runtime.columns import Source
    from tests.services.influxdb import InfluxDB

STORIES = {story.pack: story for part in (machines, probes, servers, containers) for story in part.STORIES}
# All packs at once, as someone has them who adds everything: no phrase of one may spoil another.
CATALOG = parse_catalog(add_packs("", all_packs()).text)


def test_every_pack_has_its_story() -> None:
    assert sorted(STORIES) == pack_names()
    assert all(len(story.alerts) >= 3 for story in STORIES.values())


@pytest.mark.parametrize("pack", STORIES)
def test_rules_of_a_pack_fire_when_they_must(influx: InfluxDB, pack: str) -> None:
    story = STORIES[pack]
    lines = story.lines()
    bucket = influx.new_bucket()
    influx.write_lp(lines, bucket=bucket)
    server = InfluxSource(influx.url, influx.org, influx.token, bucket)
    memory = MemorySource(parse_line_protocol("\n".join(lines)))
    expected = {text: sorted(alerts) for text, alerts in story.alerts.items()}
    assert told(story, memory) == expected
    assert told(story, server) == expected
    for text in story.alerts:
        for script in alertdsl.compile(text, CATALOG, default_bucket=bucket):
            influx.query(script.text)
    server.close()


@pytest.mark.parametrize("pack", STORIES)
def test_rules_of_a_pack_have_no_findings(pack: str) -> None:
    for text in STORIES[pack].alerts:
        assert alertdsl.check(text, CATALOG) == [], text


def told(story: Story, source: Source) -> dict[str, list[str]]:
    """The alerts of each rule, as a story tells them."""
    found: dict[str, list[str]] = {}
    for text in story.alerts:
        (rule,) = alertdsl.resolve(text, CATALOG)
        found[text] = sorted(_alerts(rule, source))
    return found


def _alerts(rule: Rule, source: Source) -> Iterator[str]:
    done = backtest([rule], source, START, START + MINUTES * MINUTE)
    assert not done.failed
    for episode in done:
        values = [value for _, value in sorted(episode.labels.items())]
        yield " ".join((*values, f"{minute(episode.fired_at)}-{minute(episode.resolved_at)}"))
