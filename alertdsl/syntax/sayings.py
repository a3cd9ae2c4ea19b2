"""How people say what the language says otherwise: `doubles within 1w`, `3 degrees above setpoint`, `down 10% from yesterday`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure, cut

Said = re.Match[str]

_LONGEST = 300
"""How many characters a line may have to be looked at: what is longer was not said by anybody."""

_PARTS = {
    "VALUE": r"[^\W\d](?:[^\n()<>=!,]*?[^\s()<>=!,])?",
    "AMOUNT": r"(?P<amount>[-+]?[$€£¥]?\d[\d_.,]*(?:[ \t]*(?:%|percent\b))?(?:[ \t]*°?[^\W\d_][\w/]*)?)",
    "LENGTH": r"(?P<length>(?:\d+[ \t]*)?[^\W\d_]+)",
    "AGO": r"(?P<ago>yesterday|last[ \t]+(?:week|hour|month)|(?:an?|\d+)[ \t]*[^\W\d_]+[ \t]+ago)",
    "IS": r"(?:is|are|gets|goes|was)[ \t]+",
    "END": r"(?=[ \t]*(?:\Z|\n))",
}
_AGO = {
    "yesterday": "1d", "last week": "1w", "last month": "30d", "last hour": "1h", "a day ago": "1d", "an hour ago": "1h",
    "a week ago": "1w",
}  # fmt: skip
_LASTING = {"hour": "1h", "day": "1d", "week": "1w", "minute": "1m", "month": "30d"}
_BY = {"doubles": "rises by 100%", "triples": "rises by 200%", "halves": "falls by 50%"}


def _form(text: str) -> re.Pattern[str]:
    """A pattern in which spaces stand for blanks, and words in capitals for `_PARTS`."""
    spaced = re.sub("  ?", lambda m: r"[ \t]*" if len(m[0]) == 2 else r"[ \t]+", text)
    within = r"(?:within|in|over|during)[ \t]+(?:the[ \t]+)?(?:(?:last|past|next)[ \t]+)?(?:an?[ \t]+)?LENGTH"
    spaced = spaced.replace("WITHIN", within)
    return re.compile(re.sub("|".join(_PARTS), lambda m: _PARTS[m[0]], spaced), re.IGNORECASE)


class _Saying(NamedTuple):
    form: re.Pattern[str]
    told: str
    readings: Callable[[Said], tuple[str, ...]]


def _length(m: Said) -> str:
    return _LASTING.get(m["length"].lower(), m["length"])


def _beside(m: Said) -> tuple[str, ...]:
    higher = m["way"].lower().split()[0] in ("above", "over", "higher", "more", "warmer", "hotter", "greater")
    op, sign = (">", "+") if higher else ("<", "-")
    return (f"{m['value']} {op} {m['other']} {sign} {m['amount']}",)


def _ahead(m: Said) -> tuple[str, ...]:
    rise, fall = (
        f"{m['value']} will {way} {m['amount']} within {_length(m)}" for way in ("rise above", "fall below")
    )
    return (fall, rise) if re.match(r"[-+]?0+(?![\d.])", m["amount"]) else (rise, fall)


def _either_way(m: Said) -> tuple[str, ...]:
    rest = f"by {m['amount']} within {_length(m)}"
    either = f"{m['value']} rises {rest} or {m['value']} falls {rest}"
    return (either if _IS_ALL.match(m.string, m.end()) else f"({either})",)


def _since(m: Said) -> tuple[str, ...]:
    down = m["way"].lower() in ("down", "lower", "less")
    said = " ".join(m["ago"].lower().split())
    ago = _AGO.get(said, said.removesuffix("ago").strip())
    bound = f"< -{m['amount']}" if down else f"> {m['amount']}"
    if "%" not in m["amount"]:
        return (f"change of {m['value']} over {ago} {bound}",)
    way, extreme = ("down", "high") if down else ("up", "low")
    return (
        f"percent change of {m['value']} over {ago} {bound}",
        f"{m['value']} is {way} {m['amount']} from its {ago} {extreme}",
    )


_IS_ALL = re.compile(r"[ \t]*(?:\n|\Z)")
_SAYINGS = (
    _Saying(
        _form(
            "(?P<value>VALUE) IS(?:more than |at least )?AMOUNT "
            "(?P<way>above|over|below|under|(?:higher|lower|more|less|warmer|colder|hotter|greater|smaller) than) "
            r"(?:the )?(?P<other>VALUE)(?=  (?:\Z|\n|(?:for|and|or|unless)\b))"
        ),
        "how far one value is from another is written as a sum",
        _beside,
    ),
    _Saying(
        _form(
            r"(?P<which>\d{1,2}(?:\.\d+)?)(?:st|nd|rd|th)(?: percentile)?(?: of)? (?P<value>VALUE)"
            r"(?=  [<>=]| (?:is|above|below|over(?! \d+  [^\W\d_])|under|exceeds|more|less|greater|higher|lower)\b)"
        ),
        "a percentile is taken over a time",
        lambda m: (f"p{m['which']} of {m['value']} over 5m",),
    ),
    _Saying(
        _form("(?P<value>VALUE) (?P<how>doubles|triples|halves) WITHIN"),
        "how much it grows or shrinks is told in percent",
        lambda m: (f"{m['value']} {_BY[m['how'].lower()]} within {_length(m)}",),
    ),
    _Saying(
        _form(
            "(?P<value>VALUE) (?:changes?|moves?|swings?|varies|jumps?) (?:by )?(?:more than |at least )?AMOUNT WITHIN"
        ),
        "a change either way is a rise or a fall",
        _either_way,
    ),
    _Saying(
        _form("(?P<value>VALUE) (?:will )?(?:hits?|reach(?:es)?|gets? to|goes to) AMOUNT WITHIN"),
        "what is ahead is read off the line through the last points",
        _ahead,
    ),
    _Saying(
        _form(
            "(?P<value>VALUE) IS(?P<way>down|up|lower|higher|less|more) (?:by )?AMOUNT "
            "(?:from|than|since|compared (?:to|with)|against) AGO"
        ),
        "a value is compared with that of another time",
        _since,
    ),
    _Saying(
        _form("(?P<value>VALUE) (?:IS)?(?P<way>lower|higher|less|more) than AGO by AMOUNT"),
        "a value is compared with that of another time",
        _since,
    ),
    _Saying(
        _form(
            r"(?P<op>[<>]=?|above|below|over|under)  (?P<factor>\d[\d.]*  (?:[*x×]|times))  "
            r"(?P<its>\d+  [^\W\d_]+ (?:average|avg|mean|median|high|low))\b"
        ),
        "the average is that of the value before",
        lambda m: (f"{m['op']} {m['factor']} its {m['its']}",),
    ),
    _Saying(
        _form(
            "(?P<rest>VALUE  (?:[<>]=?|is|above|below|over|under|exceeds)[^\\n()]*?) (?:on|in|for|at) "
            r"(?P<who>(?:at least|more than|fewer than) \d+(?:  % of)? [^\W\d][\w-]*)END"
        ),
        "of how many it holds stands first",
        lambda m: (f"{m['who']} have {m['rest']}",),
    ),
    _Saying(
        _form(r"(?<=[\w%])  \(  (?:for )?(?P<length>\d+  [^\W\d_]+)  \)END"),
        "how long it holds stands after `for`",
        lambda m: (f" for {m['length']}",),
    ),
)


def saying(f: Failure) -> Diagnostic | None:
    """What was said, in the words of the language; each reading is a fix."""
    begin = f.line_start
    end = f.text.find("\n", f.at)
    if (f.place.end if end < 0 else end) - begin > _LONGEST:
        return None
    polite = _POLITE.match(f.text, begin, f.place.end)
    start = begin if polite is None else polite.end()
    for one in _SAYINGS:
        match = one.form.search(f.text, start, f.place.end)
        if match is None or not match.start() <= f.at <= match.end() + 1:
            continue
        readings = one.readings(match)
        span = Span(match.start(), match.end())
        message = f"`{cut(match[0].strip())}`: {one.told}"
        hint = "write " + " or ".join(cut(text.strip()) for text in readings)
        fixes = tuple(Fix(span, text, f"write {text.strip()}") for text in readings)
        return Diagnostic(codes.UNEXPECTED, message, span, hint, fixes=fixes)
    return None


_POLITE = re.compile(
    r"[ \t]*(?:(?:when|if|alert|me|us|notify|page|warn|tell|please|the)\b[ \t]*)*", re.IGNORECASE
)
