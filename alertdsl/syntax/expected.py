"""What the parser would take next, in words: never a terminal's name."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from alertdsl.syntax.spelling import nearest

CLAUSES = (
    "when", "recover when", "severity", "every", "during", "labels", "notify", "repeat every", "escalate to", "on no data",
    "forget after", "once", "expect", "message",
)  # fmt: skip
CLAUSE_WORDS = tuple(clause.split()[0] for clause in CLAUSES)
CLAUSE_KIN = {
    "if": "when", "condition": "when", "expr": "when", "trigger": "when", "recover": "recover when", "recovers": "recover when",
    "resolve": "resolve when", "repeat": "repeat every", "forget": "forget after", "escalate": "escalate to", "annotations": "labels",
    "tags": "labels", "description": "message", "summary": "message", "priority": "severity", "level": "severity",
    "interval": "every", "channel": "notify", "nodata": "on no data",
}  # fmt: skip
"""What other tools call a clause, or its first word alone."""


def kin_of_clause(word: str) -> str | None:
    """The clause that a word at the start of a line stands for."""
    return CLAUSE_KIN.get(word.lower()) or nearest(word, CLAUSE_WORDS)


# In the order in which they are said; the first set of terminals that is wanted in full speaks for all its members.
_PHRASES: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(terminals.split()), phrase)
    for terminals, phrase in (
        ("GT EQ", "a comparison such as `> 5`"),
        ("WORD QUANTITY AGGREGATE", "a value (a metric, a number, or `avg of ...`)"),
        ("WORD AGGREGATE", "a condition"),
        ("WORD QUANTITY", "a number or one name"),
        ("QUANTITY", "a number"),
        ("BARE", "a number"),
        ("DURATION POINTS", "a length of time such as `5m`"),
        ("DURATION", "a length of time such as `5m`"),
        ("WORD", "a name"),
        ("QUOTED", "a text in double quotes"),
        ("RULE", "`rule`, `let` or `import`"),
        ("WHEN SEVERITY MESSAGE", "a clause (`when`, `severity`, `message` ...)"),
        ("WHEN", "`when`"),
        ("_NL_CLAUSE", "a new line with the next clause"),
        ("AND TO", "`and` or `to`"),
        ("AND", "`and`, `or`"),
        ("FOR", "`for` with a length of time"),
        ("OVER", "`over` with a window"),
        ("BY", "`by` with tags"),
        ("BY_MORE_THAN", "`by more than`"),
        ("WITHIN", "`within` with a length of time"),
        ("FROM_ITS", "`from its`"),
        ("TREND", "`trend`"),
        ("STATISTIC", "`average`, `high`, `low` or `median`"),
        ("DEVIATION", "`sigma` or `mad`"),
        ("HAVE", "`have`"),
        ("LPAR", "`(`"),
        ("RPAR", "`)`"),
        ("LBRACE", "`{`"),
        ("RBRACE", "`}`"),
        ("TAG_OPERATOR", "`=`, `!=`, `=~` or `!~`"),
        ("_ASSIGN", "`=`"),
        ("_COMMA", "`,`"),
        ("_ARGUMENT_COMMA", "`,`"),
        ("_LADDER_COMMA", "`, critical when ...`"),
        ("OF", "`of`"),
        ("IN", "`in`"),
        ("NO_DATA_ACTION", "`keep`, `alert` or `resolve`"),
        ("AFTER", "`after`"),
        ("UNACKNOWLEDGED", "`unacknowledged`"),
        ("CLOCK", "a time of day such as `06:00`"),
        ("TIME_RANGE", "hours such as `09:00-17:00`"),
        ("DAYS", "days such as `weekdays` or `mon-fri`"),
        ("ZONE", "a time zone such as `Europe/London`"),
        ("ON_DAYS", "`on` with days"),
        ("IN_ZONE", "`in` with a time zone"),
        ("EXCEPT", "`except`"),
        ("$END", "the end"),
    )
)
_SAID = 4


def in_words(accepted: AbstractSet[str]) -> str:
    """The few most useful of the accepted terminals, as a list in words."""
    left = set(accepted)
    if "AND" in left:
        left -= {
            "DEVIATION",
            "OF",
            "OUT_OF",
            "TIMES",
            "_NL_CLAUSE",
        }  # rarely what is missing where a condition could end
    said: list[str] = []
    for terminals, phrase in _PHRASES:
        if terminals <= left:
            left -= terminals
            if "AGGREGATE" in terminals:
                left -= {"QUANTITY", "QUOTED", "LPAR", "DURATION", "BARE"}
            if "QUANTITY" in terminals:
                left -= {"BARE"}
            if "EQ" in terminals:
                # After a value a comparison is what is missing; the rest would only make it longer.
                return phrase
            if phrase not in said:
                said.append(phrase)
    said = said[:_SAID] or ["something else"]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"
