"""Results: the same facts as structured content and as text, since hosts show a model one or the other.

Names, labels, messages and values come from rules and series: in text they stand in lines of a block that says so, with
what could end a line or the block escaped, so that none of them can pass for the server's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel

from alertdsl.store import from_ns

BEGIN, END = "[data]", "[/data]"
SECOND = 1_000_000_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST = 500


def answer(facts: BaseModel, text: str) -> CallToolResult:
    """A result of structured facts, without what is empty, and the text that says the same."""
    data = facts.model_dump(mode="json", exclude_defaults=True)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data)


def block(lines: Iterable[str]) -> str:
    """Lines of data, delimited. The lines are made by `cell`, so that none can be the end."""
    return "\n".join([BEGIN, *lines, END])


def quoted(text: str) -> str:
    """Text of several lines as data: its lines are kept, but none can end the block."""
    return block(_escaped(line) for line in text.rstrip("\n").split("\n"))


def cell(value: object) -> str:
    """A value on one line, without tabs and other control characters."""
    text = str(value)
    return _escaped(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def row(values: Iterable[object]) -> str:
    """Cells with tabs between, empty ones at the end left out."""
    return "\t".join(cell(value) for value in values).rstrip("\t")


def labels_text(labels: Mapping[str, str]) -> str:
    """``host=a, region=x``."""
    return ", ".join(f"{tag}={value}" for tag, value in sorted(labels.items()))


def when(moment: int | None) -> str:
    """A time in RFC 3339 to the second, "" for none."""
    return "" if moment is None else from_ns(moment // SECOND * SECOND)


def listed(names: Sequence[str], most: int = 10) -> str:
    """Names for a sentence."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(cell(name) for name in names[:most]) + more


def value_text(value: Any) -> str:
    """A value of a series."""
    return "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def _escaped(text: str) -> str:
    text = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.replace(END, "[ /data]").replace(BEGIN, "[ data]")
