"""Fields of a live database that packs have names for."""

from __future__ import annotations

from collections.abc import Sequence

from alertdsl.packs.recognising import recognise
from alertdsl.semantics.catalog import MetricEntry
from alertdsl.semantics.typed import FieldType


def entry(name: str, *tags: str, bucket: str = "", kind: FieldType = "float") -> MetricEntry:
    measurement, _, field = name.rpartition(".")
    return MetricEntry("", bucket, measurement, field, kind, tags={tag: ["x"] for tag in tags})


def named(metrics: Sequence[MetricEntry]) -> list[str]:
    """The headers of what packs name."""
    lines = "\n".join(recognise(metrics).blocks).splitlines()
    return [
        line.removeprefix('[metrics."').removesuffix('"]') for line in lines if line.startswith("[metrics")
    ]


def test_measurement_and_field_and_fixed_tags_and_kind_must_fit() -> None:
    assert named([entry("cpu.usage_idle", "cpu", "host")]) == ["cpu usage", "core usage", "cpu idle"]
    assert named([entry("cpu.usage_idle", "host")]) == [
        "core usage"
    ]  # no tag cpu: this is not Telegraf's total
    assert named([entry("cpu.load", "cpu", "host")]) == []
    assert named([entry("disk.used_percent", "host", kind="string")]) == []
    assert named([entry("docker_container_status.oomkilled", "host", kind="boolean")]) == [
        "container oom killed"
    ]


def test_an_expression_needs_all_that_it_reads() -> None:
    used = entry("redis.used_memory", "host", kind="integer")
    assert named([used]) == ["redis memory"]
    assert named([used, entry("redis.maxmemory", "host", kind="integer")]) == [
        "redis memory",
        "redis memory usage",
    ]


def test_what_is_left_and_what_is_taken() -> None:
    rest = entry("cpu.usage_nice", "cpu", "host")
    found = recognise([entry("cpu.usage_user", "cpu", "host"), rest, entry("crypto.close", "symbol")])
    assert found.packs == ("telegraf-cpu",)
    assert found.rest == (rest, entry("crypto.close", "symbol"))
    assert ("cpu", "user") in found.phrases
    assert {tag.name for tag in found.tags} == {"host", "cpu"}
    assert 'labels = ["cpu", "host"]' in found.blocks[1]


def test_a_name_is_given_for_one_bucket() -> None:
    first, second = (entry("mem.available", "host", bucket=bucket) for bucket in ("a", "b"))
    found = recognise([first, second])
    assert found.rest == (second,)
    assert 'bucket = "a"' in found.blocks[1]
