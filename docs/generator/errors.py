"""The page of all codes: what each means, and what it looks like, from the corpus of mistakes."""

from __future__ import annotations

import alertdsl
from alertdsl import Diagnostic
from alertdsl.lint import describe, meanings
from tests.alertdsl.people.mistakes import FILES, mistakes
from tests.alertdsl.people.phrases import CATALOG

_NOTE = "<!-- Written by `make docs` from the registries of codes and grammar/corpus/invalid/advice: edit these. -->\n"
_OFF = "`# alertdsl: ignore W404` on its line or the line above switches one off, `# alertdsl: ignore-file W404` for a file."
_SECTIONS = {
    "E0": ("Syntax", "The text is not a rule of the language."),
    "E2": ("Names, units and meaning", "The text is a rule, but it cannot mean anything, or could mean several things."),
    "E3": ("The catalog", "What is wrong in `alertdsl.toml` or in a pack."),
    "E9": ("The program itself", "None of these is your fault: please report it with the text."),
    "W4": ("Warnings", f"The rule works, and is probably not what was meant. {_OFF}"),
}  # fmt: skip
_INTRO = """\
What `alertdsl lint` and editors tell, by code. A code never changes its meaning, so scripts may rely on it. The examples are
mistakes of people from [the corpus](../../grammar/corpus/invalid/advice), with the answers that the tests hold.
"""


def page() -> str:
    """docs/reference/errors.md."""
    shown = _examples()
    parts = [_NOTE, "# Errors and warnings\n", _INTRO]
    for start, (title, meaning) in _SECTIONS.items():
        codes = [code for code in meanings() if code.startswith(start)]
        if codes:
            parts += [f"## {title}\n", f"{meaning}\n", *(_entry(code, shown.get(code)) for code in codes)]
    return (
        "\n".join(parts)
        + "\n---\n[All constructs](README.md) · [how to get out of trouble](../troubleshooting.md)\n"
    )


def _entry(code: str, example: Diagnostic | None) -> str:
    title, _, text = (describe(code) or "").removeprefix("# ").partition("\n")
    said = f"### {title}\n\n{text.strip()}\n"
    return said if example is None else f"{said}\n```text\n{example.render()}\n```\n"


def _examples() -> dict[str, Diagnostic]:
    """For each code the shortest mistake that it alone is told of."""
    found: dict[str, Diagnostic] = {}
    texts = (one.text for path in FILES for one in mistakes(path))
    for text in sorted(texts, key=lambda text: (text.count("\n"), len(text))):
        problems = alertdsl.check(text, CATALOG)
        if len(problems) == 1:
            found.setdefault(problems[0].code, problems[0])
    return found
