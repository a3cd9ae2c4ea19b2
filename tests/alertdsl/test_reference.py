"""The reference: every example is a rule, every spelling means the same, and nothing of the grammar is left out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import alertdsl
from alertdsl import reference
from alertdsl.reference import Construct
from alertdsl.syntax.loader import lark_parser

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CATALOG = alertdsl.load_catalog(EXAMPLES / "alertdsl.toml")
CONSTRUCTS = reference.constructs()
TEXTS = [(one.name, text) for one in CONSTRUCTS.values() for text in one.examples]
# Files are parsed an item at a time, so the parser itself never sees the line end between two.
IGNORED = {"SPACE", "COMMENT", "CONTINUATION", "_NL", "_NL_ITEM"}
PUNCTUATION = {"_ASSIGN", "_BY", "_COMMA", "_NL_CLAUSE"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, beside which an example can import."""
    return Path(shutil.copytree(EXAMPLES, tmp_path_factory.mktemp("project") / "examples"))


def in_file(text: str, project: Path) -> str | Path:
    """An example as it is given to the compiler: one that imports needs a place."""
    if not text.startswith("import "):
        return text
    file = project / "example.alert"
    file.write_text(f"{text}\n")
    return file


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_examples_are_rules(name: str, text: str, project: Path) -> None:
    source = in_file(text, project)
    assert alertdsl.check(source, CATALOG) == []
    assert alertdsl.explain(source, CATALOG)
    assert alertdsl.compile(source, CATALOG)


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_the_canonical_spelling_means_the_same(name: str, text: str, project: Path) -> None:
    canonical = alertdsl.format_rule(text)
    assert alertdsl.format_rule(canonical) == canonical
    meant = [alertdsl.meaning_hash(rule) for rule in alertdsl.resolve(in_file(text, project), CATALOG)]
    again = [alertdsl.meaning_hash(rule) for rule in alertdsl.resolve(in_file(canonical, project), CATALOG)]
    assert meant == again


@pytest.mark.parametrize("one", CONSTRUCTS.values(), ids=CONSTRUCTS)
def test_other_spellings_are_the_first_example(one: Construct) -> None:
    for text in one.also:
        assert alertdsl.format_rule(text) == alertdsl.format_rule(one.examples[0])


@pytest.mark.parametrize("one", CONSTRUCTS.values(), ids=CONSTRUCTS)
def test_names_lead_somewhere(one: Construct) -> None:
    assert set(one.see) <= CONSTRUCTS.keys() - {one.name}
    rules: list[Any] = lark_parser().rules
    assert set(one.grammar) <= {rule.origin.name for rule in rules} | {rule.alias for rule in rules}
    assert set(one.terminals) <= {terminal.name for terminal in lark_parser().terminals}


CORPUS = ROOT / "grammar" / "corpus"
DESCRIBED = [
    line
    for line in (CORPUS / "conditions" / "language.txt").read_text().splitlines()
    if line and not line.startswith(("#", "=>"))
]
TABLE = "let limit by host = { db1 = 95%, db2 = 97%, else 90% }"


@pytest.mark.parametrize("text", DESCRIBED)
def test_the_examples_of_the_description_are_rules(text: str) -> None:
    """Those with which the language was described before it was built: they read, mean one thing, and compile."""
    source = f"{TABLE}\nrule r\n  when {text}" if "> limit" in text else text
    found = [one for one in alertdsl.check(source, CATALOG) if one.severity is alertdsl.Severity.ERROR]
    assert found == []
    assert alertdsl.format_rule(source)
    assert alertdsl.explain(source, CATALOG)
    assert alertdsl.compile(source, CATALOG)


def test_the_rule_file_of_the_description_is_a_rule() -> None:
    text = (CORPUS / "files" / "prices.alert").read_text().replace('import "shared.alert"', "")
    assert alertdsl.check(text, CATALOG) == []
    assert alertdsl.compile(text, CATALOG)
    assert alertdsl.explain(text, CATALOG)


def test_each_name_is_given_once() -> None:
    names = [one.name for chapter in reference.chapters() for one in chapter.constructs]
    assert sorted(set(names)) == sorted(names)


def test_the_examples_use_all_of_the_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alternative of each rule, and each terminal. A new one needs an entry, or an example, in alertdsl/reference."""
    parser: Any = lark_parser()
    used: set[tuple[str, str | None]] = set()
    tokens: set[str] = set()

    def recording(rule: Any, callback: Any) -> Any:
        def record(children: Any) -> Any:
            used.add((rule.origin.name, rule.alias))
            tokens.update(child.type for child in children if hasattr(child, "type"))
            return callback(children)

        return record

    callbacks = parser.parser.parser.parser.callbacks
    for rule, callback in list(callbacks.items()):
        monkeypatch.setitem(callbacks, rule, recording(rule, callback))
    for one in CONSTRUCTS.values():
        for text in (*one.examples, *one.also):
            alertdsl.parse(text)
    written = {
        (rule.origin.name, rule.alias) for rule in parser.rules if not rule.origin.name.startswith("__")
    }
    assert written - used == set()
    assert {terminal.name for terminal in parser.terminals} - IGNORED - tokens == set()


def test_each_part_of_the_grammar_has_an_entry() -> None:
    """So that an editor can say what the word, or the node, under the cursor is."""
    parser: Any = lark_parser()
    terminals = {terminal.name for terminal in parser.terminals} - IGNORED - PUNCTUATION
    assert terminals - {name for one in CONSTRUCTS.values() for name in one.terminals} == set()
    assert {one.name for one in reference.of_terminal("CROSSES_ABOVE")} == {"crosses"}
    assert [one.name for one in reference.of_rule("for_of")] == ["for-of"]
