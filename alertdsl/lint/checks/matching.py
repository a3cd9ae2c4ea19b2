"""Operands of which no two series can ever match."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.explanation.words import quoted, series_words
from alertdsl.lint.registry import Finding, Subject, check
from alertdsl.regex import compile_regex
from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, children


@check("W418", "never-matches")
def never_matches(subject: Subject) -> Iterator[Finding]:
    """An operand whose filter leaves out the one value of a tag that another operand is filtered to.

    Series match where the tags that both have are equal. Where one operand has `key="a"` and another `key=~"b|c"`, no series of
    the two ever match: a comparison of them is unknown for good, and what stands right of `unless` holds nothing back.

    Found: `taint{key="unreachable"} == 1 unless taint{key=~"to-be-deleted|spot"} == 1`.
    Way out: an aggregate without that tag: `... unless max of taint{key=~"to-be-deleted|spot"} by node == 1`.
    """
    parts = list(dict.fromkeys(_series(subject.rule.when)))
    pinned: dict[str, set[str]] = {}
    for part in parts:
        for tag, value in part.selector.pins:
            pinned.setdefault(tag, set()).add(value)
    for tag, values in pinned.items():
        if len(values) > 1:
            continue  # of a tag with several such values the meaning says that it is not matched
        value = next(iter(values))
        of = next(part for part in parts if tag in dict(part.selector.pins))
        for part in parts:
            if _keeps(part, tag) and _leaves_out(part.selector, tag, value):
                who = part.selector.metric or part.selector.field
                message = (
                    f"{series_words(part.selector)} never matches {series_words(of.selector)}: "
                    f"{tag} is {quoted(value)} there, and never here"
                )
                hint = f"take an aggregate of {who} that leaves {tag} out: max of {who} by other tags"
                yield subject.node.when.span, message, hint
                return


def _series(node: typed.Condition | typed.Value) -> Iterator[Leaf]:
    """The operands that match one another, on either side of `unless`; inside a group or a quantifier others match."""
    if isinstance(node, Leaf):
        yield node
    if isinstance(node, typed.Combined | typed.Quantified | typed.Absent):
        return
    for part in children(node):
        yield from _series(part)


def _keeps(part: Leaf, tag: str) -> bool:
    group = getattr(part, "group", None)
    return group is None or (tag in group.tags) == (group.kind == "by")


def _leaves_out(selector: typed.Selector, tag: str, value: str) -> bool:
    return any(matcher.tag == tag and not _fits(matcher, value) for matcher in selector.matchers)


def _fits(matcher: typed.Matcher, value: str) -> bool:
    match matcher.op:
        case "=" | "!=":
            return (matcher.value == value) == (matcher.op == "=")
        case _:
            found = compile_regex(matcher.value).search(value) is not None
            return found == (matcher.op == "=~")
