"""Quoted texts, and the clean-up of what people paste: every change keeps the length, so that places stay true."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|["\\nrt])')
_SIMPLE = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_SPACES = "\ufeff\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u2060\u3000"
_TYPOGRAPHY = {ord(ch): " " for ch in _SPACES} | {
    ord(ch): plain
    for plain, chars in (
        ('"', "\u201c\u201d\u201e\u201f\u00ab\u00bb"),
        ("'", "\u2018\u2019\u201b"),
        ("-", "\u2012\u2013\u2014\u2212"),
    )
    for ch in chars
}
_FANCY = re.compile("[" + "".join(chr(c) for c in _TYPOGRAPHY) + "]")
_TOKENS = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[^"#]+|"')
_BLANK = re.compile(r"(?:\s|#[^\n]*)*+")
_STOP = re.compile(r"(?<=[\w%)\]}\"])\.(?=[ \t\r]*(?:\n|\Z|#))")
_STOP_OR_TEXT = re.compile(rf'"(?:\\.|[^"\\\n])*"|#[^\n]*|{_STOP.pattern}')


def clean(text: str) -> str:
    """The text with typographic spaces, quotes and dashes made plain, and full stops at line ends blanked.

    Quoted texts and comments stay as they are. The length stays the same, so spans point into the user's own text.
    """
    if text.isascii() and "." not in text:
        return text
    if _FANCY.search(text):
        text = "".join(
            part if part[0] == "#" or (part[0] == '"' and len(part) > 1) else part.translate(_TYPOGRAPHY)
            for part in _TOKENS.findall(text)
        )
    if not _STOP.search(text):
        return text
    return _STOP_OR_TEXT.sub(lambda found: " " if found[0] == "." else found[0], text)


def unquote(token: str) -> str:
    r"""What a quoted text says. ``\" \\ \n \r \t \uXXXX \UXXXXXXXX`` are escapes; any other backslash stands for itself."""
    inner = token[1:-1]
    return _ESCAPE.sub(_unescape, inner) if "\\" in inner else inner


def quote(text: str) -> str:
    """The text in quotes, readable back by `unquote`."""
    out = (
        text.replace("\\", "\\\\")
        .replace('"', '\\"')
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t")
    )
    return f'"{out}"'


def comments(text: str) -> tuple[tuple[int, str], ...]:
    """The comments of a text with their offsets."""
    if "#" not in text:
        return ()
    return tuple((m.start(), m[0].rstrip()) for m in _TOKENS.finditer(text) if m[0][0] == "#")


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uU":
        point = int(code[1:], 16)
        return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else match[0]
    return _SIMPLE[code]


def is_blank(text: str) -> bool:
    """Whether a text says nothing: white space and comments only."""
    return _BLANK.fullmatch(text) is not None
