"""The public functions: one an arrow, text or a path, every error an `AlertDslError`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import alertdsl
from alertdsl import AlertDslError
from alertdsl.semantics.catalog import Catalog, parse_catalog
from alertdsl.semantics.meaning import meaning_hash

CATALOG = """
[metrics.price]
field = "crypto.close"
unit = "USD"
[entities.BTC]
tags = { symbol = "BTC" }
"""
RULE = "BTC price > 70000 for 5m"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return parse_catalog(CATALOG)


def test_each_function_once(catalog: Catalog) -> None:
    assert alertdsl.parse(RULE).rules[0].name is None
    assert alertdsl.check(RULE, catalog) == []
    (rule,) = alertdsl.resolve(RULE, catalog)
    assert rule.name == rule.text.strip()
    assert "70,000 USD" in alertdsl.explain(RULE, catalog)
    assert alertdsl.format_rule("Bitcoin price is above $70k for five minutes").strip() == (
        "Bitcoin price > $70k for 5m"
    )
    (script,) = alertdsl.compile(RULE, catalog)
    assert "from(bucket:" in str(script.text)


def test_the_text_of_a_rule_is_canonical_and_keeps_its_comments() -> None:
    text = "# head\nrule a  # after\n  # inside\n  when x.y is above 5 for five minutes\nrule b\n  when x.y > 5\n# end\n"
    first, second = alertdsl.resolve(text)
    assert first.text == "rule a  # after\n  # inside\n  when x.y > 5 for 5m"
    assert second.text == "rule b\n  when x.y > 5"


def test_a_name_that_flux_cannot_write() -> None:
    with pytest.raises(AlertDslError, match="Flux"):
        alertdsl.compile('x.y{tag="a\\u0000b"} > 1')


def test_files(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "alertdsl.toml").write_text(CATALOG)
    file = tmp_path / "a.alert"
    file.write_text("rule a\n  when BTC prise > 5\n")
    loaded = alertdsl.load_catalog(tmp_path / "alertdsl.toml")
    (found,) = alertdsl.check(file, loaded)
    assert (found.file, found.line) == (str(file), 2)
    with pytest.raises(AlertDslError) as caught:
        alertdsl.resolve(file, loaded)
    assert caught.value.diagnostics == (found,)
    assert 'did you mean "price"?' in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.alert").write_bytes(b"rule \xff")
    for path in (tmp_path / "bad.alert", tmp_path / "none.alert"):
        for function in (
            alertdsl.parse,
            alertdsl.check,
            alertdsl.resolve,
            alertdsl.explain,
            alertdsl.format_rule,
        ):
            with pytest.raises(AlertDslError):
                function(path)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "# only a comment", "x", "((((", "x > ", "\x00", "rule", "let x = ", "(" * 10_000 + "x.y > 1" + ")" * 10_000],
    ids=range(10),
)  # fmt: skip
def test_bad_text_is_an_error_with_a_place(text: str, catalog: Catalog) -> None:
    found = alertdsl.check(text, catalog)
    assert found
    for diagnostic in found:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.render()
    with pytest.raises(AlertDslError):
        alertdsl.resolve(text, catalog)


def test_importing_is_cheap() -> None:
    code = (
        "import sys, alertdsl; print([m for m in ('lark', 'pydantic', 'typer', 'numpy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_exists() -> None:
    assert all(hasattr(alertdsl, name) for name in alertdsl.__all__)


# ---------------------------------------------------------------- meaning


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("when BTC price > 5", 'when price{symbol="BTC"} > 5 ', True),
        ("when BTC price > 5", "when BTC price > 5.0\n  notify x\n  severity critical", True),
        ("when BTC price > 5", "when BTC price > 5\n  forget after 9d", True),
        ("when BTC price > 5", "when BTC price > 6", False),
        ("when BTC price > 5", "when BTC price > 5 for 5m", False),
        ("when BTC price > 5", "when BTC price > 5\n  recover when BTC price < 4", False),
        ("when BTC price > 5", "when BTC price > 5\n  every 30s", False),
        ("when BTC price > 5", "when BTC price > 5\n  on no data alert", False),
    ],
)
def test_meaning(catalog: Catalog, one: str, other: str, same: bool) -> None:
    first, second = (alertdsl.resolve(f"rule r\n  {text}\n", catalog)[0] for text in (one, other))
    assert (alertdsl.meaning_hash(first) == alertdsl.meaning_hash(second)) is same


def test_the_hash_is_the_same_in_every_process() -> None:
    from alertdsl.semantics import typed

    selector = typed.Selector("", "crypto", "close", matchers=(typed.Matcher("symbol", "=", "BTC"),))
    when = typed.Compare(">", typed.Current(selector), typed.Const(5.0))
    rule = typed.Rule("r", "t", when, when)
    assert meaning_hash(rule) == "c223fcac812af28f7bd6a2dc8fca480b8460a971e9f3bd2cf411246b9f881613"
