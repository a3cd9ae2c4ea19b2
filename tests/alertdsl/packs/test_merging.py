"""Packs in a person's catalog: added at its end, once, and never over what is there."""

from __future__ import annotations

import pytest

from alertdsl.diagnostics import AlertDslError
from alertdsl.packs import all_packs, find_pack
from alertdsl.packs.comparing import compare
from alertdsl.packs.merging import add_packs
from alertdsl.semantics.catalog import parse_catalog
from alertdsl.semantics.typed import MINUTE

CPU, DISK, MEM, NET = (find_pack(name) for name in ("cpu", "disk", "mem", "net"))
MINE = """# The desk's words.
[metrics."price"]   # in dollars
field = "crypto.close"
unit = "USD"

[notify.targets]
desk = "log://"
"""


def test_what_is_there_stays_to_the_letter() -> None:
    done = add_packs(MINE, [CPU, MEM])
    assert done.text.startswith(MINE)
    assert list(done.added) == ["telegraf-cpu", "telegraf-mem"]
    catalog = parse_catalog(done.text)
    assert [m.name for m in catalog.metrics][:2] == ["price", "cpu usage"]
    assert catalog.by_name["cpu usage"] == CPU.catalog.by_name["cpu usage"]
    assert [t.name for t in catalog.tags] == ["host", "cpu"]


def test_once_is_as_good_as_twice() -> None:
    once = add_packs(MINE, all_packs())
    twice = add_packs(once.text, all_packs())
    assert (twice.text, twice.added, twice.kept) == (once.text, {}, [])
    apart = MINE
    for pack in all_packs():
        apart = add_packs(apart, [pack]).text
    assert set(parse_catalog(apart).metrics) == set(parse_catalog(once.text).metrics)
    assert set(parse_catalog(apart).tags) == set(parse_catalog(once.text).tags)


def test_a_persons_edits_stay_and_are_told() -> None:
    text = add_packs("", [CPU]).text
    edited = text.replace('tags = { cpu = "cpu-total" }\nunit = "%"', 'unit = "%"\nstaleness = "2m"', 1)
    again = add_packs(edited, [CPU])
    assert again.text == edited
    assert again.kept == ['"cpu usage" is there and stays as it is; telegraf-cpu differs in tags']
    assert list(compare(parse_catalog(edited), all_packs())) == [
        '"cpu usage" differs from telegraf-cpu in tags: none, there cpu="cpu-total"'
    ]


def test_an_edited_expression_is_an_edit() -> None:
    text = add_packs("", [CPU]).text
    edited = text.replace("100 - cpu.usage_idle", "cpu.usage_user + cpu.usage_system", 1)
    again = add_packs(edited, [CPU])
    assert again.text == edited
    assert again.kept == ['"cpu usage" is there and stays as it is; telegraf-cpu differs in expression']
    (told,) = compare(parse_catalog(edited), [CPU])
    assert told.startswith('"cpu usage" differs from telegraf-cpu in expression: cpu.usage_user + ')


def test_the_interval_of_a_collector_that_reads_seldom() -> None:
    done = add_packs("", [NET], interval=5 * MINUTE)
    catalog = parse_catalog(done.text)
    assert {m.interval for m in catalog.metrics} == {5 * MINUTE}
    assert catalog.by_name["network traffic in"].expression == "rate of net.bytes_recv over 10m"
    assert "# Bytes received a second, of the last 10 minutes." in done.text
    assert add_packs(done.text, [NET], interval=5 * MINUTE).text == done.text
    often = parse_catalog(add_packs("", [NET], interval=MINUTE).text)
    assert often.by_name["network traffic in"].expression == "rate of net.bytes_recv over 2m"


def test_what_a_pack_has_more_is_added() -> None:
    """As after an upgrade: the pack knows a metric that the catalog has not."""
    text = add_packs("", [CPU]).text
    block = CPU.entry("metrics", "cpu steal").text
    older = text.replace(f"{block}\n\n", "")
    assert "cpu steal" not in older
    assert list(compare(parse_catalog(older), [CPU])) == ["telegraf-cpu has also cpu steal"]
    done = add_packs(older, [CPU])
    assert done.added == {"telegraf-cpu": ["cpu steal"]}
    assert set(parse_catalog(done.text).metrics) == set(CPU.metrics)


def test_the_bucket_of_all_metrics() -> None:
    catalog = parse_catalog(add_packs("", [CPU, DISK], bucket='mon"itors').text)
    assert {m.bucket for m in catalog.metrics} == {'mon"itors'}
    again = add_packs(add_packs("", [CPU]).text, [CPU], bucket="other")
    assert again.kept[0] == '"cpu usage" is there and stays as it is; telegraf-cpu differs in bucket'


@pytest.mark.parametrize(
    ("mine", "said", "line"),
    [
        ('\n[metrics."cpu usage"]\nfield = "win_cpu.busy"\n', "cpu usage", 2),  # the same name
        (
            '[metrics."cpu busy"]\nfield = "win_cpu.busy"\naliases = ["CPU_usage"]\n',
            "cpu usage",
            1,
        ),  # an alias of another
        ('[metrics."CPU"]\nfield = "win_cpu.busy"\n', "cpu", 1),  # an alias of the pack
    ],
)
def test_a_phrase_that_means_something_else_is_refused_with_a_way_out(
    mine: str, said: str, line: int
) -> None:
    with pytest.raises(AlertDslError) as caught:
        add_packs(mine, [CPU], file="mine.toml")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.file, problem.line) == ("E305", "mine.toml", line)
    assert f'"{said}" of telegraf-cpu means 100 - cpu.usage_idle' in problem.message
    assert f'--without "{said}"' in problem.hint
    done = add_packs(mine, [CPU], without=[said.upper()])
    catalog = parse_catalog(done.text)
    assert done.text.startswith(mine)
    assert len(catalog.metric_phrases[tuple(said.split())]) == 1
    assert "cpu iowait" in catalog.by_name


def test_entities_are_kept_or_refused_as_metrics_are() -> None:
    same = '[entities.base]\ntags = { path = "/" }\naliases = ["root"]\n'
    assert "root" not in add_packs(same, [DISK]).added["telegraf-disk"]
    other = '[entities."Root"]\ntags = { user = "root" }\n'
    with pytest.raises(AlertDslError) as caught:
        add_packs(other, [DISK])
    (problem,) = caught.value.diagnostics
    assert (problem.line, problem.message) == (
        1,
        '"root" of telegraf-disk means path="/", here it means user="root"',
    )
    assert parse_catalog(add_packs(other, [DISK], without=["root"]).text).entities[0].name == "Root"


def test_all_clashes_are_told_at_once() -> None:
    mine = '[metrics."cpu"]\nfield = "a.b"\n[metrics."iowait"]\nfield = "a.c"\n[metrics."disk usage"]\nfield = "a.d"\n'
    with pytest.raises(AlertDslError) as caught:
        add_packs(mine, [CPU, DISK])
    assert [d.line for d in caught.value.diagnostics] == [1, 3, 5]


def test_another_name_for_the_same_field_is_no_clash() -> None:
    """As `catalog pull --plain` names fields: by their own words, which are an alias of the pack."""
    mine = '[metrics."disk used percent"]\nmeasurement = "disk"\nfield = "used_percent"\ntype = "float"\n'
    done = add_packs(mine, [DISK])
    catalog = parse_catalog(done.text)
    assert "disk used percent" not in catalog.by_name["disk usage"].aliases
    assert done.kept == [
        '"disk used percent" stays your name for the same field; disk usage is added beside it'
    ]
    yours = '[metrics."fullness"]\nfield = "disk.used_percent"\naliases = ["disk usage"]\nunit = "%"\n'
    done = add_packs(yours, [DISK])
    assert "disk usage" not in parse_catalog(done.text).by_name  # it is there already, under a name of yours


def test_tags_get_their_aliases_where_they_have_none() -> None:
    mine = '[tags.host]\nvalues = ["web1"]\n\n[tags."server"]\nvalues = ["db1"]\n'
    done = add_packs(mine, [MEM])
    host, server = parse_catalog(done.text).tags
    assert host.values == ("web1",)
    assert host.aliases == ("hosts", "servers", "machine", "machines")  # `server` is a tag of its own here
    assert server.aliases == ()
    assert done.kept == ['"server" stays the name of another tag, not of host']
    own = '[tags.host]\naliases = ["box"]\n'
    done = add_packs(own, [MEM])
    assert parse_catalog(done.text).tags[0].aliases == ("box",)
    assert done.kept == ["[tags.host] stays as it is, without hosts, server, servers, machine, machines"]
    inline = 'tags = { host = { values = ["web1"] } }\n'
    done = add_packs(inline, [MEM])
    assert done.text.startswith(inline)
    assert done.kept[0].startswith("[tags.host] stays as it is; the pack has aliases = [")


def test_a_file_that_cannot_be_added_to_is_told_as_such() -> None:
    with pytest.raises(AlertDslError) as caught:
        add_packs('metrics = { price = { field = "crypto.close" } }\n', [MEM], file="a.toml")
    assert caught.value.diagnostics[0].code == "E302"
    with pytest.raises(AlertDslError) as caught:
        add_packs("[metrics", [MEM])
    assert caught.value.diagnostics[0].code == "E302"


def test_without_a_line_end_at_the_end() -> None:
    done = add_packs('[metrics.a]\nfield = "a.b"', [MEM])
    assert done.text.startswith('[metrics.a]\nfield = "a.b"\n\n# telegraf-mem: ')
    assert done.text.endswith("]\n")
    assert "\n\n\n" not in done.text
