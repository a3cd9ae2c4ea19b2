"""Regular expressions in rules: the part of RE2 that every backend and Python's `re` read alike.

Flux parses a pattern with Rust's library and storage matches with Go's, both RE2 in spirit; memory and SQL sources match with
Python. Each pattern is read here once, checked, and spelled anew for each, so that no backend sees what the others would
read differently. Classes such as ``\\d`` and ``\\w`` are ASCII everywhere, ``$`` is the end of the text and not the place
before a last newline.
"""

from __future__ import annotations

import functools
import re

MAX_LENGTH = 1000
"""Longest pattern allowed, in characters."""

_META = frozenset("\\.+*?()|[]{}^$#&-~/")
"""Characters that may be escaped; Rust's library refuses a needless escape of any other."""

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_COMPLEMENTS = {"D": "0-9", "W": "0-9A-Za-z_", "S": r"\t\n\f\r "}
_CONTROLS = frozenset("nrtfva")
# Python's \B does not match the empty text.
_BOUNDARIES = {"b": r"(?a:\b)", "B": r"(?!(?a:\b))", "A": r"\A", "z": r"\Z"}
_COUNT = re.compile(r"\{([0-9]{1,4})(?:,([0-9]{0,4}))?\}")
_GROUP_NAME = re.compile(r"\(\?P<([A-Za-z_][A-Za-z0-9_]*)>")


class _Refused(Exception):
    pass


def check_regex(pattern: str) -> str | None:
    """What is wrong with a pattern, in a sentence with the way out, or None where every backend reads it alike."""
    try:
        _read(pattern)
    except _Refused as reason:
        return str(reason)
    return None


@functools.lru_cache(maxsize=4096)
def compile_regex(pattern: str) -> re.Pattern[str]:
    """The pattern for Python; use its `search` (patterns are unanchored).

    Raises:
        ValueError: the pattern is one that `check_regex` refuses.
    """
    try:
        return re.compile(_read(pattern)[0])
    except _Refused as reason:
        raise ValueError(str(reason)) from None


def re2_text(pattern: str) -> str:
    """The pattern for RE2 and Rust, needless escapes left out. Raises ValueError as `compile_regex` does."""
    try:
        return _read(pattern)[1]
    except _Refused as reason:
        raise ValueError(str(reason)) from None


def escape(text: str) -> str:
    """A pattern that matches exactly this text, in both spellings."""
    return "".join("\\" + ch if ch in _META and ch != "/" else ch for ch in text)


@functools.lru_cache(maxsize=4096)
def _read(pattern: str) -> tuple[str, str]:
    if len(pattern) > MAX_LENGTH:
        raise _Refused(
            f"the regular expression has {len(pattern)} characters, at most {MAX_LENGTH} are allowed"
        )
    if "\0" in pattern:
        raise _Refused("a regular expression cannot hold the character NUL")
    reader = _Reader(pattern)
    reader.read()
    python = "".join(reader.python)
    try:
        re.compile(python)
    except (re.error, RecursionError, OverflowError) as error:
        raise _Refused(f"not a regular expression: {error}") from None
    return python, "".join(reader.re2)


class _Reader:
    """One pass over a pattern that spells it for Python and for RE2."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.python: list[str] = []
        self.re2: list[str] = []
        self.quantified = False
        """Whether what was just read is a quantifier, which a second one must not follow."""
        self.depth = 0

    def read(self) -> None:
        """Read the whole pattern."""
        while self.at < len(self.text):
            self.step()
        if self.depth:
            raise _Refused("a parenthesis of the regular expression is not closed")

    def step(self) -> None:
        """Read one item at the current place."""
        ch = self.text[self.at]
        if ch in "*+?{":
            self.quantifier(ch)
            return
        self.quantified = False
        match ch:
            case "\\":
                self.escape(in_class=False)
            case "[":
                self.character_class()
            case "(":
                self.open_group()
            case ")":
                self.close_group()
            case "$":
                self.emit(r"\Z", "$", 1)
            case "}" | "]":
                raise _Refused(f"write \\{ch} for the character {ch} in a regular expression")
            case _:
                self.emit(ch, ch, 1)

    def emit(self, python: str, re2: str, length: int) -> None:
        """Add one item that took `length` characters of the pattern."""
        self.python.append(python)
        self.re2.append(re2)
        self.at += length

    def quantifier(self, ch: str) -> None:
        """``* + ? {n,m}``, each once, with a following ``?`` for the shortest match."""
        if not self.python or self.python[-1] in {"(", "(?:", "|"} or self.python[-1].startswith("(?P<"):
            raise _Refused(
                f"nothing stands before {ch} in the regular expression; write \\{ch} for the character"
            )
        if self.quantified:
            raise _Refused(
                "the regular expression has two repetitions in a row; put the inner one in parentheses"
            )
        token = ch
        if ch == "{":
            counts = _COUNT.match(self.text, self.at)
            if counts is None:
                raise _Refused("write \\{ for the character {, or a repetition as {2}, {2,} or {2,5}")
            self.check_counts(counts)
            token = counts[0]
        if self.text.startswith("?", self.at + len(token)):
            token += "?"
        self.emit(token, token, len(token))
        self.quantified = True

    @staticmethod
    def check_counts(counts: re.Match[str]) -> None:
        """RE2 repeats at most 1000 times."""
        least, most = int(counts[1]), int(counts[2] or counts[1])
        if max(least, most) > 1000 or most < least:
            raise _Refused(f"the repetition {counts[0]} must have two numbers up to 1000, the smaller first")

    def open_group(self) -> None:
        """``(``, ``(?:``, ``(?P<name>``, and ``(?i)`` or ``(?s)`` at the very start."""
        rest = self.text[self.at : self.at + 80]
        named = _GROUP_NAME.match(rest)
        if not rest.startswith("(?"):
            token = "("  # noqa: S105 - a parenthesis
        elif rest.startswith("(?:"):
            token = "(?:"  # noqa: S105
        elif named:
            token = named[0]
        else:
            self.flags(rest)
            return
        self.depth += 1
        self.emit(token, token, len(token))

    def flags(self, rest: str) -> None:
        """``(?i)``, ``(?s)`` and both, only where they hold for the whole pattern."""
        flags = re.match(r"\(\?([is]{1,2})\)", rest)
        if flags and self.at == 0:
            self.emit(flags[0], flags[0], len(flags[0]))
        elif flags:
            raise _Refused(f"{flags[0]} must stand at the start of the regular expression")
        elif rest.startswith(("(?=", "(?!", "(?<=", "(?<!")):
            raise _Refused(
                "regular expressions here have no look-ahead and no look-behind (storage engines use RE2)"
            )
        else:
            raise _Refused(
                f"the group {rest[:4]}... is not understood; (...), (?:...), (?P<name>...) and a first (?i) are"
            )

    def close_group(self) -> None:
        """``)``."""
        if not self.depth:
            raise _Refused(
                "the regular expression closes a parenthesis that it did not open; write \\) for the character"
            )
        self.depth -= 1
        self.emit(")", ")", 1)

    def escape(self, *, in_class: bool) -> None:
        """A backslash and what follows it."""
        ch = self.text[self.at + 1 : self.at + 2]
        if ch in _META and ch:
            # Flux's scanner takes the backslash off a slash itself; Python needs none.
            plain = ch == "/"
            self.emit(ch if plain else "\\" + ch, ch if plain else "\\" + ch, 2)
        elif ch in _CLASSES:
            python = _CLASSES[ch] if in_class else f"[{_CLASSES[ch]}]"
            self.emit(python, "\\" + ch, 2)
        elif ch in _COMPLEMENTS and not in_class:
            self.emit(f"[^{_COMPLEMENTS[ch]}]", "\\" + ch, 2)
        elif ch in _CONTROLS and ch:
            self.emit("\\" + ch, "\\" + ch, 2)
        elif ch in _BOUNDARIES and not in_class:
            self.emit(_BOUNDARIES[ch], "\\" + ch, 2)
        elif ch and not ch.isalnum() and ch.isascii() and ch != "_":
            self.emit(re.escape(ch), ch, 2)
        else:
            raise _Refused(_refused_escape(ch))

    def character_class(self) -> None:
        """``[...]``: characters, ranges and escapes; no nesting, no set arithmetic, no POSIX names."""
        start = self.at
        negated = self.text.startswith("[^", start)
        self.emit("[^" if negated else "[", "[^" if negated else "[", 2 if negated else 1)
        first = self.at
        while not self.text.startswith("]", self.at) or self.at == first:
            if self.at >= len(self.text):
                raise _Refused(
                    "a bracket [ of the regular expression is not closed; write \\[ for the character"
                )
            self.class_item()
        self.emit("]", "]", 1)

    def class_item(self) -> None:
        """One character, range end or escape inside a class."""
        ch = self.text[self.at]
        pair = self.text[self.at : self.at + 2]
        if ch in "[]":
            raise _Refused(
                f"write \\{ch} for the character {ch} inside [...] (names such as [:alpha:] are not known)"
            )
        if pair in {"&&", "--", "~~", "||"}:
            raise _Refused(
                f"{pair} inside [...] means other things to other engines; write the character once, escaped"
            )
        if ch == "\\":
            self.escape(in_class=True)
        else:
            self.emit(ch, ch, 1)


def _refused_escape(ch: str) -> str:
    if ch.isdigit():
        return f"regular expressions here have no back-references (\\{ch})"
    if not ch:
        return "the regular expression ends with a lone backslash; write \\\\ for the character"
    if ch == "Z":
        return "write \\z for the end of the text (\\Z means other things to other engines)"
    return f"\\{ch} is not understood in a regular expression; write the character itself"
