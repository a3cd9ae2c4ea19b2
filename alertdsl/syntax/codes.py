"""The registry of syntax codes: a code never changes its meaning. E001 to E099 are syntax; the resolver has E1xx."""

from __future__ import annotations

UNEXPECTED = "E001"
EMPTY = "E002"
NOT_UTF8 = "E003"
TOO_LARGE = "E004"
TOO_DEEP = "E005"
UNCLOSED_QUOTE = "E006"
UNCLOSED_BRACKET = "E007"
STRAY_BRACKET = "E008"
STRAY_CHARACTER = "E009"
NO_COMPARISON = "E010"
MISSPELLED = "E011"
OPERATOR_TYPO = "E012"
RESERVED_IN_NAME = "E013"
AMBIGUOUS_FOR = "E014"
AMBIGUOUS_AGGREGATE = "E015"
BAD_PERCENTILE = "E016"
ARGUMENTS = "E017"
COUNTED_HOW = "E018"
MORE_THAN = "E019"
DURATION_ZERO = "E020"
DURATION_NEGATIVE = "E021"
DURATION_TOO_LONG = "E022"
DURATION_UNIT = "E023"
NUMBER_TOO_LARGE = "E024"
DIGIT_GROUP = "E025"
NUMBER_UNIT = "E026"
DECIMAL_COMMA = "E027"
DIRECTION = "E028"
DUPLICATE_RULE = "E030"
DUPLICATE_LET = "E031"
NO_WHEN = "E032"
CLAUSE_TWICE = "E033"
UNKNOWN_CLAUSE = "E034"
BAD_TIME = "E035"
DUPLICATE_KEY = "E036"
UNREADABLE = "E040"
TOO_MANY = "E041"
FOREIGN = "E042"
UNQUOTED = "E043"

MEANINGS: dict[str, str] = {
    UNEXPECTED: "something else was expected at this place",
    EMPTY: "the text holds no rule",
    NOT_UTF8: "the file is not UTF-8 text",
    TOO_LARGE: "the text is larger than the parser accepts",
    TOO_DEEP: "brackets, `not` or arithmetic are nested too deeply",
    UNCLOSED_QUOTE: "a quoted text has no closing quote",
    UNCLOSED_BRACKET: "a bracket is not closed",
    STRAY_BRACKET: "a closing bracket has no opening one",
    STRAY_CHARACTER: "a character that has no meaning here",
    NO_COMPARISON: "a value with no comparison after it",
    MISSPELLED: "a misspelled word of the language",
    OPERATOR_TYPO: "an operator that the language does not have",
    RESERVED_IN_NAME: "a word of the language inside a name that is not quoted",
    AMBIGUOUS_FOR: "`A or B for D` can be read in two ways",
    AMBIGUOUS_AGGREGATE: "an aggregate of a plain metric that says neither its window nor its group",
    BAD_PERCENTILE: "a percentile outside 0 to 100",
    ARGUMENTS: "a function with the wrong number of arguments",
    COUNTED_HOW: "a number of things in a time, but not how they are counted",
    MORE_THAN: "a rise or fall by more than a bare number",
    DURATION_ZERO: "a duration of zero",
    DURATION_NEGATIVE: "a negative duration",
    DURATION_TOO_LONG: "a duration longer than a hundred years",
    DURATION_UNIT: "a duration whose unit is missing or unknown",
    NUMBER_TOO_LARGE: "a number beyond the range of floating point",
    DIGIT_GROUP: "digit groups where commas separate values",
    NUMBER_UNIT: "a unit that the number cannot take",
    DECIMAL_COMMA: "a number that people in other countries read differently",
    DIRECTION: "a comparison whose direction is not said",
    DUPLICATE_RULE: "two rules with the same name",
    DUPLICATE_LET: "two `let` of the same name",
    NO_WHEN: "a rule without a `when` clause",
    CLAUSE_TWICE: "a clause that may stand only once",
    UNKNOWN_CLAUSE: "a line that starts with no clause of a rule",
    BAD_TIME: "a time of day that no clock shows",
    DUPLICATE_KEY: "the same key twice",
    UNREADABLE: "the file cannot be read",
    FOREIGN: "what another language writes for something that this one says differently",
    UNQUOTED: "text without quotes",
    TOO_MANY: "more errors than are shown",
}
