"""Reading a file piece by piece tells what `lint` tells of the whole, whatever was typed before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alertdsl.diagnostics import Diagnostic
from alertdsl.lint import lint_text
from alertdsl.lsp.analysis import Analysis, Setting
from alertdsl.semantics.catalog import load_catalog
from alertdsl.syntax import codes
from alertdsl.syntax.parser import read_rules

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog(ROOT / "examples" / "alertdsl.toml")
BLOCK = re.compile(r"```alert\n(.*?)```", re.DOTALL)
TEXTS = [
    *(path.read_text("utf-8") for path in sorted((ROOT / "examples").glob("*.alert"))),
    *(path.read_text("utf-8") for path in sorted((ROOT / "grammar" / "corpus" / "files").glob("*.alert"))),
    *(
        block
        for page in sorted((ROOT / "docs").glob("*.md"))
        for block in BLOCK.findall(page.read_text("utf-8"))
    ),
    "let a = 5\nlet a = 6\nrule x\n  when load > a\nrule x\n  when load > b\n",
    "rule t(limit)\n  when load > limt\nuse t(5) as a\nuse t(limit = 6) as a\nuse u()\nuse t()\n",
    "rule a\n  when b is firing\nrule b\n  when a is firing\nrule c\n  when nothing is firing\n",
    "# alertdsl: ignore-file W404\nrule a\n  when disk usage > 0.9\n  # alertdsl: ignore W403\n  notify x\n",
    'import "not-there.alert"\nimport "../outside.alert"\nrule a\n  when load > 1\n',
    "junk before\nrule a\n  when load >\n  every 5\n  notfy x\n\nlet me know when load > 5\n",
]
SETTING = Setting("x.alert", None, CATALOG, read_rules)


def known(found: tuple[Diagnostic, ...]) -> list[tuple[object, ...]]:
    """What is told, in an order of its own; that a new file is empty is no news to who opens it."""
    return sorted(
        (d.span.start, d.span.end, d.code, d.message, d.hint, str(d.severity), d.file, d.text, repr(d.fixes))
        for d in found
        if d.code != codes.EMPTY
    )


def same(analysis: Analysis, text: str) -> None:
    assert known(analysis.look(text, SETTING).diagnostics) == known(lint_text(text, CATALOG, "x.alert"))


@pytest.mark.parametrize("text", TEXTS)
def test_a_file_is_judged_as_lint_judges_it(text: str) -> None:
    same(Analysis(), text)
    same(Analysis(), text.replace("\n", "\r\n"))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_typing_leads_to_what_reading_afresh_leads_to(data: st.DataObject) -> None:
    analysis = Analysis()
    text = data.draw(st.sampled_from(TEXTS))
    analysis.look(text, SETTING)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        other = data.draw(st.sampled_from(TEXTS))
        cut = data.draw(st.integers(0, max(0, len(other) - 1)))
        typed = data.draw(st.sampled_from(["", "\n", " ", "x", "rule ", other[cut : cut + 40]]))
        text = text[:start] + typed + text[end:]
        same(analysis, text)


@pytest.mark.parametrize(
    "broken", ["let hold 10m", "let hold = ", "rule slow(limit", "rule slow(limit)\n  whn load > limit"]
)
def test_other_pieces_follow_a_definition_that_cannot_be_read(broken: str) -> None:
    whole = "let hold = 10m" if broken.startswith("let") else "rule slow(limit)\n  when load > limit"
    rest = "\nrule a\n  when load > 5 for hold\nuse slow(5) as b\n"
    analysis = Analysis()
    for text in (whole + rest, broken + rest, broken[:-1] + rest, whole + rest):
        same(analysis, text)


def test_many_errors_are_counted_as_lint_counts_them() -> None:
    text = "".join(f"rule r{i}\n  when load abvoe {i}\n" for i in range(70))
    same(Analysis(), text)
    analysis = Analysis()
    analysis.look(text, SETTING)
    same(analysis, text.replace("abvoe 3\n", "above 3\n"))


def test_an_edit_costs_the_pieces_that_it_touches() -> None:
    text = "".join(f"rule r{i}\n  when load > {i}\n" for i in range(300))
    analysis = Analysis()
    whole = sum(1 for _ in analysis.steps(text, SETTING))
    edited = sum(1 for _ in analysis.steps(text.replace("load > 7\n", "load > 7.5\n"), SETTING))
    assert whole > 600
    assert edited < 12


def test_imported_definitions_are_read_again_when_they_change(tmp_path: Path) -> None:
    shared = tmp_path.resolve() / "shared.alert"
    shared.write_text("let hot = 90%\n", "utf-8")
    texts = {shared: "let hot = 90%\n"}
    setting = Setting(
        str(shared.with_name("a.alert")), shared.with_name("a.alert"), CATALOG, texts.__getitem__
    )
    analysis = Analysis()
    text = 'import "shared.alert"\nrule a\n  when cpu usage > hot\n  notify desk\n'
    view = analysis.look(text, setting)
    assert not view.diagnostics
    assert view.reads == {shared}
    texts[shared] = "let hot = 3 GB\n"
    (problem,) = analysis.look(text, setting).diagnostics
    assert problem.code == "E230"
    texts[shared] = "let hot ="
    assert {d.code for d in analysis.look(text, setting).diagnostics} == {"E201", "E219"}


def test_without_a_catalog_that_can_be_read_names_are_not_judged() -> None:
    setting = Setting("x.alert", None, None, read_rules)
    assert not Analysis().look("rule a\n  when some thing > 5\n", setting).diagnostics
    assert Analysis().look("rule a\n  when some thing >\n", setting).diagnostics
