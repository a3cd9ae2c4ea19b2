"""How each word of the language is written, for completion. What a word does is told by `alertdsl.reference`.

The keys are terminals of the grammar, ``{5m}`` marks what is to be filled in. The tests hold that each keyword of the grammar is here
and that each form is one of its spellings.
"""

from __future__ import annotations

import re

from alertdsl.syntax.words import DAY_NAMES

_PLACE = re.compile(r"\{([^{}]*)\}")

ITEMS: dict[str, tuple[str, ...]] = {
    "RULE": ("rule {name}\n  when {condition}",),
    "LET": ("let {name} = {120k}", "let {limit} by {host} = { {web1} = {95%}, else {90%} }"),
    "IMPORT": ('import "{shared.alert}"',),
    "USE": ("use {template}({argument})",),
    "AS": ("as {name}",),
}
CLAUSES: dict[str, tuple[str, ...]] = {
    "WHEN": ("when {condition}",),
    "RECOVER_WHEN": ("recover when {condition}",),
    "SEVERITY": ("severity {warning}", "severity {warning}, critical when {condition}"),
    "EVERY": ("every {30s}",),
    "EVERY_DAY_AT": ("every day at {06:00} in {Europe/London}",),
    "DURING": ("during {09:00-17:00} on {weekdays} in {Europe/London}",),
    "LABELS": ('labels {team} = "{platform}"',),
    "NOTIFY": ("notify {target}", "notify {target} when {critical}"),
    "REPEAT_EVERY": ("repeat every {4h}",),
    "ESCALATE_TO": ("escalate to {target} after {15m} unacknowledged",),
    "ON_NO_DATA": ("on no data {keep}",),
    "FORGET_AFTER": ("forget after {2d}",),
    "ONCE": ("once",),
    "EXPECT": ('expect {host} in ("{web1}", "{web2}")',),
    "MESSAGE": ('message "{text}"',),
}
INSIDE_CLAUSES: dict[str, tuple[str, ...]] = {
    "AFTER": ("after {15m}",),
    "UNACKNOWLEDGED": ("unacknowledged",),
    "NO_DATA_ACTION": ("keep", "alert", "resolve"),
    "ON_DAYS": ("on {weekdays}",),
    "DAYS": ("weekdays", "weekends", "mon-fri", *DAY_NAMES),
    "IN_ZONE": ("in {Europe/London}",),
    "EXCEPT": ("except {12:00-13:00}",),
    "CLOCK": ("06:00",),
    "TIME_RANGE": ("09:00-17:00", "22:00-06:00"),
}
COMPARISONS: dict[str, tuple[str, ...]] = {
    "GT": (">", "is above"),
    "GE": (">=", "is at least"),
    "LT": ("<", "is below"),
    "LE": ("<=", "is at most"),
    "EQ": ("==", "is"),
    "NE": ("!=", "is not"),
    "BETWEEN": ("between {18} and {27}",),
    "OUTSIDE": ("outside {18} to {27}",),
    "TO": ("to",),
    "IN": ('in ("{down}", "{failed}")',),
    "NOT_IN": ('not in ("{ok}")',),
    "MATCHES": ('matches "{fail.*}"',),
    "NOT_MATCHES": ('does not match "{ok.*}"',),
    "TAG_OPERATOR": ("=", "!=", "=~", "!~"),
}
PAST: dict[str, tuple[str, ...]] = {
    "RISES_BY": ("rises by {5%} within {1h}", "is up {10%} from its {30d} low"),
    "FALLS_BY": ("falls by {5%} within {1h}", "is down {10%} from its {30d} high"),
    "CROSSES_ABOVE": ("crosses above {70k}",),
    "CROSSES_BELOW": ("crosses below {70k}",),
    "DIFFERS_FROM": ("differs from {setpoint} by more than {3}",),
    "BY_MORE_THAN": ("by more than {3}",),
    "DEVIATES_BY": (
        "deviates by {3} sigma from its {1d} average",
        "deviates by {3} mad from its {1d} median",
    ),
    "DEVIATION": ("sigma", "mad"),
    "WILL_FALL_BELOW": ("will fall below {5 GB} within {1d} at its {6h} trend",),
    "WILL_RISE_ABOVE": ("will rise above {90%} within {1d} at its {6h} trend",),
    "GROWING": ("is growing for {30m}",),
    "SHRINKING": ("is shrinking for {30m}",),
    "CHANGES": ("changes more than 5 times within {1h}",),
    "UNCHANGED": ("does not change within {1h}",),
    "WITHIN": ("within {1h}",),
    "FROM": ("from {value}",),
    "FROM_ITS": ("from its {1d} average",),
    "AT_ITS": ("at its {6h} trend",),
    "TREND": ("trend",),
    "ITS": ("its {1d} average",),
    "STATISTIC": ("average", "high", "low", "median"),
    "AGE_OF": ("age of {last backup}",),
    "TIME_UNTIL": ("time until {certificate expiry}",),
}
ABSENCE: dict[str, tuple[str, ...]] = {
    "MISSING": ("is missing for {10m}",),
    "BY_MISSING": ("by {region} is missing for {5m}",),
    "NO_DATA_FROM": ("no data from {metric} for {10m}",),
    "NO": ("no {login failures} for {10m}",),
    "ABSENT": ("is absent",),
    "FIRING": ("is firing",),
    "NOT_FIRING": ("is not firing",),
}
JOINING: dict[str, tuple[str, ...]] = {
    "PREFIX": ("alert me when",),
    "AND": ("and",),
    "AND_COMPARED": ("and < {9}",),
    "OR": ("or",),
    "NOT": ("not",),
    "UNLESS": ("unless {condition}",),
    "BUT_ONLY_IF": ("but only if {condition}",),
    "FOR": ("for {5m}", "for {8m} of {10m}", "for {3} points"),
    "POINTS": ("3 points",),
    "QUANTIFIER": (
        "at least 3 {hosts} have {condition}",
        "more than 20% of {hosts} have {condition}",
        "all {hosts} have {condition}",
    ),
    "HAVE": ("have",),
}
AGGREGATES: dict[str, tuple[str, ...]] = {
    "AGGREGATE": tuple(
        f"{function} of {{metric}} over {{{window}}}"
        for function, window in (
            *(
                ("avg", "10m"),
                ("sum", "10m"),
                ("min", "10m"),
                ("max", "10m"),
                ("p95", "5m"),
                ("median", "10m"),
            ),
            *(
                ("rate", "5m"),
                ("increase", "10m"),
                ("change", "10m"),
                ("percent change", "1h"),
                ("slope", "30m"),
            ),
            *(("stddev", "1h"), ("range", "1h"), ("first", "1h"), ("last", "1h"), ("integral", "1d")),
        )
    ),
    "COUNT_OF": ("count of {metric} over {10m}", "count of ({condition}) over {10m}"),
    "DISTINCT": ("distinct {tag} of {metric} by {job}",),
    "OVER": ("over {10m}",),
    "BY": ("by {tag}",),
    "_BY": ("by {tag}",),
    "ACROSS": ("across {tag}",),
    "OVERALL": ("overall",),
    "CALENDAR": ("today", "yesterday", "this week", "this month"),
    "AGO": ("1h ago", "1d ago", "1w ago"),
}
VALUES: dict[str, tuple[str, ...]] = {
    "OF": ("of",),
    "ON": ("on {entity}",),
    "WHERE": ('where {tag} is "{value}"',),
    "AND_WHERE": ('and where {tag} is "{value}"',),
    "ELSE": ("else {0}",),
    "TIMES": ("times",),
    "FUNCTION": (
        *(
            "abs({value})",
            "round({value})",
            "floor({value})",
            "ceil({value})",
            "sqrt({value})",
            "log({value})",
        ),
        *("min({a}, {b})", "max({a}, {b})"),
    ),
    "DURATION": ("30s", "1m", "5m", "10m", "30m", "1h", "1d", "1w"),
}
FORMS = {
    **ITEMS, **CLAUSES, **INSIDE_CLAUSES, **COMPARISONS, **PAST, **ABSENCE, **JOINING, **AGGREGATES, **VALUES,
}  # fmt: skip

UNOFFERED = {
    *("WORD", "QUOTED", "BARE", "QUANTITY", "UNIT", "ZONE", "DATE", "POSSESSIVE"),
    *("PLUS", "MINUS", "STAR", "SLASH", "LPAR", "RPAR", "LBRACE", "RBRACE"),
    *("_ASSIGN", "_COMMA", "_LADDER_COMMA", "_ARGUMENT_COMMA"),
    *(
        "ABOVE_ITS",
        "AT",
        "BELOW_ITS",
        "KNOWN_UNIT",
        "LAST_UNIT",
        "LENGTH",
        "LIMITS",
        "NUMBER_WORD",
        "OVER_NAME",
        "OR_COMPARED",
    ),
    *("OR_LESS", "OR_MORE", "OR_TEXT", "OUT_OF", "PLAIN_AGGREGATE", "STRAIGHT", "SUFFIX", "TWICE"),
    *("AT_NEW", "AWAY", "COLON", "COMPARED_TO", "CROSSES_FROM", "DURING_DAYS", "EVERY_UNIT", "FOR_ENTITY"),
    *("ONE_OF_NUMBERS", "ON_PLACE", "PERCENT_ABOVE", "PERCENT_BELOW", "SIGN", "WINDOW_AGGREGATE"),
    *("_NL", "_NL_ITEM", "_NL_CLAUSE", "CONTINUATION", "SPACE", "COMMENT"),
}
"""Terminals that are names and numbers, which come from elsewhere, signs, which are faster typed than chosen, and other
words for what is offered already."""


def example(form: str) -> str:
    """A form with its examples filled in: ``for {5m}`` is ``for 5m``."""
    return _PLACE.sub(r"\1", form)


def label(form: str) -> str:
    """What a list of completions shows: the words, up to the first place with only places behind it."""
    return " ".join(_PLACE.sub("…", form.partition("\n")[0]).split())


def snippet(form: str) -> str:
    """The form in the snippet syntax of editors: ``for ${1:5m}``."""
    count = 0

    def place(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"${{{count}:{escaped(found[1])}}}"

    out, last = "", 0
    for found in _PLACE.finditer(form):
        out += escaped(form[last : found.start()]) + place(found)
        last = found.end()
    return out + escaped(form[last:])


def escaped(text: str) -> str:
    """Text as it stands in a snippet."""
    return re.sub(r"([\\$}])", r"\\\1", text)
