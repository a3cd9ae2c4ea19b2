"""Constructs that fit what a text speaks of, for a text that could not be corrected: the one line of the language to look at."""

from __future__ import annotations

import re

_MOST = 3

TOPICS: tuple[tuple[str, str, str], ...] = (
    (
        r"down|offline|dead|unreachable|disappears|vanishes|no data|stops? reporting|silent",
        "for what is down or silent, name a metric of it that stops, or its status",
        "M is missing for 10m",
    ),
    (
        r"(?:error|failure|success|hit|drop) (?:rate|ratio|share)|ratio|proportion|share of",
        "a share is a quotient",
        "sum of errors over 5m / sum of requests over 5m > 5%",
    ),
    (
        r"per second|a second|rate|per minute",
        "a rate needs its window, and a counter",
        "rate of M over 1m > 100",
    ),
    (
        r"compared|last week|week before|yesterday|same time|ago|doubled|halved|by half|than before",
        "against an earlier time",
        "avg of M over 1h > 2 * avg of M over 1h 1w ago",
    ),
    (
        r"average.* average|moving average|day average",
        "two averages cross",
        "avg of M over 50d crosses above avg of M over 200d",
    ),
    (
        r"full (?:with)?in|will be full|runs? out|fills? up",
        "where a trend leads",
        "M will fall below 5 within 1d",
    ),
    (r"energy|kwh|consumption", "the sum of a flow over time", "integral of M over 1d > 20"),
    (
        r"[45]\d\d (?:responses|errors|status|codes)|[45]xx",
        "points that satisfy a comparison, counted",
        "count of (M >= 500) over 5m >= 2",
    ),
    (
        r"hours|weekdays?|weekends?|at night|daytime|holidays?",
        "only at some hours: a clause of a rule",
        "rule a\n  when M > 5\n  during 09:00-17:00 on weekdays in Europe/London",
    ),
    (
        r"once a day|every (?:day|morning|night)|o'clock|\d ?(?:am|pm)|in the morning",
        "looked at once a day: a clause of a rule",
        "rule a\n  when M > 5\n  every day at 06:00 in Europe/London",
    ),
    (
        r"warning.*critical|critical.*warning|two levels",
        "severities that rise: a clause of a rule",
        "rule a\n  when M > 85\n  severity warning, critical when M > 95",
    ),
    (
        r"remind|repeat|again|until .*acknowledge|escalate",
        "told again, and others told: clauses of a rule",
        "rule a\n  when M > 5\n  repeat every 4h\n  escalate to ops after 15m unacknowledged",
    ),
    (
        r"recover|resolves?|flapping|only under|only below",
        "over only when: a clause of a rule",
        "rule a\n  when M > 5\n  recover when M < 4",
    ),
)
"""What a text speaks of (a pattern), what to say, and an example with M for a metric."""


def notes_for(text: str) -> list[str]:
    """The few that fit best, in the order above."""
    found = []
    for pattern, said, example in TOPICS:
        if re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text[:1000], re.IGNORECASE):
            shown = "; ".join(line.strip() for line in example.splitlines()[2:]) or example
            found.append(f"{said}: `{shown}`")
    return found[:_MOST]
