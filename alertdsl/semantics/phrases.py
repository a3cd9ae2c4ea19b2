"""Finding out what a phrase means: which of its words are the metric, and which name entities and tag values.

Longest match first, and never a guess: a phrase with an unknown word, or with two readings, is an error at the exact place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Span, error
from alertdsl.semantics import hints
from alertdsl.semantics.catalog import Catalog, Entity, Metric, Phrase, phrase
from alertdsl.semantics.nearest import did_you_mean, likeness, nearest, operator_hint
from alertdsl.syntax import ast

NOISE = frozenset({"any", "both", "each", "either", "every", "the"})
_OF_ALL = frozenset({"all", "any", "each", "every"})
MOST_WORDS = 40
"""More words than any name has, entities beside it included."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a name: as looked up, as written, and its place."""

    key: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Pin:
    """A tag that an entity pins to a value."""

    tag: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reading:
    """What a phrase means: a metric, the tags that its other words pin, and how it is said."""

    metric: Metric
    pins: tuple[Pin, ...]


def tokens_of(words: tuple[ast.Word, ...]) -> tuple[Token, ...]:
    """The words as tokens; a quoted name of several words gives several, all with its place."""
    return tuple(
        Token(part.casefold(), part, word.span)
        for word in words
        for part in word.text.replace("_", " ").split()
    )


def read_phrase(ref: ast.MetricRef, catalog: Catalog) -> Reading:
    """What a metric reference means.

    Raises:
        AlertDslError: E201 unknown metric, E202 unknown word beside a metric, E203 two readings, E208 no catalog.
    """
    qualifiers = tuple(pin for words in ref.qualifiers for pin in _qualifier(words, catalog))
    dotted = _dotted(ref, catalog)
    if dotted is not None:
        return Reading(dotted, qualifiers)
    tokens = tokens_of(ref.words)
    if not tokens:
        raise error("E201", "an empty name", ref.span, "write which metric is meant")
    if len(tokens) > MOST_WORDS:
        # The search below takes time that grows with the cube of the words.
        raise error("E201", f"a name of {len(tokens)} words", ref.span, f"names have at most {MOST_WORDS}")
    reading = _longest(tokens, catalog) or _longest(_without_noise(tokens), catalog)
    if reading is not None:
        return Reading(reading.metric, reading.pins + qualifiers)
    raise _unknown(_without_noise(tokens) or tokens, ref, catalog)


def _without_noise(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    start = 0
    while start < len(tokens) and tokens[start].key in NOISE:
        start += 1
    return tokens[start:]


# ---------------------------------------------------------------- the longest metric


def _longest(tokens: tuple[Token, ...], catalog: Catalog) -> Reading | None:
    """The reading with the longest metric phrase of which all other words are entities; None where no metric fits."""
    best: list[Reading] = []
    for length in range(len(tokens), 0, -1):
        for start in range(len(tokens) - length + 1):
            metrics = catalog.metric_phrases.get(_key(tokens[start : start + length]), ())
            if not metrics:
                continue
            before = _entities(tokens[:start], catalog)
            after = _entities(tokens[start + length :], catalog)
            if before is not None and after is not None:
                best += [Reading(metric, before + after) for metric in metrics]
        if best:
            break
    if len({(r.metric.name, r.pins) for r in best}) > 1:
        _refuse_ambiguous(tokens, [r.metric.name for r in best])
    return best[0] if best else None


def _entities(tokens: tuple[Token, ...], catalog: Catalog) -> tuple[Pin, ...] | None:
    """The tags that a run of entities pins, longest names first; None if a word is no part of one."""
    pins: list[Pin] = []
    position = 0
    while position < len(tokens):
        for end in range(len(tokens), position, -1):
            found = _named(tokens[position:end], catalog)
            if found:
                pins += found
                position = end
                break
        else:
            if tokens[position].key not in NOISE:
                return None
            position += 1
    return tuple(pins)


def _named(tokens: tuple[Token, ...], catalog: Catalog) -> tuple[Pin, ...]:
    """The tags pinned by an entity, a known tag value, or a tag with a value (``host web1``); empty if it is none of these."""
    span = tokens[0].span.to(tokens[-1].span)
    key = _key(tokens)
    found: tuple[Entity, ...] = catalog.entity_phrases.get(key) or catalog.value_phrases.get(key, ())
    if not found:
        return _tag_with_value(tokens, catalog)
    exact = tuple(e for e in found if e.name == " ".join(t.text for t in tokens))
    candidates = {e.tags: e for e in (exact or found)}
    if len(candidates) > 1:
        readings = [", ".join(f'{k}="{v}"' for k, v in tags) for tags in candidates]
        said = " ".join(t.text for t in tokens)
        hint = f"write which one, for example {{{readings[0]}}}"
        raise error("E203", f'"{said}" may be {" or ".join(sorted(readings))}', span, hint)
    return tuple(Pin(tag, value, span) for tag, value in next(iter(candidates)))


def _tag_with_value(tokens: tuple[Token, ...], catalog: Catalog) -> tuple[Pin, ...]:
    for split in range(len(tokens) - 1, 0, -1):
        tags = catalog.tag_phrases.get(_key(tokens[:split]), ())
        if len(tags) != 1:
            continue
        wanted = " ".join(t.text for t in tokens[split:])
        known = (*tags[0].values, *tags[0].expect)
        values = {v for v in known if v == wanted} or {v for v in known if phrase(v) == phrase(wanted)}
        if len(values) == 1:
            return (Pin(tags[0].name, values.pop(), tokens[0].span.to(tokens[-1].span)),)
    return ()


def _qualifier(words: tuple[ast.Word, ...], catalog: Catalog) -> tuple[Pin, ...]:
    tokens = _without_noise(tokens_of(words))
    pins = _entities(tokens, catalog)
    if pins is not None:
        return pins
    if words[0].text.casefold() in _OF_ALL and _key(tokens_of(words)[1:]) in catalog.tag_phrases:
        return ()  # `on any host`: every series is looked at anyway
    said = " ".join(t.text for t in tokens)
    span = tokens[0].span.to(tokens[-1].span)
    names = _entity_names(catalog)
    hint, fixes = did_you_mean(said, nearest(said, names), span)
    hint = hint or 'an entity of the catalog or a known tag value; a filter {tag="value"} takes any'
    raise error("E202", f'unknown name "{said}"', span, hint, fixes)


# ---------------------------------------------------------------- measurement.field


def _dotted(ref: ast.MetricRef, catalog: Catalog) -> Metric | None:
    """``measurement.field``: one lone dotted word that is no name of the catalog; the last dot divides."""
    if len(ref.words) != 1:
        return None
    word = ref.words[0]
    measurement, dot, field = word.text.rpartition(".")
    if not (dot and measurement and field) or phrase(word.text) in catalog.metric_phrases:
        return None
    if word.quoted and word.text != word.text.strip():
        return None
    return _raw_metric(word.text, measurement, field, catalog)


def _raw_metric(name: str, measurement: str, field: str, catalog: Catalog) -> Metric:
    """A field by its stored name. Facts on which all entries of the catalog for the same field agree hold for it too."""
    known = catalog.fields.get((measurement, field), ())
    raw = Metric(name, measurement, field)
    if not known:
        return raw

    def agreed(attribute: str, otherwise: object) -> object:
        values = {getattr(m, attribute) for m in known}
        return values.pop() if len(values) == 1 else otherwise

    facts = (
        "bucket",
        "unit",
        "kind",
        "type",
        "interval",
        "staleness",
        "memory",
        "retention",
        "series_key",
        "histogram",
    )
    changes = {attribute: agreed(attribute, getattr(raw, attribute)) for attribute in facts}
    return Metric(name, measurement, field, **changes)  # type: ignore[arg-type]


# ---------------------------------------------------------------- errors


def _refuse_ambiguous(tokens: tuple[Token, ...], names: list[str]) -> NoReturn:
    span = tokens[0].span.to(tokens[-1].span)
    said = " ".join(t.text for t in tokens)
    options = sorted(set(names))
    fixes = [Fix(span, name if len(name.split()) == 1 else f'"{name}"', f"use {name}") for name in options]
    raise error(
        "E203",
        f'"{said}" may be any of the metrics {", ".join(options)}',
        span,
        "write one of these names, or give the catalog aliases that differ",
        fixes,
    )


def _unknown(tokens: tuple[Token, ...], ref: ast.MetricRef, catalog: Catalog) -> AlertDslError:
    """The error for a phrase that means nothing: at the words that are not part of any known name."""
    if not catalog.metrics:
        said = " ".join(t.text for t in tokens)
        hint = 'without a catalog a metric is written measurement.field{tag="value"}; names come from alertdsl.toml'
        return error("E208", f'no catalog tells what "{said}" is', ref.span, hint)
    metric = _longest_metric_span(tokens, catalog)
    if metric is not None:
        if len(ref.words) == 1 and ref.words[0].quoted:
            return _quoted_phrase(ref)
        return AlertDslError(_unknown_beside(tokens, metric, catalog, ref.span))
    rest = _not_entities(tokens, catalog) or (() if _named_beside(tokens) else tokens)
    if not rest:
        said = " ".join(t.text for t in tokens)
        return error(
            "E201", f'"{said}" names no metric, only an entity', ref.span, "say which metric of it you mean"
        )
    return AlertDslError(_unknown_metric(tokens, rest, catalog))


def _named_beside(tokens: tuple[Token, ...]) -> bool:
    return any(token.key not in NOISE for token in tokens)


def _quoted_phrase(ref: ast.MetricRef) -> AlertDslError:
    """`"cpu usage on web1"`: quotes make one name of it."""
    said = ref.words[0].text
    message = f'"{said}" is no name of the catalog; quotes make one name of the words'
    return error("E201", message, ref.span, f"write {said}", [Fix(ref.span, said, "take the quotes off")])


def _unknown_metric(tokens: tuple[Token, ...], rest: tuple[Token, ...], catalog: Catalog) -> Diagnostic:
    names = [name for m in catalog.metrics for name in (m.name, *m.aliases)]
    for part in (rest, tokens):
        said = " ".join(t.text for t in part)
        span = part[0].span.to(part[-1].span)
        near = nearest(said, names)
        if near:
            break
    else:
        said, span = " ".join(t.text for t in rest), rest[0].span.to(rest[-1].span)
    hint, fixes = did_you_mean(said, near, span)
    keys = [t.key for t in rest]
    if meant := hints.of_words(keys, catalog):
        hint, fixes = meant, ()
    hint = hint or operator_hint(keys[1:]) or hints.of_catalog(keys, catalog)
    return Diagnostic("E201", f'unknown metric "{said}"', span, hint, fixes=fixes)


def _unknown_beside(
    tokens: tuple[Token, ...], metric: tuple[int, int], catalog: Catalog, place: Span
) -> list[Diagnostic]:
    """A metric is there, but some words beside it mean nothing: one error for each run of them."""
    out = []
    for part in (tokens[: metric[0]], tokens[metric[1] :]):
        rest = _not_entities(part, catalog)
        if not rest:
            continue
        said = " ".join(t.text for t in rest)
        span = rest[0].span.to(rest[-1].span)
        near = nearest(said, _entity_names(catalog))
        hint, fixes = did_you_mean(said, near, span)
        whole = " ".join(t.text for t in tokens)
        longer = nearest(
            whole, [m.name for m in catalog.metrics if len(m.name.split()) > metric[1] - metric[0]]
        )
        hint = hint or operator_hint([t.key for t in rest])
        # "cpu usge" is a misspelt "cpu usage" rather than the cpu of "us".
        if longer and (not hint or (near and likeness(whole, longer[0]) > likeness(said, near[0]))):
            hint, fixes = did_you_mean(whole, longer, tokens[0].span.to(tokens[-1].span))
        known = " ".join(t.text for t in tokens[metric[0] : metric[1]])
        whole_span = tokens[0].span.to(tokens[-1].span)
        if _key(rest) in catalog.metric_phrases:
            hint = f"{known} and {said} are both metrics: which one?"
            fixes = tuple(Fix(whole_span, name, f"write {name}") for name in (known, said))
        elif meant := hints.of_words([t.key for t in rest], catalog):
            hint, fixes = meant, ()
            if how := hints.aggregate_named([t.key for t in rest]):
                right = f"{how} of {' '.join(t.text for t in tokens if t not in rest)}"
                over, all_of = f"{right} over 5m", f"{right} overall"
                hint = f"write {over} (or another time), or {all_of} (of all series now; or by a tag)"
                alone = whole_span == place  # else the window would stand before what belongs to the metric
                fixes = tuple(Fix(place, text, f"write {text}") for text in (over, all_of) if alone)
        hint = hint or _filter_hint(known, said, catalog)
        out.append(Diagnostic("E202", f'unknown name "{said}"', span, hint, fixes=fixes))
    return out


def _filter_hint(known: str, said: str, catalog: Catalog) -> str:
    metric = catalog.metric_phrases[phrase(known)][0]
    tag = metric.series_key[0] if metric.series_key else "tag"
    return (
        f'"{said}" is no entity and no tag value that is known; a filter takes any: {known}{{{tag}="{said}"}}'
    )


def _longest_metric_span(tokens: tuple[Token, ...], catalog: Catalog) -> tuple[int, int] | None:
    for length in range(len(tokens), 0, -1):
        for start in range(len(tokens) - length + 1):
            if _key(tokens[start : start + length]) in catalog.metric_phrases:
                return start, start + length
    return None


def _not_entities(tokens: tuple[Token, ...], catalog: Catalog) -> tuple[Token, ...]:
    """The tokens without the entities at either end."""
    start, end = 0, len(tokens)
    while start < end:
        for stop in range(end, start, -1):
            if _entities(tokens[start:stop], catalog) is not None:
                start = stop
                break
        else:
            break
    while start < end:
        for first in range(start, end):
            if _entities(tokens[first:end], catalog) is not None:
                end = first
                break
        else:
            break
    return tokens[start:end]


def _entity_names(catalog: Catalog) -> list[str]:
    names = [name for e in catalog.entities for name in (e.name, *e.aliases)]
    return names + [value for t in catalog.tags for value in (*t.values, *t.expect)]


def _key(tokens: tuple[Token, ...]) -> Phrase:
    return tuple(t.key for t in tokens)
