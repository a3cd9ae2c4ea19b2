"""The colours of VS Code, found by its own engine, against the parser: what is a word of the language, and what a name."""

from __future__ import annotations

import json
import re
import subprocess
from itertools import accumulate

import pytest

from alertdsl.syntax.prefix import Token, tokens_near
from alertdsl.syntax.recovery import ITEM_START, pieces
from editors.generate import TARGET, main

from .conftest import EXTENSION, ROOT

BLOCK = re.compile(r"```alert\n(.*?)```", re.DOTALL)

NAMES = {"variable", "entity", "constant"}
TEXTS = {"string", "meta", "constant", "entity", "variable", "support"}
NUMBERS = {"constant", "keyword", "support"}
OF_KIND = {
    "WORD": NAMES,
    "QUOTED": TEXTS,
    **dict.fromkeys(
        ("BARE", "QUANTITY", "DURATION", "POINTS", "AGO", "DATE", "CLOCK", "TIME_RANGE"), NUMBERS
    ),
}
WORDS_OF_THE_LANGUAGE = {"keyword", "support", "constant", "punctuation", "comment", "entity"}


def texts() -> list[str]:
    """The rules of the examples, the corpus and the documentation; conditions one by one."""
    files = [*ROOT.glob("examples/**/*.alert"), *ROOT.glob("grammar/corpus/files/*.alert")]
    found = [path.read_text("utf-8") for path in sorted(files)]
    for page in sorted(ROOT.glob("docs/**/*.md")):
        for block in BLOCK.findall(page.read_text("utf-8")):
            lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
            found.extend([block] if ITEM_START.search(block) else lines)
    return found


def colours(some: list[str]) -> list[list[str]]:
    """The first part of the innermost scope of each character of each text."""
    done = subprocess.run(
        ["node", "test/tokens.js"],
        cwd=EXTENSION,
        input=json.dumps(some),
        capture_output=True,
        text=True,
        check=True,
    )
    out = []
    for text, tokens in zip(some, json.loads(done.stdout), strict=True):
        starts = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        scopes = ["none"] * len(text)
        for line, start, end, names in tokens:
            for i in range(starts[line] + start, min(starts[line] + end, len(text))):
                scopes[i] = names[-1].partition(".")[0] if names else "none"
        out.append(scopes)
    return out


def tokens(text: str) -> list[Token]:
    """The parser's tokens of a whole text."""
    whole = ITEM_START.search(text)
    parts = [(p.start, text[p.start : p.end]) for p in pieces(text, ITEM_START)] if whole else [(0, text)]
    found = ((start, token) for start, part in parts for token in tokens_near(part, len(part)))
    return [Token(one.kind, one.start + start, one.end + start) for start, one in found]


def test_the_grammar_is_the_one_that_is_generated() -> None:
    assert TARGET.is_file()
    assert main(["--check"]) == 0, "run: python -m editors.generate"


def test_each_token_of_the_parser_has_the_colour_of_its_kind(packages: None) -> None:
    some = texts()
    wrong, count = [], 0
    for text, scopes in zip(some, colours(some), strict=True):
        for token in tokens(text):
            if token.kind.startswith("_"):
                continue
            count += 1
            seen = {scopes[i] for i in range(token.start, token.end) if not text[i].isspace()}
            if not seen <= OF_KIND.get(token.kind, WORDS_OF_THE_LANGUAGE):
                wrong.append(
                    (token.kind, text[token.start : token.end], text[max(0, token.start - 30) :][:60], seen)
                )
    assert count > 1500
    assert wrong == []


def test_comments_templates_and_names_that_hold_words(packages: None) -> None:
    text = (
        '# when load > 5\nrule r "at {{ value | number }}"\n  when turnover 5m > 5 # note\n'
        '  message "a \\" b"\n  when max connections > 5 and message rate > 3\n'
    )
    (scopes,) = colours([text])

    def at(word: str, offset: int = 0) -> set[str]:
        start = text.index(word) + offset
        return set(scopes[start : start + len(word)])

    assert at("# when load > 5") == {"comment"}
    assert at("# note") == {"comment"}
    assert at("number") == {"support"}
    assert at("turnover") == {"variable"}
    assert at("connections") == {"variable"}
    assert at("max") == {"variable"}
    assert "constant" in at('\\"')


def test_a_terminal_without_a_colour_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from editors import generate

    monkeypatch.setitem(generate.ANYWHERE, "keyword.other.name", "OF ON POSSESSIVE WHERE")
    with pytest.raises(ValueError, match="no scope for AS"):
        generate.grammar()
