"""Constants, tables, rules with parameters, imports: what a file gives names to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alertdsl.diagnostics import Diagnostic, Severity
from alertdsl.lint import lint_files, lint_text
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog
from alertdsl.semantics.resolve import resolve_file
from alertdsl.syntax.parser import parse_rules


@pytest.fixture(scope="session")
def resolved(
    catalog: Catalog,
) -> Callable[..., tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]]:
    """Rules and diagnostics of a text with its canonical texts; `source` is where its file is."""

    def of(text: str, source: Path | None = None) -> tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]:
        return resolve_file(parse_rules(text), catalog, name="a.alert", source=source)

    return of


Resolved = Callable[..., tuple[tuple[typed.Rule, ...], tuple[Diagnostic, ...]]]


def when(resolved: Resolved, text: str) -> typed.Condition:
    rules, found = resolved(text)
    assert not found, "\n".join(d.render() for d in found)
    return rules[-1].when


# ---------------------------------------------------------------- constants


@pytest.mark.parametrize(
    ("lets", "used", "plain"),
    [
        ("let hot = 120k", "BTC price > hot", "BTC price > 120k"),
        ("let hot = $120k", "BTC price is above hot for 5m", "BTC price > 120k for 5m"),
        ("let hot = 60k\nlet hotter = hot * 2", "BTC price > hotter", "BTC price > 120k"),
        ("let hotter = hot * 2\nlet hot = 60k", "BTC price > hotter", "BTC price > 120k"),
        ("let slow = 200ms", "http latency > slow", "http latency > 0.2 s"),
        ("let full = 90%", "cpu usage > full", "cpu usage > 90%"),
        ("let low = 18\nlet high = 27", "temperature is outside low to high", "temperature outside 18 to 27"),
        ('let down = "down"', "service status == down", 'service status is "down"'),
        ('let down = "down"', 'service status in (down, "failed")', 'service status in ("down", "failed")'),
        ("let busy = avg of cpu usage over 5m", "busy > 90%", "avg of cpu usage over 5m > 90%"),
        ('let "too hot" = 30', "temperature > too hot", "temperature > 30"),
        ("let hold = 10m", "price > 5 for hold", "price > 5 for 10m"),
        (
            "let hold = 5 min\nlet longer = 2 * hold",
            "price > 5 for longer and used > 5 MB",
            "price > 5 for 10m and used > 5 MB",
        ),
        ("let running = true", "service up is running", "service up is true"),
    ],
)
def test_a_constant_is_what_it_stands_for(resolved: Resolved, lets: str, used: str, plain: str) -> None:
    assert when(resolved, f"{lets}\nrule r\n  when {used}") == when(resolved, f"rule r\n  when {plain}")


def test_a_rules_text_holds_the_constants_that_it_uses(resolved: Resolved) -> None:
    text = "let a = 5\nlet b = a * 2\nlet c = 7\nrule r\n  when price > b\n  recover when price < a\nrule s\n  when price > 1"
    rules, _ = resolved(text)
    assert rules[0].text == "let b = a * 2\nlet a = 5\n\nrule r\n  when price > b\n  recover when price < a"
    assert rules[1].text == "rule s\n  when price > 1"
    again, found = resolved(rules[0].text)
    assert not found
    assert again == rules[:1]


def test_constants_in_messages(resolved: Resolved) -> None:
    text = (
        'let hot = $120k\nlet team = "markets"\nrule r "Above {{ hot }}"\n  when BTC price > 1\n'
        '  labels team = "{{ team }}"\n  message "{{ hot | money }} {{ value }} {{ labels.symbol }}"\n'
    )
    rules, found = resolved(text)
    assert not found
    assert rules[0].title == "Above 120,000 USD"
    assert rules[0].labels == (("team", "markets"),)
    assert rules[0].message == "{{ 120000.0 | money }} {{ value }} {{ labels.symbol }}"
    assert 'let team = "markets"' in rules[0].text
    assert '"Above {{ hot }}"' in rules[0].text


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("let a = b\nlet b = a\nrule r\n  when price > 1", "E217", "b", "a -> b -> a"),
        ("let price = 4\nrule r\n  when BTC price > 1", "E218", "let price = 4", "another name"),
        ("let q = prise + 1\nrule r\n  when price > 1", "E201", "prise", 'did you mean "price"?'),
        ("let hot = 5\nrule r\n  when price > hott", "E201", "hott", 'did you mean "hot"?'),
        ("let q = 5 GB\nrule r\n  when price > q", "E230", "q", "USD"),
        ("let q = 5\nrule r\n  when used > q", "E233", "q", "5 MB or 5 GB"),
        ('let q by host = { a = 5, b = "x" }\nrule r\n  when price > 1', "E220", None, "all numbers"),
        ("let q by host = { a = 5 MB, b = 6 }\nrule r\n  when price > 1", "E230", "6", "write MB"),
        ("let q by host = { a = price }\nrule r\n  when price > 1", "E217", "price", "numbers or text"),
        ("let q by host = { a = 5 }\nrule r\n  when q > 1", "E260", None, "plain numbers"),
        ("let q by host = { a = 5 }\nlet p by host = { a = 5 }\nrule r\n  when price > q + p", "E217", "p", "two tables"),
        ("let q by host = { a = 5 }\nrule r\n  when price rises by q within 1h", "E217", "q", "is a table"),
        ("let q by host = { a = 5 }\nrule r\n  when price > q", "E243", None, "by host"),
        ("let q by host = { a = 5 }\nrule r\n  when avg of queue depth over 5m by queue > q", "E243", None, "queue"),
        ("let hold = 5m\nrule r\n  when price > 5 for hodl", "E217", "hodl", 'did you mean "hold"?'),
        ("let hold = 5\nrule r\n  when price > 5 for hold", "E217", "hold", "no length of time"),
        ("let hold = 0 s\nrule r\n  when price > 5 for hold", "E250", "hold", "longer than zero"),
        ('let q by host = { a = 5 }\nrule r "{{ q }}"\n  when price > 1', "E217", None, "no number or text"),
    ],
)  # fmt: skip
def test_bad_constants(resolved: Resolved, text: str, code: str, place: str | None, words: str) -> None:
    _, found = resolved(text)
    (first, *_) = [d for d in found if d.code == code]
    assert words in f"{first.message} {first.hint}"
    if place is not None:
        assert text[first.span.start : first.span.end] == place


# ---------------------------------------------------------------- tables


def test_a_table_takes_the_unit_of_what_it_is_compared_with(resolved: Resolved) -> None:
    found = when(
        resolved, "let limit by host = { web1 = 95%, web2 = 97%, else 90% }\nrule r\n  when cpu usage > limit"
    )
    rows = (("web1", typed.Const(95.0)), ("web2", typed.Const(97.0)))
    assert isinstance(found, typed.Compare)
    assert found.right == typed.Lookup("host", rows, typed.Const(90.0))
    slow = when(
        resolved, "let limit by servers = { web1 = 200ms, web2 = 2s }\nrule r\n  when limit < http latency"
    )
    assert isinstance(slow, typed.Compare)
    assert slow.op == ">"
    assert slow.right == typed.Lookup("host", (("web1", typed.Const(0.2)), ("web2", typed.Const(2.0))))


def test_arithmetic_with_a_table(resolved: Resolved) -> None:
    table = "let limit by host = { a = 10 MB, else 20 MB }\nrule r\n  when used > "
    twice = when(resolved, f"{table}2 * limit")
    assert isinstance(twice, typed.Compare)
    assert twice.right == typed.Lookup("host", (("a", typed.Const(20.0)),), typed.Const(40.0))
    more = when(resolved, "let limit by host = { a = 10 MB }\nrule r\n  when used > (limit else 1 GB)")
    assert isinstance(more, typed.Compare)
    assert more.right == typed.Lookup("host", (("a", typed.Const(10.0)),), typed.Const(1000.0))
    share = when(resolved, "let share by host = { a = 50% }\nrule r\n  when used > share * size")
    assert isinstance(share, typed.Compare)
    assert typed.Lookup("host", (("a", typed.Const(0.5)),)) in list(_values(share.right))


def _values(value: object) -> list[object]:
    from alertdsl.semantics.tree import children

    return [value, *(inner for part in children(value) for inner in _values(part))]  # type: ignore[arg-type]


# ---------------------------------------------------------------- rules with parameters

SLOW = (
    'rule slow(service, limit = 200ms) "Slow {{ service }}"\n'
    '  when p95 of http latency{service="{{ service }}"} over 5m > limit for 10m\n'
    '  labels service = "{{ service }}"\n'
)


def test_each_use_is_a_rule(resolved: Resolved) -> None:
    rules, found = resolved(
        SLOW + 'use slow("checkout")\nuse slow(service = "search", limit = 1s) as search-slow\n'
    )
    assert not found
    assert [r.name for r in rules] == ["slow checkout", "search-slow"]
    assert rules[0].title == "Slow checkout"
    assert rules[1].labels == (("service", "search"),)
    assert rules[1].text == (
        'rule search-slow "Slow search"\n'
        '  when p95 of http latency{service="search"} over 5m > 1s for 10m\n'
        '  labels service = "search"'
    )
    plain = 'rule r\n  when p95 of http latency{service="search"} over 5m > 1s for 10m'
    assert rules[1].when == when(resolved, plain)
    assert resolved(rules[1].text)[0] == rules[1:]


def test_parameters_may_be_metrics_entities_and_constants(resolved: Resolved) -> None:
    text = (
        "let most = 5\nrule busy(metric, thing, limit)\n  when metric on thing > limit and max of metric overall > 1\n"
        'use busy("queue depth", web1, (most * 2))\n'
    )
    rules, found = resolved(text)
    assert not found, found
    expected = "rule r\n  when queue depth on web1 > 10 and max of queue depth overall > 1"
    assert rules[0].when == when(resolved, expected)
    assert rules[0].text.startswith("let most = 5\n\n")
    assert resolved(rules[0].text)[0] == rules


def test_a_length_of_time_may_be_a_parameter(resolved: Resolved) -> None:
    text = "let hold = 30m\nrule r(limit, lasting = 5m)\n  when price > limit for lasting\n"
    rules, found = resolved(f"{text}use r(5)\nuse r(6, 10m)\nuse r(7, hold)\n")
    assert not found, found
    assert [r.base_for // typed.MINUTE for r in rules] == [5, 10, 30]
    assert "for 10m" in rules[1].text
    assert "let hold = 30m" in rules[2].text
    _, (bad,) = resolved(f"{text}use r(5, 6)\n")
    assert bad.code == "E224"


@pytest.mark.parametrize(
    ("use", "code", "place", "words"),
    [
        ("use slw(1)", "E224", "use slw(1)", 'did you mean "slow"?'),
        ("use slow()", "E224", "use slow()", "write service = ..."),
        ("use slow(1, 2, 3)", "E224", "3", "takes 2 arguments: service, limit"),
        ('use slow("a", limt = 3)', "E224", "limt = 3", 'did you mean "limit"?'),
        ('use slow("a", service = "b")', "E224", 'service = "b"', "twice"),
        ('use slow("a")\nuse slow("a")', "E212", 'use slow("a")', "unique"),
        ('use slow("a", 5 GB)', "E230", "limit", "as slow a"),
    ],
)
def test_bad_uses(resolved: Resolved, use: str, code: str, place: str, words: str) -> None:
    text = SLOW + use
    _, found = resolved(text)
    assert [d.code for d in found] == [code]
    assert text[found[0].span.start : found[0].span.end] == place
    assert words in f"{found[0].message} {found[0].hint}"


def test_a_template_alone_is_no_rule(resolved: Resolved) -> None:
    assert resolved(SLOW) == ((), ())


def test_lint_tells_of_a_use_where_it_stands(catalog: Catalog) -> None:
    text = SLOW + 'use slow("checkout")\n'
    (found,) = [d for d in lint_text(text, catalog) if d.code == "W411"]
    assert text[found.span.start : found.span.end] == 'use slow("checkout")'


# ---------------------------------------------------------------- imports


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "rules" / "more").mkdir(parents=True)
    (folder / "alertdsl.toml").write_text("", "utf-8")
    (folder / "shared.alert").write_text(f"let hot = 120k\n{SLOW}", "utf-8")
    (folder / "rules" / "near.alert").write_text('import "../shared.alert"\nlet cold = 5\n', "utf-8")
    (tmp_path / "secret.alert").write_text("let secret = 5\n", "utf-8")
    return folder


def test_imported_constants_and_rules(resolved: Resolved, project: Path) -> None:
    text = 'import "near.alert"\nrule r\n  when price > hot or price < cold\nuse slow("checkout")\n'
    rules, found = resolved(text, project / "rules" / "main.alert")
    assert not found, found
    assert [r.name for r in rules] == ["r", "slow checkout"]
    # The text is complete: it needs no file any more.
    assert resolved(rules[0].text)[0] == rules[:1]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("../secret.alert", "outside the folder of the project"),
        ("/etc/passwd", "starts at the root"),
        ("nowhere.alert", "no rule file"),
        ("alertdsl.toml", "no rule file"),
        ("", "no path"),
        ("rules", "no rule file"),
        ("link.alert", "outside the folder of the project"),
        ("broken.alert", "cannot be imported (line 2)"),
        ("other.alert", '"hot" is also defined in shared.alert'),
        ("loop.alert", "no rule file"),
    ],
)
def test_files_that_cannot_be_imported(resolved: Resolved, project: Path, written: str, words: str) -> None:
    (project / "link.alert").symlink_to(project.parent / "secret.alert")
    (project / "loop.alert").symlink_to(project / "loop.alert")
    (project / "broken.alert").write_text("let a = 5\nlet b = = 5\n", "utf-8")
    (project / "other.alert").write_text("let hot = 5\n", "utf-8")
    text = f'import "shared.alert"\nimport "{written}"\nrule r\n  when price > 1\n'
    rules, found = resolved(text, project / "main.alert")
    assert [d.code for d in found] == ["E219"]
    assert words in found[0].message
    assert text[found[0].span.start : found[0].span.end] == f'import "{written}"'
    assert len(rules) == 1


def test_files_may_import_each_other(resolved: Resolved, project: Path) -> None:
    (project / "a.alert").write_text('import "b.alert"\nlet a = 1\n', "utf-8")
    (project / "b.alert").write_text('import "a.alert"\nlet b = 2\n', "utf-8")
    rules, found = resolved('import "a.alert"\nrule r\n  when price > a and price > b', project / "m.alert")
    assert not found
    assert len(rules) == 1


def test_a_text_without_a_file_imports_nothing(resolved: Resolved) -> None:
    _, found = resolved('import "shared.alert"\nrule r\n  when price > 1')
    assert [d.code for d in found] == ["E219"]


def test_an_error_in_an_imported_rule_is_told_at_its_use(resolved: Resolved, project: Path) -> None:
    text = 'import "shared.alert"\nuse slow("a", 5 GB)\n'
    _, found = resolved(text, project / "main.alert")
    assert [d.code for d in found] == ["E230"]
    assert text[found[0].span.start : found[0].span.end] == 'use slow("a", 5 GB)'
    assert found[0].message.startswith("in slow, of shared.alert: ")
    assert found[0].file == "a.alert"


def test_lint_files_knows_where_they_are(catalog: Catalog, project: Path) -> None:
    files = [
        (str(path), path.read_text("utf-8"))
        for path in (project / "shared.alert", project / "rules" / "near.alert")
    ]
    main = 'import "near.alert"\nrule r\n  when price > cold\n  notify x\n'
    (project / "rules" / "main.alert").write_text(main, "utf-8")
    files.append((str(project / "rules" / "main.alert"), main))
    found = lint_files(files, catalog)
    assert [d for d in found if d.severity is Severity.ERROR] == []
