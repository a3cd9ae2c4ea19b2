"""Patterns mean the same to storage (Go) and here (Python), or are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertdsl.backends.flux.literals import any_of_regex, fregex
from alertdsl.regex import check_regex, compile_regex
from tests.alertdsl.backends.test_flux_scripts import results
from tests.services.influxdb import InfluxDB

SUBJECTS = ["", "a b", "x\ty", "a\\b", "a\\x41", "(a)", "a|b", "{2}", "[x]"]
SUBJECTS += "a b ab abab a.b A 0 10 a1_ é É a-b a/b ] ^ $5 k K ß K".split()
GOOD = r"a b A . x 0 - é ^ $ \. \d \w \s \D \W \S \b \B \A \z (a) (?:b|ab) (?P<n>a) | \/ / \\ \| \( \[ \{ \t \- (?i) # & ~"
CLASSES = r"[ab] [^a] [a-c] [\d.] [\w-] [^\s] [a\]] [\^x] [\\] [^/] [\/a]"
REPEATS = "* + ? *? {2} {1,2} {2,}"
BAD = r"( ) [ ] { } ++ (?=a) \1 \Z \pL [[:alpha:]] [a&&b] \Q (?m) {,2} \x41 x41 \: \_"
TOKENS = st.sampled_from(f"{GOOD} {CLASSES} {REPEATS} {BAD}".split())
PATTERNS = st.lists(TOKENS, min_size=1, max_size=5).map("".join)


@pytest.fixture(scope="module")
def bucket(influx: InfluxDB) -> str:
    name = influx.new_bucket()
    escaped = [s.replace(" ", "\\ ") for s in SUBJECTS]
    influx.write_lp([f"m{',t=' + e if e else ''} i={n} 1" for n, e in enumerate(escaped)], bucket=name)
    return name


def stored(influx: InfluxDB, bucket: str, literals: list[str]) -> list[set[str]]:
    """What each pattern matches in storage."""
    found: list[set[str]] = [set() for _ in literals]
    scripts = [
        f'from(bucket: "{bucket}") |> range(start: 0, stop: 1970-01-02T00:00:00Z)'
        f' |> filter(fn: (r) => r._measurement == "m" and r.t =~ {literal}) |> last() |> yield(name: "{i}")'
        for i, literal in enumerate(literals)
    ]
    for row in results(influx.query("\n".join(scripts))):
        found[int(row["result"])].add(SUBJECTS[int(float(row["_value"]))])
    return found


@given(patterns=st.lists(PATTERNS, min_size=1, max_size=12))
@settings(max_examples=120, deadline=None)
def test_storage_and_python_agree(influx: InfluxDB, bucket: str, patterns: list[str]) -> None:
    good = [p for p in patterns if check_regex(p) is None]
    if good:
        found = stored(influx, bucket, [fregex(p) for p in good])
        for pattern, matched in zip(good, found, strict=True):
            assert {s for s in SUBJECTS if compile_regex(pattern).search(s)} == matched, pattern


@given(names=st.lists(st.sampled_from([s for s in SUBJECTS if s]), min_size=1, unique=True))
@settings(max_examples=30, deadline=None)
def test_lists_of_names(influx: InfluxDB, bucket: str, names: list[str]) -> None:
    assert stored(influx, bucket, [any_of_regex(names)]) == [set(names)]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"(?=a)", "look-ahead"),
        (r"(?<!a)b", "look-behind"),
        (r"(a)\1", "back-references"),
        ("a++", "two repetitions"),
        ("*a", "nothing stands before"),
        ("(a", "not closed"),
        ("a)", "did not open"),
        ("[a", "not closed"),
        ("a{1001}", "up to 1000"),
        ("a{,2}", "repetition"),
        (r"a\Z", r"write \z"),
        ("a\\", "lone backslash"),
        ("[[:alpha:]]", "inside [...]"),
        ("a(?i)", "at the start"),
        ("(?m)a", "not understood"),
        (r"\pL", "not understood"),
        ("a\0", "NUL"),
        ("x" * 1001, "at most 1000"),
    ],
)
def test_refused_with_the_reason(pattern: str, says: str) -> None:
    assert says in (check_regex(pattern) or "")
    with pytest.raises(ValueError, match="."):
        compile_regex(pattern)


def test_the_end_is_the_end() -> None:
    assert not compile_regex("a$").search("a\n")
