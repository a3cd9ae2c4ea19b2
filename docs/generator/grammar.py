"""The grammar as it is written: its rules with their alternatives, before lark takes `*` and `?` apart."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree
from lark.load_grammar import load_grammar

from alertdsl.syntax.loader import grammar_text

NAMES = {
    "file": "rule file",
    "item": "item",
    "rule": "rule",
    "rule_name": "name of a rule",
    "title": "title",
    "parameters": "parameters",
    "parameter": "parameter",
    "use": "use",
    "argument": "argument",
    "let": "let",
    "let_name": "name of a constant",
    "rows": "rows",
    "row": "row",
    "import": "import",
    "clause": "clause",
    "rung": "rung",
    "label": "label",
    "target": "target",
    "time_ranges": "times",
    "days": "days",
    "exceptions": "exceptions",
    "exception": "exception",
    "texts": "texts",
    "condition": "lone condition",
    "cond": "condition",
    "disj": "or-chain",
    "conj": "and-chain",
    "closed": "part that ends with its for",
    "open": "part that ends with a quantifier",
    "timed": "held for a time",
    "qtimed": "quantifier with for",
    "qopen": "quantifier",
    "quantified_by": "by tags",
    "chain": "conditions with and",
    "literal": "simple condition",
    "predicate": "predicate",
    "limit": "number or its negative",
    "place": "place",
    "amount": "amount",
    "at_trend": "trend",
    "choices": "choices",
    "choice": "choice",
    "bound": "bound",
    "value": "value",
    "sum": "sum",
    "product": "product",
    "factor": "factor",
    "term": "term",
    "number": "number",
    "aggregate": "aggregate",
    "operand": "operand",
    "tail": "window and group",
    "grouping": "group",
    "tags": "tags",
    "tag_name": "tag",
    "ref": "metric",
    "name": "name",
    "matchers": "filters",
    "matcher": "filter",
}
"""What people would call the rules, in the order of the grammar."""

TWINS = {"agg_ref": "ref", "agg_name": "name", "last_grouping": "grouping", "last_tags": "tags"}
"""Rules that the grammar holds twice, because of what may follow them, and the one that is drawn."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to write a rule: its parts, and its name in the grammar, if it has one."""

    rule: str
    alias: str
    parts: tuple[Any, ...]


@functools.cache
def loaded() -> Any:
    """The grammar as lark reads it."""
    grammar, _ = load_grammar(grammar_text(), "alertdsl.lark", [], False)  # type: ignore[no-untyped-call]
    return grammar


@functools.cache
def rules() -> dict[str, tuple[Alternative, ...]]:
    """The alternatives of each rule, in the order of the grammar."""
    return {name: _alternatives(name, tree) for name, _, tree, _ in loaded().rule_defs}


def called(name: str) -> tuple[Alternative, ...]:
    """The alternatives that are called so, or are those of the rule of that name; twins left out."""
    found = [
        one
        for rule, some in rules().items()
        if rule not in TWINS
        for one in some
        if name in (one.alias, one.rule)
    ]
    return tuple(found)


def sections() -> list[tuple[str, str, list[str]]]:
    """The sections of the rules: heading, its prose, the names of its rules."""
    text = grammar_text().partition("// ---- Terminals")[0]
    out = []
    for part in re.split(r"^// ---- ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        prose = [lines[0], *(line[3:] for line in lines[1:] if line.startswith("// "))]
        heading, _, rest = " ".join(prose).partition(". ")
        heading, colon, more = heading.partition(": ")
        said = f"{more[:1].upper()}{more[1:]}. {rest}".strip(" .") + "." if colon or rest else ""
        found = re.findall(r"^\??([a-z_]+):", part, re.MULTILINE)
        out.append((heading, re.sub(r"`(\w+)`", _spoken, said), found))
    return out


def _spoken(code: re.Match[str]) -> str:
    """The name that people would use, for the name of a rule in the grammar's prose."""
    name = code[1]
    return code[0] if NAMES.get(name, name) == name else f"*{NAMES[name]}*"


def _alternatives(rule: str, tree: Any) -> tuple[Alternative, ...]:
    out = []
    for option in tree.children:
        alias = ""
        if option.data == "alias":
            option, name = option.children
            alias = str(getattr(name, "name", name) or "")
        out.append(Alternative(rule, alias, tuple(option.children)))
    return tuple(out)


def symbol(part: Any) -> str | None:
    """The rule or terminal that a part is, if it is just one."""
    if isinstance(part, Tree) and part.data == "value":
        inner = part.children[0]
        return None if isinstance(inner, Token | Tree) else str(inner.name)
    return None
