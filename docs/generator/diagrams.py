"""Railroad diagrams of the grammar's rules and alternatives, as SVG."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import railroad

from docs.generator import grammar, words

STYLE = """
svg { background: #fff; }
path { stroke-width: 1.5; stroke: #57606a; fill: none; }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; text-anchor: middle; fill: #1f2328; }
rect { stroke-width: 1.2; stroke: #0969da; fill: #ddf4ff; }
.non-terminal rect { stroke: #57606a; fill: #f6f8fa; }
.non-terminal text { font-style: italic; }
"""
_OPERATORS = ["GT", "GE", "LT", "LE", "EQ", "NE"]
# Where a quoted text is a name like any other, so that drawing it beside the bare word says nothing.
_OF_NAMES = {"bound", "let_name", "name", "rule_name", "tag_name", "tags"}

# A diagram before it is drawn: ("word", label), ("kind", label), or a shape with the parts in it.
Shape = tuple[Any, ...]


def of_rule(name: str) -> str:
    """The diagram of a rule."""
    return _svg(_rule(name))


def of_construct(names: Sequence[str]) -> str:
    """The diagram of a construct: of the first name's rule, else of all the alternatives with these names."""
    if names[0] in grammar.rules():
        return of_rule(names[0])
    found = [one for name in names if name not in grammar.rules() for one in grammar.called(name)]
    of_names = all(one.rule in _OF_NAMES for one in found)
    return _svg(_choice((_sequence(one.parts) for one in found), of_names=of_names))


def operators() -> str:
    """The diagram of the comparison operators."""
    return _svg(_choice(("word", words.label(name)) for name in _OPERATORS))


# ---------------------------------------------------------------- from the grammar to shapes


def _rule(name: str) -> Shape:
    """A rule; one that refers to itself at its beginning becomes a loop."""
    alternatives = [one.parts for one in grammar.rules()[name]]
    bases = [parts for parts in alternatives if not parts or grammar.symbol(parts[0]) != name]
    loops = [parts[1:] for parts in alternatives if parts not in bases]
    first = _choice((_sequence(parts) for parts in bases), of_names=name in _OF_NAMES)
    if not loops:
        return first
    more = _choice((_sequence(parts) for parts in loops), of_names=name in _OF_NAMES)
    if more[0] == "seq" and more[2:] == (first,):
        return ("many", first, more[1])
    return ("many", first, ("skip",)) if more == first else ("seq", first, ("any", more))


def _choice(shapes: Iterable[Shape], *, of_names: bool = False) -> Shape:
    quoted = ("kind", words.KINDS["QUOTED"])
    found = dict.fromkeys(_bare(one, quoted) if of_names else one for one in shapes)
    if quoted in found and ("kind", words.KINDS["WORD"]) in found and len(found) == 2:
        del found[quoted]
    return next(iter(found)) if len(found) == 1 else ("choice", *found)


def _bare(shape: Shape, quoted: Shape) -> Shape:
    """A shape with the bare word in the place of the quoted one."""
    if shape == quoted:
        return ("kind", words.KINDS["WORD"])
    return tuple(_bare(part, quoted) if isinstance(part, tuple) else part for part in shape)


def _sequence(parts: Sequence[Any]) -> Shape:
    items: list[Shape] = []
    for i, part in enumerate(parts):
        separator = _separator(part, parts[i - 1]) if i else None
        if separator is not None:
            items[-1] = ("many", items[-1], _item(separator))
        else:
            items.append(_item(part))
    if not items:
        return ("skip",)
    return items[0] if len(items) == 1 else ("seq", *items)


def _separator(part: Any, before: Any) -> Any | None:
    """The comma of ``x ("," x)*``, if a part is the bracket of one."""
    if getattr(part, "data", "") != "expr" or str(part.children[1]) != "*":
        return None
    options = part.children[0].children if part.children[0].data == "expansions" else []
    if len(options) != 1 or len(options[0].children) != 2:
        return None
    separator, again = options[0].children
    while getattr(before, "data", "") == "expr":  # `clause? (_NL clause)*`
        before = before.children[0]
    return separator if grammar.symbol(again) == grammar.symbol(before) is not None else None


def _item(part: Any) -> Shape:
    name = grammar.symbol(part)
    if name is not None:
        return _named(name)
    match part.data:
        case "expr":
            return ({"?": "maybe", "*": "any", "+": "many"}[str(part.children[1])], _item(part.children[0]))
        case "expansions":
            options = [option.children for option in part.children]
            if [grammar.symbol(one[0]) for one in options] == _OPERATORS:
                return ("kind", "operator")
            return _choice(_sequence(option) for option in options)
        case "expansion":
            return _sequence(part.children)
        case other:
            raise ValueError(f"the grammar has a part that no diagram is known for: {other}")


def _named(name: str) -> Shape:
    if name in words.KINDS:
        return ("kind", words.KINDS[name])
    if name.lstrip("_").isupper():
        return ("word", words.label(name))
    return ("kind", grammar.NAMES[grammar.TWINS.get(name, name)])


# ---------------------------------------------------------------- from shapes to SVG


def _svg(shape: Shape) -> str:
    out = io.StringIO()
    whole = railroad.Diagram(railroad.Start("simple"), _drawn(shape), railroad.End("simple"))
    whole.writeStandalone(out.write, STYLE)
    return out.getvalue()


def _drawn(shape: Shape) -> Any:
    match shape:
        case ("word", label):
            return railroad.Terminal(label)
        case ("kind", label):
            return railroad.NonTerminal(label)
        case ("skip",):
            return railroad.Skip()
        case ("maybe", inner):
            return railroad.Optional(_drawn(inner))
        case ("any", inner):
            return railroad.ZeroOrMore(_drawn(inner))
        case ("many", inner, *separator):
            return railroad.OneOrMore(_drawn(inner), *map(_drawn, separator))
        case ("choice", *options):
            return railroad.Choice(0, *map(_drawn, options))
        case _:
            return railroad.Sequence(*map(_drawn, shape[1:]))
