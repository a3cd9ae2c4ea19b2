"""What people, and other languages, have for numbers, lengths of time, comparisons and aggregates, by what ours has for them."""

from __future__ import annotations

import re

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "ninety": "90",
    "hundred": "100",
}
_UNIT = r"(?:milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?)"
_SHORT = {"mil": "ms", "sec": "s", "min": "m", "hou": "h", "hrs": "h", "hr": "h", "day": "d", "wee": "w"}

DURATION = r"\d+(?:\.\d+)?(?:ms|[smhdw])(?:\d+(?:ms|[smhdw]))*\b"
"""A length of time after `plain_numbers`."""
VALUE = (
    rf"(?:{DURATION}|[$€£¥]?\s?-?(?:\d[\d,_]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?(?-i:k|K|M|bn)?"
    r"(?:\s?%|\s?(?-i:ms|us|ns|[kKMGT]i?[Bb](?:/s)?|B|kWh|Wh|kW|W|°?C|°F|req/s|bytes?)\b|/(?:s|sec|second|min|minute|h|hour|d|day)\b|\b(?!\.\d)))"
)
"""A number with its unit."""

_REWRITINGS = (
    (r"\bhalf\s+an?\s+(hour|minute)", lambda m: "30m" if m[1].casefold() == "hour" else "30s"),
    (r"\b(?:a\s+)?quarter\s+of\s+an\s+hour", "15m"),
    (r"\bhalf\s+a\s+second", "500ms"),
    (rf"\b({'|'.join(_NUMBERS)})\b(?!\s+of\b)", lambda m: _NUMBERS[m[1].casefold()]),
    (rf"\b(\d+(?:\.\d+)?)[\s-]*({_UNIT})\b", lambda m: m[1] + _short(m[2])),
    (
        rf"\b(last|past|previous|per|every|each|in|within|over|for|during|of)\s+(?:the\s+)?(?:an?\s+)?({_UNIT})\b",
        lambda m: f"{m[1]} 1{_short(m[2])}",
    ),
    (rf"\b(?:an?)\s+({_UNIT})\b", lambda m: "1" + _short(m[1])),
    (r"\b(hourly|daily|weekly)\b", lambda m: "1" + m[1][0].casefold()),
    (r"\s*(?:percent|per\s+cent)\b", "%"),
    (r"(?<![$\w])(\d[\d.,]*[kKM]?)\s*(?:dollars?|bucks|usd)\b", r"$\1"),
    (r"(?<![€\w])(\d[\d.,]*[kKM]?)\s*(?:euros?|eur)\b", r"€\1"),
    (r"(-?\d+(?:\.\d+)?)\s*(?:degrees?|°)(?:\s*(?:celsius|c))?\b", r"\1"),
    (r"\btwice\b|\bdoubles?\b|\bdoubled\b", "2 times"),
    (r"\b(\d+(?:\.\d+)?)\s*(?:x|times)\b", r"\1 times"),
    (r"\bminus\s+(?=\d)", "-"),
)


def plain_numbers(text: str) -> str:
    """The text with numbers in digits and lengths of time as ``5m``; nothing else is touched."""
    for pattern, replacement in _REWRITINGS:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return text


def _short(unit: str) -> str:
    unit = unit.casefold()
    return _SHORT.get(unit[:3]) or _SHORT[unit[:2]]


_VERB = (
    r"(?:(?:is|are|was|were|be|been|has\s+been|goes|go|going|gets|get|stays|stay|rises|climbs|falls|drops|dips|remains|remain|runs?)\s+)?"
    r"(?:still\s+|always\s+|constantly\s+)?"
)
COMPARISONS = (
    ("<=", _VERB + r"(?:at\s+most|no\s+more\s+than|not\s+(?:above|over|more\s+than))|<=|=<|≤"),
    (
        ">=",
        _VERB
        + r"(?:at\s+least|no\s+less\s+than|not\s+(?:below|under|less\s+than))|reach(?:es|ed)?|hits?|>=|=>|≥",
    ),
    ("!=", r"(?:(?:is|are)\s+)?(?:!=|<>|≠|other\s+than|different\s+from)|(?:is|are)(?:\s+not|n't)"),
    (
        ">",
        _VERB
        + r"(?:(?:above|over|past|beyond)\b|(?:more|greater|higher|larger|bigger|warmer|hotter|longer|older|slower|heavier|worse)\s+than"
        r"|in\s+excess\s+of)|exceed(?:s|ed|ing)?\b|surpass(?:es|ed)?\b|tops\b|\bgt\b|>+",
    ),
    (
        "<",
        _VERB
        + r"(?:(?:below|under|beneath)\b|(?:less|lower|fewer|smaller|colder|cooler|shorter|younger|faster|lighter)\s+than|short\s+of)"
        r"|\blt\b|<+",
    ),
    ("==", r"(?:(?:is|are)\s+)?(?:equals?(?:\s+to)?|exactly)\b|==?|\bis\b|\bare\b"),
)
"""Each comparison of the language with what people say for it; those that hold another come first."""

AGGREGATES = (
    (r"(?:on\s+)?(?:average|avg|mean)", "avg"),
    (r"maximum|max|highest|peak|biggest|largest|worst", "max"),
    (r"minimum|min|lowest|smallest", "min"),
    (r"standard\s+deviation|stddev", "stddev"),
    (r"median", "median"),
    (r"total|sum|combined", "sum"),
    (r"p(\d\d(?:\.\d+)?)", None),
    (r"(\d\d(?:\.\d+)?)(?:st|nd|rd|th)\s+percentile", None),
    (r"(?:number|count)\s+of|how\s+many", "count"),
    (r"rate", "rate"),
    (r"increase|growth", "increase"),
)
"""What people say for an aggregate; None is the percentile that the pattern holds."""

_FUNCTION = (
    r"(avg|average|mean|sum|min|max|count|median|stddev|p\d\d(?:\.\d+)?|rate|increase|first|last|integral)"
)
_NAME = r"\w[\w .'-]*?(?:\{[^{}]*\})?(?:\s+on\s+[\w-]+)?"
_TAGS = r"\(?\s*([\w.-]+(?:\s*,\s*[\w.-]+)*)\s*\)"
_GROUPED = r"\b(sum|avg|min|max)\b"
_RATE = rf"\(\s*(rate|increase)\s*\(\s*({_NAME})\s*\[\s*({DURATION})\s*\]\s*\)\s*\)"
_SPELLINGS = (
    # PromQL: what is added up over series, first those that say by which labels.
    (rf"{_GROUPED}\s+by\s*{_TAGS}\s*{_RATE}", r"\1 of \3 of \4 over \5 by \2"),
    (rf"{_GROUPED}\s*{_RATE}\s+by\s*{_TAGS}", r"\1 of \2 of \3 over \4 by \5"),
    (rf"{_GROUPED}\s*{_RATE}", r"\1 of \2 of \3 over \4 overall"),
    (
        rf"\bcount\s*\(\s*([^()]*[<>=][^()]*?)\s*\)\s+(?:over|in|within)\s+(?:the\s+)?(?:last\s+)?({DURATION})",
        r"count of (\1) over \2",
    ),
    (rf"\b{_FUNCTION}(?:_over_time)?\s*\(\s*({_NAME})\s*\[\s*({DURATION})\s*\]\s*\)", r"\1 of \2 over \3"),
    (rf"\b{_FUNCTION}\s*\(\s*({_NAME})\s*\)(?=\s+(?:over|by|across|overall)\b)", r"\1 of \2"),
    (
        rf"\b{_FUNCTION}\s+(?!of\b|_)({_NAME})\s+(?:over|in|within|during)\s+(?:the\s+)?(?:last\s+|past\s+)?({DURATION})",
        r"\1 of \2 over \3",
    ),
    (r"(?<=\s)gte\b", ">="),
    (r"(?<=\s)lte\b", "<="),
    (r"(?<=\s)gt\b", ">"),
    (r"(?<=\s)lt\b", "<"),
    (r"(?<=[{,])(\s*\w+\s*(?:=~|!~|!=|=)\s*)'?([\w./*-]+)'?(?=\s*[,}])", r'\1"\2"'),
)


def respelled(text: str) -> str:
    """The text with what other languages write for the same: ``avg(x[5m])``, ``gt``, tag values without quotes."""
    for pattern, replacement in _SPELLINGS:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return text


FILLERS = frozenset(
    "the a an any each every all some of on in at for to than then that which who this these those it its our my we us i me if when "
    "whenever once there is and are was be been has have had do does with by from as so please just only now how what".split()
)
"""Words that carry no meaning of their own."""
NOISE = FILLERS | frozenset(
    "currently value values level reading readings metric data gets get goes go stays stay becomes become both during over within "
    "whole high low too very slow bad hot".split()
)
"""Words that may go unread in a condition: fillers, and those that say less than the number beside them."""
