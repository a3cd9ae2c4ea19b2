"""Every code with its meaning: syntax (E0xx), rules (E2xx), catalog (E3xx), warnings (W4xx)."""

from __future__ import annotations

from alertdsl.lint.registry import all_checks
from alertdsl.syntax import codes as syntax_codes

RESOLVER: dict[str, str] = {
    "E201": "a name that is no metric of the catalog",
    "E202": "a word beside a metric that is no entity and no known tag value",
    "E203": "a name with several meanings",
    "E204": "a name that reads as something else because it is not quoted",
    "E205": "a tag that the metric does not have",
    "E206": "tag conditions that exclude each other",
    "E207": "a regular expression that InfluxDB does not know",
    "E208": "a name, but no catalog that tells what it means",
    "E209": "an expression of the catalog that cannot be used",
    "E210": "a severity that is misspelt, repeated, or out of order",
    "E211": "a notification for a severity that the rule does not have",
    "E212": "two rules of the same name",
    "E213": "a label given twice",
    "E214": "a message template whose braces do not match",
    "E215": "a time of day or a time zone that does not exist",
    "E216": "hours of a rule that leave no day on which it counts",
    "E217": "a constant or table that cannot be used where it stands, or needs itself",
    "E218": "a constant or template whose name is taken",
    "E219": "a file that cannot be imported",
    "E220": "numbers, text and booleans mixed up",
    "E221": "text without quotes, or an order of text",
    "E224": "a use of a rule with parameters that does not fit them",
    "E225": "a mention of a rule that is not there",
    "E226": "rules that wait for each other",
    "E227": "a histogram of buckets that is read as if it were a value",
    "E230": "units that cannot be converted into each other",
    "E231": "a unit, but a metric of which nobody told the unit",
    "E232": "the age of something that is no moment",
    "E233": "a number without a unit beside a metric whose unit comes in sizes that are easily confused",
    "E240": "an aggregate without window or group",
    "E241": "the percent change of a group",
    "E242": "a window over an expression of several series",
    "E243": "operands whose series cannot be matched",
    "E250": "a length of time that is zero, negative, or absurd",
    "E251": "more history than the source keeps",
    "E252": "a percentile outside 0 to 100",
    "E260": "a comparison or aggregate without a metric",
    "E261": "a division by zero",
    "E262": "numbers in the wrong order, or an amount that is not above zero",
    "E299": "an error that only follows from another; it is not shown",
    "E270": "a name that Flux cannot write",
    "E301": "a catalog file that cannot be read",
    "E302": "a catalog file that is not TOML",
    "E303": "a key that the catalog does not know",
    "E304": "a value of the catalog that is wrong or missing",
    "E305": "a phrase of a pack that means something else in the catalog",
    "W401": "a number without a unit beside a metric whose unit comes in several sizes",
    "W402": "a unit beside a metric of which nobody told the unit",
    "W403": "a tag that looks like a misspelt one",
    "W404": "a number below 1 beside a percentage",
    "W405": "a mention of a rule that is not in this file",
}


def meanings() -> dict[str, str]:
    """All codes with one line each."""
    found = {check.code: check.documentation.partition("\n")[0] for check in all_checks()}
    return dict(sorted({**syntax_codes.MEANINGS, **RESOLVER, **found}.items()))


def describe(code: str) -> str | None:
    """The documentation of a code, Markdown; None if there is no such code."""
    for check in all_checks():
        if check.code == code:
            return f"# {code} {check.name}\n\n{check.documentation}\n"
    meaning = meanings().get(code)
    return None if meaning is None else f"# {code}\n\n{meaning[:1].upper()}{meaning[1:]}.\n"
