"""What the documentation's tests share: the blocks of a page, its commands with their outputs, and how to compare these."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ID = re.compile(r"\b(?!acknowledged|notification)(?:[0-9a-z]{20}|[0-9a-z]{12})\b")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", re.MULTILINE)
_WRITE = re.compile(r"\bWrite\s+`([\w.-]+)`[^`]*\Z")
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\b(\d+[dhms])+ ago"), "AGO"),
    (ID, "ID"),
    (re.compile(r"InfluxDB \S+ at \S+, org \S+, bucket \S+"), "INFLUXDB"),
    (re.compile(r"\b1 metrics?\b"), "1 METRIC"),
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file that the page asks to write it to ("" for none)."""

    language: str
    text: str
    file: str


def blocks(page: str, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page, in order. "Write `name`" in the paragraph before a block names its file."""
    found, before = [], 0
    for match in _FENCE.finditer(page):
        write = _WRITE.search(page[before : match.start()])
        found.append(Block(match[1], match[2], write[1] if write else ""))
        before = match.end()
    return [block for block in found if language in (None, block.language)]


def commands(block: Block) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block without their ``$ alertdsl``, each with the output that the page shows."""
    for match in _COMMAND.finditer(block.text):
        program, *arguments = shlex.split(match[1], comments=True)
        assert program == "alertdsl", match[0]
        yield arguments, match[2]


def same(shown: str, said: str, *, varying: bool = False) -> bool:
    """Whether an output is what the page shows: ``...`` stands for anything, and `varying` times and ids for any such."""
    if varying:
        for pattern, name in _VARIES:
            shown, said = pattern.sub(name, shown), pattern.sub(name, said)
    parts = [r"\s+".join(map(re.escape, part.split())) for part in shown.split("...")]
    return re.fullmatch(r"\s*" + r"\s*.*\s*".join(parts) + r"\s*", said, re.DOTALL) is not None
