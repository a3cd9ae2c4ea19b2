"""Each check finds what its documentation says, and leaves the way out alone."""

from __future__ import annotations

import pytest

from alertdsl.lint import all_checks, describe, lint_files, lint_text, meanings
from alertdsl.semantics.catalog import Catalog, parse_catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return parse_catalog(
        """
        [metrics.price]
        field = "crypto.close"
        unit = "USD"
        interval = "1m"
        [metrics."bytes sent"]
        field = "net.bytes_sent"
        kind = "counter"
        unit = "B"
        interval = "1m"
        [metrics.latency]
        field = "http.latency_bucket"
        kind = "counter"
        unit = "s"
        histogram = "le"
        """
    )


def rule(when: str, *clauses: str) -> str:
    return "\n".join(["rule r", f"  when {when}", *(f"  {c}" for c in (*clauses, "notify x")), ""])


CASES = [
    ("W410", "avg of bytes sent over 5m > 5 GB", [], "rate of bytes sent over 5m > 5 MB", []),
    ("W413", "price > 5 and price < 4", [], "price > 4 and price < 5", []),
    ("W413", "price > 5 and price < 5 for 5m", [], "price >= 5 and price <= 5 for 5m", []),
    ("W414", "price > 5", ["recover when price < 6"], "price > 5", ["recover when price < 4"]),
    ("W414", "price < 5 for 5m", ["recover when price > 4"], "price < 5 for 5m", ["recover when price > 6"]),
    ("W415", "rate of bytes sent over 90s > 5 B", [], "rate of bytes sent over 5m > 5 B", []),
    ("W418", 'bytes sent{host="a"} > 5 B unless bytes sent{host=~"b|c"} > 5 B', [],
     'bytes sent{host="a"} > 5 B unless bytes sent{host=~"a|c"} > 5 B', []),
    ("W418", 'bytes sent{host="a"} > 5 B and bytes sent{host!="a"} > 5 B', [],
     'bytes sent{host="a"} > 5 B and increase of bytes sent{host!="a"} over 5m by dc > 5 B', []),
    ("W418", 'bytes sent{host="a"} / bytes sent{host!~"a|c"} > 5', [],
     'bytes sent{host="a"} / bytes sent{host="b"} > 5', []),
    ("W419", "bytes sent / bytes sent 1h ago * 100 > 90%", [], "bytes sent / bytes sent 1h ago > 90%", []),
    ("W419", "90% < 100 - 100 * bytes sent / bytes sent 1h ago", [], "100 * bytes sent / bytes sent 1h ago > 90", []),
    ("W417", "price > 5", ["severity warning, critical when price > 4"],
     "price > 5", ["severity warning, critical when price > 6"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "bad", "bad_clauses", "good", "good_clauses"), CASES)
def test_checks(
    catalog: Catalog, code: str, bad: str, bad_clauses: list[str], good: str, good_clauses: list[str]
) -> None:
    assert code in [d.code for d in lint_text(rule(bad, *bad_clauses), catalog)]
    assert [d.code for d in lint_text(rule(good, *good_clauses), catalog)] == []


def test_a_percentile_of_buckets_is_one_of_their_increases(catalog: Catalog) -> None:
    assert lint_text(rule("p95 of latency over 5m > 200ms"), catalog) == ()


def test_a_target_that_the_file_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "rule r\n  when crypto.close > 5\n  notify dask, terminal, desk\n"
        "  escalate to boss after 5m\n  escalate to managers after 9m\n"
    )
    monkeypatch.setenv("ALERTDSL_NOTIFY_MANAGERS", "log://")
    configured = parse_catalog('[notify.targets]\ndesk = "log://"\n')
    found = lint_text(text, configured)
    assert [(d.code, d.line, d.message) for d in found] == [
        ("W420", 3, 'no target is called "dask"'),
        ("W420", 4, 'no target is called "boss"'),
    ]
    assert "desk" in found[0].hint
    assert "log://" not in repr(configured), "an address holds secrets"
    assert lint_text(text, parse_catalog("")) == ()


def test_notification_checks(catalog: Catalog) -> None:
    text = "rule r\n  when price > 5\n  repeat every 4h\n"
    assert [d.code for d in lint_text(text, catalog)] == ["W411", "W412"]
    assert lint_text("price > 5", catalog) == ()


def test_the_error_of_a_rule_hides_no_finding_of_another(catalog: Catalog) -> None:
    text = "rule a\n  when prise > 5\nrule b\n  when price > 5\nrule c\n  when\nrule d\n  when price > 3\n"
    found = lint_text(text, catalog)
    assert next((d.code, d.line) for d in found if d.code != "W411") == ("E201", 2)
    assert [d.line for d in found if d.code == "W411"] == [3, 7]


def test_names_are_unique_over_files(catalog: Catalog) -> None:
    text = rule("price > 5")
    found = lint_files([("a.alert", text), ("b.alert", text)], catalog)
    assert [(d.code, d.file) for d in found] == [("E212", "b.alert")]


@pytest.mark.parametrize(
    ("comment", "remaining"),
    [
        ("# alertdsl: ignore W413", []),
        ("# alertdsl: ignore W410, W413", []),
        ("# alertdsl: ignore", []),
        ("# alertdsl: ignore-file W413", []),
        ("# alertdsl: ignore W410", ["W413"]),
        ("# something else", ["W413"]),
    ],
)
def test_comments_switch_warnings_off(catalog: Catalog, comment: str, remaining: list[str]) -> None:
    text = f"rule r\n  {comment}\n  when price > 5 and price < 4\n  notify x\n"
    assert [d.code for d in lint_text(text, catalog)] == remaining


def test_comments_do_not_switch_errors_off(catalog: Catalog) -> None:
    text = "rule r\n  # alertdsl: ignore E201\n  when prise > 5\n  notify x\n"
    assert [d.code for d in lint_text(text, catalog)] == ["E201"]


def test_every_check_is_documented() -> None:
    for check in all_checks():
        assert check.documentation.count("\n") > 2, check.code
        assert "Found:" in check.documentation, check.code
        assert "Way out:" in check.documentation, check.code
        assert describe(check.code) is not None


def test_every_code_used_has_a_meaning() -> None:
    import re
    from pathlib import Path

    import alertdsl

    folder = Path(alertdsl.__file__).parent
    used = {
        code
        for part in ("semantics", "lint")
        for file in (folder / part).rglob("*.py")
        for code in re.findall(r'"([EW]\d{3})"', file.read_text())
    }
    assert used <= set(meanings())
    assert describe("E999") is None
