"""Writes what editors need to colour rule files without a server: a TextMate grammar, made from the grammar of the language.

    python -m editors.generate            # write the file
    python -m editors.generate --check    # exit code 1 if it would change

A TextMate grammar has no parser: it tries regular expressions at each place of a line. So the terminals keep their regular expressions,
those that mean something only in one clause or behind one word are tried only there, and all others everywhere. Which scope a terminal
gets is all that is written here; a terminal that is in no list fails the generation.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from alertdsl.syntax.loader import lark_parser

TARGET = Path(__file__).parent / "vscode" / "syntaxes" / "alertdsl.tmLanguage.json"

ANYWHERE = {
    "keyword.operator.comparison": "GT GE LT LE NE EQ AT OR_MORE OR_LESS SIGN BETWEEN OUTSIDE IN NOT_IN MATCHES NOT_MATCHES",
    "keyword.operator.logical": "AND_COMPARED OR_COMPARED OR_TEXT AND_WHERE AND OR NOT UNLESS BUT_ONLY_IF",
    "keyword.operator.movement": "RISES_BY FALLS_BY CROSSES_ABOVE CROSSES_BELOW DIFFERS_FROM BY_MORE_THAN DEVIATES_BY "
    "WILL_FALL_BELOW WILL_RISE_ABOVE GROWING SHRINKING CHANGES UNCHANGED BELOW_ITS ABOVE_ITS "
    "PERCENT_ABOVE PERCENT_BELOW COMPARED_TO AT_NEW CROSSES_FROM AWAY",
    "keyword.operator.state": "MISSING BY_MISSING NO_DATA_FROM NO ABSENT FIRING NOT_FIRING",
    "keyword.control.time": "FOR OVER OVER_NAME CALENDAR LAST_UNIT",
    "keyword.control.grouping": "BY ACROSS OVERALL QUANTIFIER HAVE",
    "keyword.other.name": "OF ON ON_PLACE FOR_ENTITY POSSESSIVE WHERE ELSE TIMES TWICE TO AS",
    "support.function.aggregate": "AGGREGATE WINDOW_AGGREGATE PLAIN_AGGREGATE COUNT_OF DISTINCT AGE_OF TIME_UNTIL FUNCTION",
    "constant.numeric.duration": "AGO POINTS LENGTH",
    "comment.block.suffix": "SUFFIX",
    "constant.numeric": "QUANTITY BARE LIMITS ONE_OF_NUMBERS NUMBER_WORD",
    "punctuation.section": "LPAR RPAR LBRACE RBRACE",
    "keyword.operator.arithmetic": "PLUS MINUS STAR SLASH",
    "keyword.operator.assignment": "_ASSIGN TAG_OPERATOR",
    "punctuation.separator": "_COMMA COLON",
    "variable.other": "WORD",
}
ITEMS = "RULE LET IMPORT USE"
CLAUSES = (
    "WHEN RECOVER_WHEN SEVERITY EVERY_DAY_AT EVERY_UNIT EVERY DURING DURING_DAYS LABELS NOTIFY REPEAT_EVERY ESCALATE_TO "
    "ON_NO_DATA FORGET_AFTER ONCE EXPECT MESSAGE"
)
IN_CLAUSE = {
    "DURING": {
        "constant.numeric.time": "TIME_RANGE DATE CLOCK",
        "constant.language.day": "DAYS",
        "keyword.other.clause": "ON_DAYS IN_ZONE EXCEPT",
        "constant.other.zone": "ZONE",
    },
    "EVERY_DAY_AT": {
        "constant.numeric.time": "CLOCK",
        "keyword.other.clause": "IN_ZONE",
        "constant.other.zone": "ZONE",
    },
    "ON_NO_DATA": {"constant.language.action": "NO_DATA_ACTION"},
    "ESCALATE_TO": {"constant.numeric.duration": "DURATION", "keyword.other.clause": "AFTER UNACKNOWLEDGED"},
    "SEVERITY": {"keyword.control.clause": "RECOVER_WHEN WHEN"},
    "NOTIFY": {"keyword.control.clause": "WHEN"},
    "EVERY": {"constant.numeric.duration": "DURATION"},
    "REPEAT_EVERY": {"constant.numeric.duration": "DURATION"},
    "FORGET_AFTER": {"constant.numeric.duration": "DURATION"},
}
SEQUENCES = (
    "FOR DURATION OUT_OF DURATION",
    "FOR DURATION STRAIGHT",
    "FOR DURATION",
    "OVER DURATION",
    "WITHIN DURATION",
    "AT_NEW DURATION STATISTIC",
    "FROM_ITS DURATION STATISTIC",
    "BELOW_ITS DURATION STATISTIC",
    "ABOVE_ITS DURATION STATISTIC",
    "ITS DURATION STATISTIC",
    "AT_ITS DURATION TREND",
    "BARE DEVIATION",
    "QUANTITY FROM",
    "BARE UNIT FROM",
    "BARE FROM",
    "BARE UNIT",
    "BARE KNOWN_UNIT",
    "LIMITS UNIT",
    "NUMBER_WORD UNIT",
    "DURING TIME_RANGE",
    "DURING_DAYS DAYS",
    "ON_DAYS DAYS",
)
"""Words that mean something only beside each other; elsewhere they may be parts of names."""
SEQUENCED = {
    "constant.numeric.duration": "DURATION",
    "keyword.control.window": "WITHIN ITS FROM FROM_ITS AT_ITS STRAIGHT OUT_OF",
    "support.function.statistic": "STATISTIC TREND DEVIATION",
    "keyword.other.unit": "UNIT KNOWN_UNIT",
    "keyword.control.clause": "DURING DURING_DAYS ON_DAYS",
    "constant.numeric.time": "TIME_RANGE",
    "constant.language.day": "DAYS",
}
NO_UNIT = "AND AND_COMPARED OR UNLESS BUT_ONLY_IF FOR OF TIMES ELSE TO OVER WITHIN FROM FROM_ITS BY_MORE_THAN RECOVER_WHEN"
"""What may stand behind a number and is no unit of it."""
AT_START = {"comment.block.prefix": "PREFIX"}
ELSEWHERE = "QUOTED COMMENT SPACE CONTINUATION _NL _NL_ITEM _NL_CLAUSE _BY _LADDER_COMMA _ARGUMENT_COMMA"
"""Texts and comments have rules of their own; line ends are not matched; the rest are spellings of others."""


class Grammar:
    """The terminals of the language, as patterns of a TextMate grammar."""

    def __init__(self) -> None:
        self._terminals = {one.name: one for one in lark_parser().terminals}
        self._used: set[str] = set(ELSEWHERE.split())

    def pattern(self, name: str) -> str:
        """The regular expression of a terminal; one that begins with a letter does not begin inside a word."""
        self._used.add(name)
        found: str = self._terminals[name].pattern.to_regexp()
        return rf"(?:(?<!\w)(?<!\w[.-])|(?!\w))(?:{_oniguruma(found)})"

    def rules(self, scopes: dict[str, str]) -> list[dict[str, Any]]:
        """A rule for each terminal, in the order in which the lexer tries them."""
        pairs = [(name, scope) for scope, names in scopes.items() for name in names.split()]
        pairs.sort(key=lambda pair: self._order(pair[0]))
        return [{"match": f"(?i){self.pattern(name)}", "name": f"{scope}.alertdsl"} for name, scope in pairs]

    def _order(self, name: str) -> tuple[int, int, str]:
        terminal = self._terminals[name]
        return -terminal.priority, -len(terminal.pattern.to_regexp()), name

    def check(self) -> None:
        """Raises a `ValueError` if a terminal has no scope, or a scope no terminal."""
        left = set(self._terminals) - self._used
        if left:
            raise ValueError(f"no scope for {', '.join(sorted(left))}")


def _oniguruma(pattern: str) -> str:
    """Python's regular expression in the dialect of TextMate, where a line is matched at a time."""
    return pattern.replace(r"\Z", "$").replace(r"|\n", "")


def _sequences(grammar: Grammar) -> list[dict[str, Any]]:
    """Words that are matched together."""
    scope_of = {
        name: scope
        for scopes in (ANYWHERE, SEQUENCED)
        for scope, names in scopes.items()
        for name in names.split()
    }
    no_unit = "|".join(grammar.pattern(name) for name in NO_UNIT.split())
    blank, out = r"[ \t]*", list[dict[str, Any]]()
    for sequence in SEQUENCES:
        names = sequence.split()
        parts = [
            f"(?!{no_unit})({grammar.pattern(n)})" if n == "UNIT" else f"({grammar.pattern(n)})"
            for n in names
        ]
        captures = {str(i): scope_of[name] for i, name in enumerate(names, 1)}
        out.append({"match": f"(?i){blank.join(parts)}", "captures": _captures(captures)})
    return out


def _captures(scopes: dict[str, str]) -> dict[str, dict[str, str]]:
    return {number: {"name": f"{scope}.alertdsl"} for number, scope in scopes.items()}


def _clauses(grammar: Grammar) -> list[dict[str, Any]]:
    out = []
    for name in CLAUSES.split():
        own = grammar.rules(IN_CLAUSE.get(name, {}))
        # The next clause or item ends it, so that conditions may go on over lines.
        out.append(
            {
                "begin": f"(?i)^[ \\t]*({grammar.pattern(name)})",
                "beginCaptures": _captures({"1": "keyword.control.clause"}),
                "end": "$" if own else "(?=$)",
                "patterns": [{"include": "#basics"}, *own, {"include": "#expression"}],
            }
        )
    return out


def _behind(grammar: Grammar) -> dict[str, Any]:
    """The word of a clause behind another on its line: what the grammar takes for the line's end says that it is one."""
    sequenced = SEQUENCED["keyword.control.clause"].split()
    words = "|".join(grammar.pattern(name) for name in CLAUSES.split() if name not in sequenced)
    return {
        "match": f"(?i){grammar.pattern('_NL_CLAUSE')}({words})",
        "captures": _captures({"1": "keyword.control.clause"}),
    }


def _items(grammar: Grammar) -> list[dict[str, Any]]:
    name = r'([^\W\d][\w.-]*|"(?:\\.|[^"\\])*")?'
    names = {"RULE": "entity.name.function", "LET": "variable.other.constant", "USE": "entity.name.function"}
    return [
        {
            "match": f"(?i)^[ \\t]*({grammar.pattern(item)})[ \\t]*{name if item in names else '()'}",
            "captures": _captures({"1": "keyword.declaration", "2": names.get(item, "string.quoted")}),
        }
        for item in ITEMS.split()
    ]


def grammar() -> dict[str, Any]:
    """The TextMate grammar."""
    made = Grammar()
    template = {
        "begin": r"\{\{",
        "end": r"\}\}",
        "name": "meta.template.alertdsl",
        "contentName": "variable.other.template.alertdsl",
        "patterns": [{"match": r"\|\s*\w+", "name": "support.function.filter.alertdsl"}],
    }
    text = {
        "begin": '"',
        "end": '"|$',
        "name": "string.quoted.double.alertdsl",
        "patterns": [{"match": r"\\.", "name": "constant.character.escape.alertdsl"}, template],
    }
    prefix = [
        {"match": f"(?i)^[ \\t]*{made.pattern(name)}", "name": f"{scope}.alertdsl"}
        for scope, names in AT_START.items()
        for name in names.split()
    ]
    out = {
        "name": "alertdsl",
        "scopeName": "source.alertdsl",
        "fileTypes": ["alert"],
        "patterns": [
            {"include": "#basics"},
            *prefix,
            *_items(made),
            *_clauses(made),
            {"include": "#expression"},
        ],
        "repository": {
            "basics": {"patterns": [{"match": "#.*$", "name": "comment.line.number-sign.alertdsl"}, text]},
            "expression": {"patterns": [_behind(made), *_sequences(made), *made.rules(ANYWHERE)]},
        },
    }
    made.check()
    return out


def main(arguments: list[str]) -> int:
    """Writes the file, or tells whether it is what would be written."""
    text = json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"
    if "--check" in arguments:
        return 0 if TARGET.exists() and TARGET.read_text("utf-8") == text else 1
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
