"""The way out of rule text with errors: the text corrected, or the readings that it may have.

Whatever is offered checks without errors; nothing is applied by itself. A suggestion keeps to what was said: no number, no length
of time and no name is made up or lost. Where a text can be read in more ways than one, or a word of it could not be read, there
are readings for a person to choose from.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alertdsl import AlertDslError, check, meaning_hash, resolve
from alertdsl.diagnostics import Diagnostic, Fix, Severity
from alertdsl.semantics.nearest import likeness
from alertdsl_mcp.gist import gists
from alertdsl_mcp.shape import Shape, shape_of
from alertdsl_mcp.wording import NOISE, plain_numbers, respelled

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog

_ROUNDS = 5
_MOST_READINGS = 6
_MOST_UNREAD = 6
_SLIP, _APART = 0.85, 0.05
LONGEST = 2000
"""Longer texts are looked at by the compiler alone."""
LONGEST_SENTENCE = 400
"""Longer conditions are no sentence of a person's."""
_NUMBER = re.compile(r"\d+")
_ITEM = re.compile(r"^[ \t]*(?:rule|let|import|use)[ \t]+[\"\w]", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WayOut:
    """What may have been meant: one `suggestion`, or `readings` with the words that are in none of them."""

    suggestion: str = ""
    readings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def way_out(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> WayOut:
    """Look for what was meant, the most faithful way first."""
    fixed = _distinct(_fixed(text, errors, catalog), catalog)
    if len(text) > LONGEST:
        return _offer(fixed)
    shape = shape_of(text)
    left_out = (shape.left_out,) if shape.left_out else ()
    if not fixed and shape.condition:
        fixed = next(
            (found for one in _shaped(text, shape) if (found := _distinct(_checked(one, catalog), catalog))),
            [],
        )
    if (
        catalog is None
        or not shape.condition
        or len(shape.condition) > LONGEST_SENTENCE
        or _is_file(text, shape)
    ):
        return _offer(fixed, left_out)
    meant = _from_gists(shape, catalog)
    if not fixed:
        return _offer(meant.readings, (*left_out, *meant.unread))
    # What the compiler made of a sentence is its nearest text; where the whole sentence says something else, that may be meant.
    others = () if meant.unread else meant.readings
    return _offer(_distinct((*others, *fixed), catalog), left_out)


def _is_file(text: str, shape: Shape) -> bool:
    """Whether it is a rule file with definitions before its rules, or several: no sentence, whatever is wrong with it."""
    return len(_ITEM.findall(text)) > bool(shape.name)


def _shaped(text: str, shape: Shape) -> Iterator[str]:
    """The text in its shape, and in the language's spelling too; each with all its numbers."""
    respelt = shape.saying(respelled(plain_numbers(shape.condition))).respelt(
        lambda one: respelled(plain_numbers(one))
    )
    for one in dict.fromkeys((shape.text, shape.saying(respelled(shape.condition)).text, respelt.text)):
        if one.strip() != text.strip():
            yield one


def _from_gists(shape: Shape, catalog: Catalog) -> WayOut:
    """The readings with the fewest unread words."""
    found: dict[str, tuple[str, ...]] = {}
    for gist in gists(shape.condition, catalog):
        for text in _checked(shape.saying(gist.text).text, catalog):
            found.setdefault(text, gist.unread)
    least = min((len(unread) for unread in found.values()), default=0)
    best = [text for text, unread in found.items() if len(unread) == least]
    if not best or least > _MOST_UNREAD:
        return WayOut()
    return WayOut("", tuple(_distinct(best, catalog)), found[best[0]])


def _offer(texts: Sequence[str], unread: tuple[str, ...] = ()) -> WayOut:
    if len(texts) == 1 and not unread:
        return WayOut(texts[0])
    return WayOut("", tuple(texts[:_MOST_READINGS]), unread if texts else ())


def _checked(text: str, catalog: Catalog | None) -> list[str]:
    """The text if it has no errors, else what its fixes make of it."""
    errors = _errors(text, catalog)
    return list(_fixed(text, errors, catalog)) if errors else [text]


def _fixed(text: str, errors: Sequence[Diagnostic], catalog: Catalog | None) -> Iterator[str]:
    """The texts without errors that the diagnostics' fixes lead to; one for each fix of the first that has a choice."""
    numbers = text
    for _ in range(_ROUNDS):
        if not errors or not all(one.fixes for one in errors):
            return
        decided = [_decided(text, one) for one in errors]
        sure = [one.fixes[0] for one in decided if len(one.fixes) == 1]
        if any(_drops_words(text, fix) for fix in sure):
            return
        if not sure:
            # Which of them is for the person to say.
            for fix in decided[0].fixes if len(decided) == 1 else ():
                alternative = _applied(text, [fix])
                if not _errors(alternative, catalog) and _keeps_numbers(numbers, alternative):
                    yield alternative
            return
        text = _applied(text, sure)
        errors = _errors(text, catalog)
        if not errors and _keeps_numbers(numbers, text):
            yield text


def _drops_words(text: str, fix: Fix) -> bool:
    """Whether a fix only takes words away that say something."""
    said, kept = (
        set(re.findall(r"[^\W_]+", html.unescape(one).casefold()))
        for one in (text[fix.span.start : fix.span.end], fix.replacement)
    )
    return kept <= said and not said - kept <= NOISE


def _decided(text: str, one: Diagnostic) -> Diagnostic:
    """The finding with one fix, where one of several is clearly the best."""
    best = _clearly_best(text, one.fixes) if len(one.fixes) > 1 else None
    return one if best is None else replace(one, fixes=(best,))


def _clearly_best(text: str, fixes: Sequence[Fix]) -> Fix | None:
    """The fix that is a slip of the keys away from what stands there, if no other is nearly as near."""
    ranked = sorted(
        ((likeness(text[one.span.start : one.span.end], one.replacement), n) for n, one in enumerate(fixes)),
        reverse=True,
    )
    (best, index), (second, _) = ranked[0], ranked[1]
    return fixes[index] if best >= _SLIP and best - second >= _APART else None


def _applied(text: str, fixes: Sequence[Fix]) -> str:
    last = len(text) + 1
    for fix in sorted(fixes, key=lambda one: one.span.start, reverse=True):
        if fix.span.end <= last:
            text = text[: fix.span.start] + fix.replacement + text[fix.span.end :]
            last = fix.span.start
    return text


def _keeps_numbers(before: str, after: str) -> bool:
    """Whether all numbers are still there: a correction that lost one would be another rule."""
    return set(_NUMBER.findall(before)) <= set(_NUMBER.findall(after))


def _distinct(texts: Iterable[str], catalog: Catalog | None) -> list[str]:
    """The first text of each meaning."""
    texts = list(texts)
    if len(texts) <= 1:
        return texts
    found: dict[object, str] = {}
    for text in texts:
        try:
            meaning: object = tuple((meaning_hash(rule), rule.severity) for rule in resolve(text, catalog))
        except AlertDslError:
            continue
        found.setdefault(meaning, text)
    return list(found.values())


def _errors(text: str, catalog: Catalog | None) -> list[Diagnostic]:
    return [one for one in check(text, catalog) if one.severity is Severity.ERROR]
