"""The corpus in grammar/corpus: reading it, and writing its right-hand sides anew (`python -m ... --write`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from alertdsl.diagnostics import AlertDslError
from alertdsl.syntax.format import format_condition, format_rule_text
from alertdsl.syntax.parser import parse_condition, parse_file
from tests.alertdsl.syntax.reserved import listing

CORPUS = Path(__file__).parents[3] / "grammar" / "corpus"
CONDITIONS = sorted((CORPUS / "conditions").glob("*.txt"))
INVALID_CONDITIONS = CORPUS / "invalid" / "mistakes.txt"
INVALID_FILES = CORPUS / "invalid" / "files.txt"
FILES = sorted(p for p in (CORPUS / "files").glob("*.alert") if ".formatted" not in p.name)


def cases(path: Path, mark: str) -> Iterator[tuple[str, str]]:
    """The texts of a file with their right-hand sides (empty where there is none yet)."""
    text = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(mark):
            yield text, line.removeprefix(mark).strip()
            text = ""
        elif line and not line.startswith("#"):
            if text:
                yield text, ""
            text = line
    if text:
        yield text, ""


def canonical(text: str) -> str:
    """The right-hand side of a valid condition."""
    try:
        return format_condition(parse_condition(text))
    except AlertDslError as e:
        return f"REFUSED {e.code} {e.message}"


def refusal(text: str) -> str:
    """The right-hand side of an invalid condition."""
    return _refusal(text.replace("\\n", "\n"), parse_condition)


def file_refusal(text: str) -> str:
    """The right-hand side of an invalid rule file."""
    return _refusal(text.replace("\\n", "\n"), parse_file)


def formatted(path: Path) -> Path:
    """Where the canonical spelling of a rule file is."""
    return path.with_suffix(".formatted.alert")


def _refusal(text: str, parse: Callable[[str], object]) -> str:
    try:
        parse(text)
    except AlertDslError as e:
        return "; ".join(f"{d.code} {d.span.start}-{d.span.end} {d.message}" for d in e.diagnostics)
    return "accepted"


def _rewrite(path: Path, mark: str, right: Callable[[str], str]) -> None:
    out: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith(mark):
            out.append(line)
            if line and not line.startswith("#"):
                out.append(f"{mark} {right(line)}")
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def write() -> None:
    """Write every right-hand side as the parser and the formatter give it now."""
    for path in CONDITIONS:
        _rewrite(path, "=>", canonical)
    _rewrite(INVALID_CONDITIONS, "!!", refusal)
    _rewrite(INVALID_FILES, "!!", file_refusal)
    for path in FILES:
        text = format_rule_text(path.read_text(encoding="utf-8"))
        formatted(path).write_text(text, encoding="utf-8")
    (CORPUS / "reserved.txt").write_text(listing(), encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    write()
