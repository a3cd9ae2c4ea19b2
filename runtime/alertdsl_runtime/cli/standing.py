"""What ``alertdsl explain --data`` and ``--now`` add: the entry point `standing` of the group `alertdsl.services`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alertdsl.cli.database import labels_of, labels_text
from alertdsl_runtime.cli.backtesting import lacking_fields, load_series, unmatched_tags
from alertdsl_runtime.instants import floor_instant, next_instant
from alertdsl_runtime.notify.filters import time_text
from alertdsl_runtime.standing import Standing, standing

if TYPE_CHECKING:
    from alertdsl.semantics.typed import Rule
    from alertdsl_runtime.columns import Source
    from alertdsl_runtime.standing import Series

MOST = 20
"""Series told in the text; the JSON has all."""
_SECOND = 1_000_000_000
_SAID = {
    "firing": "fires",
    "pending": "true, but not for long enough yet",
    "ok": "does not fire",
    "unknown": "not known",
}


def on_file(
    rules: Sequence[Rule], data: Path, measurement: str | None, tags: tuple[str, ...], at: int | None
) -> list[tuple[str, dict[str, Any]]]:
    """How each rule's series stand in a file, at `at` or after its last point: text and JSON-ready facts."""
    source = load_series(data, measurement, labels_of(tags, "--tag"))
    span = source.span()
    out = []
    for rule in rules:
        notes = [said for said in (lacking_fields(rule, source),) if said] or [*unmatched_tags(rule, source)]
        if at is None and span is not None:
            instant = next_instant(rule.every, span[1])
        else:
            instant = floor_instant(rule.every, time.time_ns() if at is None else at)
        out.append(_told(standing(rule, source, instant), source, notes))
    return out


def on_source(rules: Sequence[Rule], config: Path | None, at: int | None) -> list[tuple[str, dict[str, Any]]]:
    """How each rule's series stand in the configured source, now or at `at`: text and JSON-ready facts.

    Raises:
        SettingsError, SourceError: the configuration, or a source that does not answer.
    """
    from alertdsl_runtime.opening import open_source
    from alertdsl_runtime.settings import load_settings

    settings = load_settings(config)
    source = open_source(settings)
    moment = time.time_ns() - settings.engine.delay if at is None else at
    try:
        found = []
        for rule in rules:
            started = time.perf_counter()
            stands = standing(rule, source, floor_instant(rule.every, moment))
            note = f"read and decided in {(time.perf_counter() - started) * 1000:.0f} ms"
            found.append(_told(stands, source, [note]))
        return found
    finally:
        source.close()


def _told(stands: Standing, source: Source, notes: list[str]) -> tuple[str, dict[str, Any]]:
    if stands.untold:
        notes = [stands.untold, *notes]
    if stands.outside:
        notes = ["outside its hours: nothing fires, whatever the values are", *notes]
    facts = {
        "at": time_text(stands.instant),
        "failed": stands.failed,
        "series": [
            {
                "labels": one.labels,
                "state": one.state,
                "since": None if one.since is None else time_text(one.since),
                "parts": [part.as_dict() for part in one.parts],
            }
            for one in stands.series
        ],
        "notes": notes,
    }
    return "\n".join(_lines(stands, source.name, notes)), facts


def _lines(stands: Standing, source: str, notes: Sequence[str]) -> Iterator[str]:
    yield f"At {time_text(stands.instant)} in {source}"
    if stands.failed:
        yield f"  it cannot be evaluated: {stands.failed}"
    elif not stands.series and not stands.untold:
        yield "  no series: as it stands it cannot fire"
    for one in stands.series[:MOST]:
        yield f"  {labels_text(one.labels)}: {_SAID[one.state]}{_since(one)}"
        yield from (f"    {part.text}" for part in one.parts)
    if len(stands.series) > MOST:
        states = [one.state for one in stands.series]
        counted = ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states))
        yield f"  and {len(states) - MOST:,} more: in all {counted}"
    yield from (f"  {note}" for note in notes)


def _since(one: Series) -> str:
    return "" if one.since is None else f", since {time_text(one.since // _SECOND * _SECOND)}"
