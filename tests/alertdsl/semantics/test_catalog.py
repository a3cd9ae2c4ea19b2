"""The catalog file: what it takes, what it refuses and where, and that what is written is read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertdsl import check
from alertdsl.diagnostics import AlertDslError
from alertdsl.semantics.catalog import Entity, MetricEntry, Tag, load_catalog, parse_catalog, write_catalog
from alertdsl.semantics.phrases import read_phrase
from alertdsl.semantics.typed import DAY, MINUTE
from alertdsl.syntax import ast


def test_every_key() -> None:
    catalog = parse_catalog(
        """
        [metrics."price"]
        bucket = "monitors"
        measurement = "crypto"
        field = "close"
        unit = "USD"
        kind = "gauge"
        type = "float"
        interval = "1m"
        staleness = "5m"
        memory = "2d"
        retention = "30d"
        series_key = ["symbol"]
        labels = ["symbol", "exchange"]
        aliases = ["quote"]
        tags = { exchange = "x" }
        expect = { symbol = ["BTC", "ETH"] }
        [metrics."http latency"]
        measurement = "http"
        field = "seconds"
        histogram = "le"
        [entities.BTC]
        tags = { symbol = "BTC" }
        aliases = ["Bitcoin"]
        [tags.symbol]
        aliases = ["coin"]
        values = ["BTC"]
        expect = ["BTC"]
        [buckets.monitors]
        retention = "30d"
        [source]
        bucket = "monitors"
        url = "not the catalog's business"
        """
    )
    price = catalog.by_name["price"]
    assert (price.interval, price.staleness, price.memory, price.retention) == (
        MINUTE,
        5 * MINUTE,
        2 * DAY,
        30 * DAY,
    )
    assert price.expect == (("symbol", ("BTC", "ETH")),)
    assert catalog.kept("") == 30 * DAY
    assert catalog.by_name["http latency"].histogram == "le"


BAD = [
    ('[metrics.a]\nfield = "a.b"\nunits = "s"', "E303", 3, 'did you mean "unit"?'),
    ('[metric.a]\nfield = "a.b"', "E303", 1, 'did you mean "metrics"?'),
    ('[metrics.a]\nfield = "a.b"\nkind = "gauges"', "E304", 3, "gauge"),
    ('[metrics.a]\nfield = "a.b"\ninterval = "1M"', "E304", 3, "duration"),
    ('[metrics.a]\nfield = "a.b"\ninterval = 5', "E304", 3, "duration"),
    ('[metrics.a]\nfield = "a.b"\nunit = 5', "E304", 3, "string"),
    ('[metrics.a]\nunit = "s"', "E304", 1, "expression"),
    ('[metrics.a]\nfield = "a.b"\nexpression = "c.d"', "E304", 1, "one of the two"),
    ('[metrics."a b"]\nfield = "a.b"\n\n[entities.x]\naliases = ["y"]', "E304", 4, "tags"),
    ("[entities.x]\ntags = {}", "E304", 2, "at least 1"),
    ("[metrics.a\nfield = 3", "E302", 1, "TOML"),
    ('[tags.host]\nalias = ["a"]', "E303", 2, 'did you mean "aliases"?'),
]


@pytest.mark.parametrize(("text", "code", "line", "words"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_what_is_wrong_is_told_with_its_line(text: str, code: str, line: int, words: str) -> None:
    with pytest.raises(AlertDslError) as caught:
        parse_catalog(text, "x.toml")
    diagnostic = caught.value.diagnostics[0]
    assert (diagnostic.code, diagnostic.line, diagnostic.file) == (code, line, "x.toml"), diagnostic.render()
    assert words in f"{diagnostic.message} {diagnostic.hint}"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(AlertDslError) as caught:
        parse_catalog('[metrics.a]\nfield = "a.b"\nunits = "s"\nkind = "x"\n[tags.h]\nvalue = []\n')
    assert [d.line for d in caught.value.diagnostics] == [3, 4, 6]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AlertDslError, match="cannot read"):
        load_catalog(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(AlertDslError, match="UTF-8"):
        load_catalog(tmp_path / "bad.toml")


def test_a_field_without_measurement() -> None:
    catalog = parse_catalog('[metrics.a]\nfield = "m.n.f"\n[metrics.cpu]\nfield = "idle"\n')
    assert [(m.measurement, m.field) for m in catalog.metrics] == [("m.n", "f"), ("cpu", "idle")]


# ---------------------------------------------------------------- what `catalog pull` writes

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
ENTRIES = st.lists(
    st.builds(
        MetricEntry,
        name=st.just(""),
        bucket=st.sampled_from(["", "monitors", "other"]),
        measurement=NAMES,
        field=NAMES,
        type=st.sampled_from(["float", "integer", "string", "boolean", "unknown"]),
        tags=st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=3),
    ),
    max_size=5,
    unique_by=lambda m: (m.bucket, m.measurement, m.field),
)


@given(ENTRIES)
def test_what_is_written_is_read_back(entries: list[MetricEntry]) -> None:
    catalog = parse_catalog(write_catalog(entries, retention={"monitors": DAY}))
    assert {(m.bucket, m.measurement, m.field, m.type) for m in catalog.metrics} == {
        (e.bucket, e.measurement, e.field, e.type) for e in entries
    }
    assert len(catalog.by_name) == len(entries)
    assert catalog.retention == {"monitors": DAY}
    for entry in entries:
        for tag, values in entry.tags.items():
            assert set(values) <= set(next(t.values for t in catalog.tags if t.name == tag))


def test_pulled_metrics_have_phrases_people_write() -> None:
    text = write_catalog(
        [
            MetricEntry("", "monitors", "crypto", "close", "float", tags={"symbol": ["BTC", "ETH"]}),
            MetricEntry("", "monitors", "http_response", "response_time", "float"),
            MetricEntry("", "monitors", "disk", "used_percent", "float"),
            MetricEntry("", "a", "cpu", "idle", "float"),
            MetricEntry("", "b", "cpu", "idle", "float"),
        ],
        [Entity("Bitcoin", (("symbol", "BTC"),))],
        [Tag("symbol", aliases=("coin",))],
    )
    catalog = parse_catalog(text)
    assert [m.name for m in catalog.metrics] == [
        "a cpu idle", "b cpu idle", "crypto close", "disk used percent", "http response time"
    ]  # fmt: skip
    assert '# unit = "%"' in text
    reading = read_phrase(ast.MetricRef(tuple(ast.Word(w) for w in ("BTC", "crypto", "close"))), catalog)
    assert [(p.tag, p.value) for p in reading.pins] == [("symbol", "BTC")]


def test_calendars_are_days_by_name() -> None:
    found = parse_catalog('[calendars.holidays]\ndates = ["2026-12-25", 2026-01-01]\n')
    (holidays,) = found.calendars
    assert (holidays.name, holidays.dates) == ("holidays", ("2026-01-01", "2026-12-25"))
    with pytest.raises(AlertDslError) as refused:
        parse_catalog('[calendars.holidays]\ndates = ["2026-02-30"]\n')
    assert "2026-02-30" in refused.value.message
    assert refused.value.diagnostics[0].line == 2


def test_a_misspelt_name_is_not_taken_for_another_and_a_value() -> None:
    """`cpu` is a metric too, and `us` a region: still `cpu usge` is the nearest to `cpu usage`."""
    text = '[metrics."cpu usage"]\nfield = "c.u"\naliases = ["cpu"]\n[tags.region]\nvalues = ["eu", "us"]\n'
    (found,) = check("cpu usge > 90", parse_catalog(text))
    assert found.hint == 'did you mean "cpu usage"?'
    assert [fix.replacement for fix in found.fixes] == ["cpu usage"]
