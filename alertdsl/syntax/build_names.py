"""Names: free words, tag filters, entities."""

from __future__ import annotations

from typing import Any, Literal, cast

from alertdsl.diagnostics import Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.build_support import Children, of_token, string, word
from alertdsl.syntax.texts import unquote

_TAG_OPERATORS: dict[str, Literal["=", "!=", "=~", "!~"]] = {
    "EQ": "=",
    "NE": "!=",
    "MATCHES": "=~",
    "NOT_MATCHES": "!~",
    "=": "=",
    "==": "=",
    "!=": "!=",
    "=~": "=~",
    "!~": "!~",
}


class _Name:
    """A name while its words come in; `open` is the list that the next word joins."""

    __slots__ = ("end", "open", "qualifiers", "start", "words")

    def __init__(self, first: ast.Word) -> None:
        self.words = [first]
        self.qualifiers: list[list[ast.Word]] = []
        self.open = self.words
        self.start, self.end = first.span.start, first.span.end

    def add(self, more: ast.Word) -> None:
        self.open.append(more)
        self.end = more.span.end

    def qualify(self, more: ast.Word) -> None:
        self.open = [more]
        self.qualifiers.append(self.open)
        self.end = more.span.end

    def own(self, more: ast.Word) -> None:
        if self.open is self.words:
            self.qualifiers.append(self.words)
            self.words = self.open = [more]
            self.end = more.span.end
        else:
            self.qualify(more)

    def node(self, matchers: tuple[ast.TagMatcher, ...] = (), end: int | None = None) -> ast.MetricRef:
        return ast.MetricRef(
            tuple(self.words),
            tuple(tuple(q) for q in self.qualifiers),
            matchers,
            span=Span(self.start, self.end if end is None else end),
        )


class NameBuilder:
    """Reductions of names."""

    def words(self, c: Children) -> _Name:
        return _Name(word(c[0]))

    def more_words(self, c: Children) -> _Name:
        c[0].add(word(c[1]))
        return cast(_Name, c[0])

    def possessive(self, c: Children) -> _Name:
        c[0].own(word(c[2]))
        return cast(_Name, c[0])

    def qualified(self, c: Children) -> _Name:
        c[0].qualify(word(c[2]))
        return cast(_Name, c[0])

    def ref(self, c: Children) -> ast.MetricRef:
        return cast(_Name, c[0]).node()

    def ref_matchers(self, c: Children) -> ast.MetricRef:
        return cast(_Name, c[0]).node(tuple(c[2]), c[3].end_pos)

    def ref_where(self, c: Children) -> ast.MetricRef:
        before: ast.MetricRef = c[0]
        matcher = matcher_of(c[2].text, c[3].type, c[4], c[2].span.to(of_token(c[4])))
        _refuse_repeat(before.matchers, matcher)
        span = before.span.to(matcher.span)
        return ast.MetricRef(before.words, before.qualifiers, (*before.matchers, matcher), span=span)

    def matchers(self, c: Children) -> list[ast.TagMatcher]:
        seen: list[ast.TagMatcher] = []
        for matcher in c:
            _refuse_repeat(seen, matcher)
            seen.append(matcher)
        return seen

    def matcher(self, c: Children) -> ast.TagMatcher:
        return matcher_of(string(c[0]), str(c[1]), c[2], of_token(c[0]).to(of_token(c[2])))

    def tag_name(self, c: Children) -> ast.Word:
        return word(c[0])

    def tags(self, c: Children) -> list[ast.Word]:
        return [word(c[0])]

    def more_tags(self, c: Children) -> list[ast.Word]:
        c[0].append(word(c[1]))
        return cast("list[ast.Word]", c[0])


def matcher_of(tag: str, op: str, value: Any, span: Span) -> ast.TagMatcher:
    """A filter by one tag, from its operator's token and the quoted value."""
    return ast.TagMatcher(tag, _TAG_OPERATORS[op], unquote(value), span=span)


def _refuse_repeat(seen: Any, matcher: ast.TagMatcher) -> None:
    for other in seen:
        if other.tag == matcher.tag and other.op == matcher.op == "=":
            hint = f'several values of a tag: {matcher.tag}=~"a|b"'
            raise error(
                codes.DUPLICATE_KEY, f"the tag `{matcher.tag}` cannot equal two values", matcher.span, hint
            )
