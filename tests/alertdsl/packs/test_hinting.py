"""The pack that knows an unknown metric is named where the mistake is told."""

from __future__ import annotations

import pytest

import alertdsl
from alertdsl.lint import lint_files, lint_text
from alertdsl.semantics.catalog import Catalog, parse_catalog

CATALOG = parse_catalog(
    '[metrics."price"]\nfield = "crypto.close"\n[entities.BTC]\ntags = { symbol = "BTC" }\n'
)


@pytest.mark.parametrize("catalog", [CATALOG, None])
@pytest.mark.parametrize(
    ("text", "pack", "name"),
    [
        ("cpu usage > 90%", "telegraf-cpu", "cpu usage"),
        ("RAM > 90%", "telegraf-mem", "ram"),
        ("max of disk_usage by host > 90%", "telegraf-disk", "disk usage"),
        ("any redis memory usage > 90%", "telegraf-redis", "redis memory usage"),
        ("alert me when certificate expiry < 14d", "telegraf-x509-cert", "certificate expiry"),
    ],
)
def test_the_pack_is_named(text: str, pack: str, name: str, catalog: Catalog | None) -> None:
    problem = alertdsl.check(text, catalog)[0]
    assert problem.code in ("E201", "E208")
    assert problem.hint.startswith(f'{pack} has "{name}": alertdsl catalog add {pack}')


def test_lint_names_it_too() -> None:
    (problem,) = lint_text("cpu usage > 90%", CATALOG)
    assert "alertdsl catalog add telegraf-cpu" in problem.hint
    found = lint_files([("a.alert", "rule a\n  when ram > 90%\n  notify x\n")], CATALOG)
    assert "alertdsl catalog add telegraf-mem" in found[0].hint


@pytest.mark.parametrize("text", ["BTC prise > 5", "wombats > 5", "wombats of the disk > 5"])
def test_and_none_where_none_knows_it(text: str) -> None:
    assert "catalog add" not in alertdsl.check(text, CATALOG)[0].hint
