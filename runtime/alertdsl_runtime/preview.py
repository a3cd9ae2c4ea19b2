"""What a rule would do now, and would have done in the last days: the service behind the MCP server's `preview_rule`.

It runs as a process of its own (``python -m alertdsl_runtime.preview``; the entry point `preview` of the group
`alertdsl.services` names this module): a request as a line of JSON on standard input, the answer as JSON on standard output.
Whoever asked ends it by killing it, or by ending itself: it stops when its standard input does, and its queries with it.

    {"rule": text, "days": 7, "owner": "default", "config": "alertdsl.toml" | null, "database": address | null}
    {"now", "firing", "pending", "series", "days", "fired", "per_day", "episodes": [...], "notes": [...]}  or  {"error", "hint"}
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from alertdsl import AlertDslError, resolve
from alertdsl.semantics.dependencies import rules_awaited
from alertdsl.semantics.typed import DAY, SECOND
from alertdsl.store import NotFoundError, StoreError, open_store
from alertdsl.store.records import DEFAULT_OWNER
from alertdsl_runtime.backtesting import Episode, backtest, linked_all
from alertdsl_runtime.columns import TRUE, Source, SourceError
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.instants import floor_instant
from alertdsl_runtime.logs import redact
from alertdsl_runtime.notify.filters import time_text
from alertdsl_runtime.opening import open_catalog, open_source
from alertdsl_runtime.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog
    from alertdsl.semantics.typed import Rule
    from alertdsl_runtime.evaluation.firing import Firings

MOST_CELLS = 20_000_000
"""Series times instants that are looked at; of more, the newest days that fit."""
MOST_EPISODES = 10
_NO_SOURCE = "no source of series is configured"
_SOURCE_HINT = "set INFLUXDB_V2_URL, INFLUXDB_V2_ORG, INFLUXDB_V2_TOKEN and INFLUXDB_V2_BUCKET for the server, or [source] in alertdsl.toml"


class NoPreview(Exception):
    """Why there is none, and the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Now:
    """How a rule's series stand at the newest instant."""

    firing: int = 0
    pending: int = 0
    no_data: int = 0
    series: int = 0

    @property
    def text(self) -> str:
        """In a word or two."""
        if self.firing:
            return "it would fire"
        return "not known: no series has data" if self.no_data == self.series else "it would not fire"


def preview(
    settings: Settings, text: str, days: float, *, at: int | None = None, owner: str = DEFAULT_OWNER
) -> dict[str, Any]:
    """What the rules of a text would do at the instant before `at` (now), and would have done in the `days` before it. Rules
    that they ask about are those of the owner in the database; they are gone through alongside.

    Raises:
        NoPreview, AlertDslError, SettingsError, SourceError, StoreError: why there is none.
    """
    catalog = open_catalog(settings)
    rules = resolve(text, catalog)
    others = _asked(rules, settings, catalog, owner)
    linked, failed = linked_all([*others, *rules])
    for name, why in failed.items():
        raise NoPreview(f"{name} cannot be evaluated: {why}")
    mine = [rule for rule in linked if rule.name in {one.name for one in rules}]
    source = open_source(settings)
    try:
        _refuse_empty(settings, source)
        moment = (time.time_ns() if at is None else at) - settings.engine.delay
        now = _now(mine, source, moment, None)
        notes: list[str] = []
        span = _affordable(rules, days, now.series, notes)
        past = backtest([*others, *rules], source, moment - round(span * DAY), moment)
        if others:
            now = _now(mine, source, moment - 1, past.firings)
    finally:
        source.close()
    if past.failed:
        name, why = next(iter(past.failed.items()))
        raise NoPreview(f"{name} cannot be evaluated: {why}")
    notes += [f"{name} could not be evaluated {why}" for name, why in past.partly.items()]
    if not now.series:
        notes.append(
            "no series matches: as it stands it can never fire; check names, tags and values (search_metrics)"
        )
    elif now.no_data:
        notes.append(f"{now.no_data} of {now.series} series have no data at present")
    names = {rule.name for rule in rules}
    return _facts(now, [one for one in past.episodes if one.rule in names], span, notes)


def _asked(rules: Sequence[Rule], settings: Settings, catalog: Catalog | None, owner: str) -> list[Rule]:
    """The stored rules that some ask about, and those that these ask about."""
    found: dict[str, Rule] = {rule.name: rule for rule in rules}
    waiting = [name for rule in rules for name in sorted(rules_awaited(rule))]
    if set(waiting) <= found.keys():
        return []
    with open_store(settings.database_url) as store:
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            try:
                stored = store.rules.by_name(name, owner=owner)
            except NotFoundError:
                raise NoPreview(f'there is no rule "{name}", whose firing is asked about') from None
            (found[name],) = (replace(rule, name=name) for rule in resolve(stored.text, catalog))
            waiting += sorted(rules_awaited(found[name]))
    own = {rule.name for rule in rules}
    return [rule for name, rule in found.items() if name not in own]


def _now(rules: Sequence[Rule], source: Source, moment: int, firings: Firings | None) -> Now:
    """The series of the rules at their newest instants."""
    total = Now()
    for rule in rules:
        instant = np.array([floor_instant(rule.every, moment)], dtype=np.int64)
        for outcome in Evaluator([rule], source, firings).evaluate(instant):
            if outcome.failed:
                raise NoPreview(f"{rule.name} cannot be evaluated: {next(iter(outcome.failed.values()))}")
            fires = outcome.condition[:, 0] == TRUE
            there = outcome.exists[:, 0]
            total = Now(
                total.firing + int(fires.sum()),
                total.pending + int(((outcome.pending[:, 0] == TRUE) & ~fires & there).sum()),
                total.no_data + int((outcome.no_data[:, 0] & there).sum()),
                total.series + int(there.sum()),
            )
    return total


def _affordable(rules: Sequence[Rule], days: float, series: int, notes: list[str]) -> float:
    """As many of the days as can be looked at in reasonable time."""
    a_day = sum(DAY / rule.every.interval for rule in rules) * max(1, series)
    most = MOST_CELLS / a_day
    if days <= most:
        return days
    notes.append(f"{series} series are many: only the last {most:.2g} of {days:g} days were looked at")
    return float(f"{most:.2g}")


def _refuse_empty(settings: Settings, source: Source) -> None:
    """The embedded store is what is left where nothing is configured: it counts as a source once it holds series."""
    from alertdsl_runtime.sources.sql import SqlSource

    if settings.source_url_given is None and isinstance(source, SqlSource) and not source.streams():
        raise NoPreview(_NO_SOURCE, _SOURCE_HINT)


def _facts(now: Now, past: Sequence[Episode], days: float, notes: list[str]) -> dict[str, Any]:
    fired = [one for one in past if one.state == "firing"]
    return {
        "now": now.text,
        "firing": now.firing,
        "pending": now.pending,
        "series": now.series,
        "days": days,
        "fired": len(fired),
        "per_day": float(f"{len(fired) / days:.3g}"),
        "episodes": [_episode(one) for one in reversed(fired[-MOST_EPISODES:])],
        "notes": notes,
    }


def _episode(one: Episode) -> dict[str, Any]:
    return {
        "fired": time_text(one.fired_at // SECOND * SECOND),
        "resolved": "" if one.resolved_at is None else time_text(one.resolved_at // SECOND * SECOND),
        "labels": one.labels,
        "value": one.value,
        "severity": one.severity,
    }


# ---------------------------------------------------------------- the process


def main() -> None:
    """Answer the one request on standard input."""
    line = sys.stdin.readline()
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    answer = json.dumps(_answered(line), ensure_ascii=True)
    sys.stdout.write(answer + "\n")
    sys.stdout.flush()
    # The thread that waits for the asker holds the input's lock; there is nothing left to tidy up.
    os._exit(0)


def _answered(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if request.get("database"):
            os.environ["ALERTDSL_DATABASE_URL"] = request["database"]
        config = request.get("config")
        settings = load_settings(None if config is None else Path(config))
        owner = str(request.get("owner") or DEFAULT_OWNER)
        return preview(settings, str(request["rule"]), float(request["days"]), owner=owner)
    except NoPreview as reason:
        return {"error": redact(str(reason)), "hint": reason.hint}
    except SourceError as error:
        return {
            "error": redact(str(error)),
            "hint": "health says whether the source answers" if error.transient else "",
        }
    except (AlertDslError, SettingsError, StoreError) as error:
        return {"error": redact(str(error)), "hint": ""}


def _end_with_the_asker() -> None:
    """The pipe ends when the other side closes it or dies."""
    while sys.stdin.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
