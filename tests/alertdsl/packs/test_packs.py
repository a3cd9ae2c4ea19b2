"""The packs themselves: whole, unambiguous together, and fit for rules."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

import alertdsl
from alertdsl.packs import Pack, UnknownPack, all_packs, find_pack, pack_names
from alertdsl.packs.comparing import ambiguous, compare
from alertdsl.packs.merging import add_packs
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Metric, parse_catalog, phrase
from alertdsl.semantics.walk import selectors

PACKS = all_packs()
ALL = parse_catalog(add_packs("", PACKS).text)
PHRASES = [
    pytest.param(metric, name, id=f"{pack.name}: {name}")
    for pack in PACKS
    for metric in pack.metrics
    for name in (metric.name, *metric.aliases)
]
FIRST = """
cpu usage > 90%
cpu > 90% for 5m
memory usage > 90%
ram > 90%
swap usage > 50%
disk full > 90%
disk usage > 90% for 10m
disk usage where path is "/" > 90%
disk space < 10 GB
disk free will fall below 5 GB within 1d at its 6h trend
inodes > 90%
iowait > 20%
load average > 8
load per cpu > 1.5 for 10m
uptime < 10m
network traffic in > 100 Mbit/s
traffic out > 50 MB/s
ping latency > 200ms
packet loss > 5%
response time > 2s
http status >= 500
certificate expiry < 14d
time until certificate end date < 14d
redis memory > 4 GB
redis hit rate < 80%
replication lag > 30s
increase of slow queries over 5m > 10
mysql connections > 150
postgres connections > 90
sum of postgres connections by server > 200
nginx connections > 1000
increase of pod restarts over 10m > 3
at least 3 hosts have cpu usage > 90% for 5m
at least 2 machines have memory usage > 90%
avg of cpu usage over 10m by machine > 80%
container memory usage > 90%
container uptime < 5m
volume usage > 85%
root disk usage > 90%
disk usage on root > 90%
leaf certificate expiry < 14d
network traffic > 50 MB/s
bandwidth > 1 Gbit/s
iops > 5000
mysql qps > 2000
redis uptime is missing for 5m
""".strip().splitlines()


def test_there_are_the_packs_that_were_promised() -> None:
    wanted = "cpu mem disk diskio net system swap docker http-response ping x509-cert redis postgresql mysql nginx kubernetes"
    assert {f"telegraf-{name}" for name in wanted.split()} <= set(pack_names())


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_a_pack_is_whole(pack: Pack) -> None:
    assert pack.summary
    assert not pack.summary.endswith(".")
    assert pack.traps
    # Where the facts are from: the plugin's files, and the version of Telegraf.
    assert f"plugins/inputs/{pack.plugin} " in pack.source
    assert re.search(r"\b1\.\d\d\b", pack.source)
    assert pack.name == f"telegraf-{pack.plugin.replace('_', '-')}"
    assert [e.name for e in pack.entries if e.table == "metrics"] == [m.name for m in pack.metrics]
    assert [e.name for e in pack.entries if e.table == "entities"] == [e.name for e in pack.entities]
    assert [e.name for e in pack.entries if e.table == "tags"] == [t.name for t in pack.tags]
    for metric in pack.metrics:
        assert pack.entry("metrics", metric.name).meaning.endswith("."), metric.name
        assert metric.kind is not None
        # People add tags of their own to everything (a region), so a pack cannot know all of a metric's.
        assert metric.labels is None


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_tags_that_tell_the_outcome_make_no_series(pack: Pack) -> None:
    outcomes = {
        "container_status",
        "container_version",
        "mode",
        "phase",
        "readiness",
        "replication_role",
        "result",
        "serial_number",
        "state",
        "status_code",
        "verification",
    }
    for metric in pack.metrics:
        assert not outcomes & set(metric.series_key or ())


def test_what_pods_are_called_is_forgotten_sooner() -> None:
    """Their names come and go with each roll-out."""
    for name in ("pod cpu", "pod restarts", "pod memory usage"):
        (rule,) = alertdsl.resolve(f"{name} > 1", ALL)
        assert {s.memory for s in _selectors(rule)} == {typed.HOUR}
    (rule,) = alertdsl.resolve("node cpu > 1", ALL)
    assert {s.memory for s in _selectors(rule)} == {typed.DAY}


def test_all_packs_together_have_no_phrase_twice() -> None:
    assert ambiguous(ALL) == []
    assert list(compare(ALL, PACKS)) == []
    said = defaultdict(set)
    for tag in ALL.tags:
        for name in (tag.name, *tag.aliases):
            said[phrase(name)].add(tag.name)
    assert all(len(tags) == 1 for tags in said.values())
    assert not set(ALL.metric_phrases) & set(ALL.entity_phrases)
    same = {
        tag.name: {t.aliases for pack in PACKS for t in pack.tags if t.name == tag.name} for tag in ALL.tags
    }
    assert all(len(aliases) == 1 for aliases in same.values())


@pytest.mark.parametrize(("metric", "name"), PHRASES)
def test_every_phrase_can_be_written_in_a_rule(metric: Metric, name: str) -> None:
    if metric.type == "string":
        text = f'{name} == "x"'
    elif metric.type == "boolean":
        text = f"{name} is true"
    elif metric.kind == "timestamp":
        text = f"age of {name} > 1d"
    elif metric.kind == "counter":
        text = f"increase of {name} over 5m > 0"
    else:
        text = f"{name} > 0"
    assert alertdsl.check(text, ALL) == []
    (rule,) = alertdsl.resolve(text, ALL)
    assert alertdsl.format_rule(alertdsl.format_rule(text)) == alertdsl.format_rule(text)
    fields = {(s.measurement, s.field) for s in _selectors(rule)}
    if metric.expression is None:
        assert fields == {(metric.measurement, metric.field)}
    assert all(set(metric.tags) <= set(s.pins) for s in _selectors(rule))


@pytest.mark.parametrize("text", FIRST)
def test_what_people_write_first_is_understood(text: str) -> None:
    assert alertdsl.check(text, ALL) == []
    assert alertdsl.compile(text, ALL)
    assert alertdsl.explain(text, ALL)


def test_server_is_the_database_where_there_is_one_and_else_the_machine() -> None:
    for text, tag in (
        ("avg of cpu usage over 5m by server > 90%", "host"),
        ("sum of mysql connections by server > 9", "server"),
        ("max of mysql connection usage by server > 90%", "server"),
        ("at least 2 servers have mysql connections > 9", "server"),
        ("at least 2 servers have cpu usage > 90%", "host"),
    ):
        (rule,) = alertdsl.resolve(text, ALL)
        assert f"'{tag}'" in repr(rule.when), text
        other = "host" if tag == "server" else "server"
        assert f"tags=('{other}',)" not in repr(rule.when), text


def test_a_word_that_several_packs_have_is_asked_about() -> None:
    (problem,) = alertdsl.check("connections > 100", ALL)
    assert problem.code == "E201"
    assert "nginx connections" in problem.hint
    assert "mysql connections" in problem.hint


def test_the_level_of_a_counter_beside_a_rate_is_told() -> None:
    (problem,) = alertdsl.check("bytes received > 5 MB/s", ALL)
    assert "rate of bytes received over 5m" in problem.hint


def test_a_share_of_an_amount_is_pointed_at() -> None:
    for text, metric in (("disk space < 10%", "disk free percent"), ("free memory < 10%", "memory usage")):
        (problem,) = alertdsl.check(text, ALL)
        assert problem.code == "E230"
        assert f'"{metric}"' in problem.hint


def test_the_average_of_a_rate_is_the_rate_over_a_longer_time() -> None:
    (problem,) = alertdsl.check("avg of network traffic in over 10m > 5 MB/s", ALL)
    assert "rate of net.bytes_recv over 10m" in problem.hint


def test_packs_are_found_by_the_plugins_name_too() -> None:
    assert (
        find_pack("http_response")
        is find_pack("telegraf-http-response")
        is find_pack("Telegraf-HTTP_response")
    )
    with pytest.raises(UnknownPack, match='no pack "postgres": did you mean "telegraf-postgresql"'):
        find_pack("postgres")
    with pytest.raises(UnknownPack, match="there are telegraf-cpu, "):
        find_pack("zfs")


def _selectors(rule: typed.Rule) -> tuple[typed.Selector, ...]:
    return tuple(selectors(rule.when))


def test_the_plural_of_a_metrics_own_tag_needs_no_catalog_entry() -> None:
    catalog = parse_catalog('[metrics."depth"]\nfield = "queue.depth"\nlabels = ["host", "queue"]\n')
    assert alertdsl.check("at least 3 hosts have depth > 4 for 1m", catalog) == []
    (rule,) = alertdsl.resolve("max of depth by queues > 4", catalog)
    assert "tags=('queue',)" in repr(rule.when)
    (problem,) = alertdsl.check("at least 3 machines have depth > 4", catalog)
    assert problem.code == "E205"
