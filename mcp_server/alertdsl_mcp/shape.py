"""The shape of what a model sends as a rule: a name, a condition and clauses, however they were wrapped.

Models wrap rules in code fences, write them as the YAML or JSON of other tools, put all clauses on one line, or repeat a
person's courtesies. `shape_of` finds the parts again; it changes no condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from alertdsl_mcp.objects import FIELDS, fields_of
from alertdsl_mcp.wording import plain_numbers

_FENCE = re.compile(r"^\s*(`{1,3})(?:\w*[ \t]*\n)?(.*?)\n?\s*\1\s*$", re.DOTALL)
_RUN = re.compile(r"[^\S\n]{8,}")
_QUOTES = re.compile(r"^\s*(['\"])(.*)\1\s*$", re.DOTALL)
_BRACES = re.compile(r"^(\s*rule\b[^{}]*)\{(.*)\}\s*$", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"^[\s{\-]*[\"']?([a-z][a-z_ ]*?)[\"']?\s*[:=]\s*(.*?)[\s,}]*$", re.IGNORECASE)
_HEADER = re.compile(r"^\s*rule\s+(\"[^\"\n]*\"|[^\n:]*?)[ \t]*(?::|(?=\n)|\bwhen\b)", re.IGNORECASE)

_CLAUSE = (
    r"(?:severity|notify|every|message|recover\s+when|repeat\s+every|labels|during|escalate\s+to|on\s+no\s+data|forget\s+after"
    r"|once(?=\s*(?:\n|$)))"
)
_BREAK = re.compile(
    rf"\s*(?:\n|[,;.](?=\s)|(?<!repeat)(?<!recover)\s(?=\S))\s*(?:(?:and|with|then)\s+(?:(?:the|an?)\s+)?)?(?={_CLAUSE}\b)|\s*\n\s*(?=when\b)",
    re.IGNORECASE,
)
_MESSAGE = re.compile(r"^message\s+([^\"\s][^\"]*)$", re.IGNORECASE)
_COLON = re.compile(rf"\b({_CLAUSE}|when)\s*[:=]\s*", re.IGNORECASE)
_INLINE = re.compile(r"[,{]\s*(?=\"[a-z_ ]+\"\s*:)", re.IGNORECASE)

HEAD = re.compile(
    r"^\s*(?:please\s+)?(?:(?:can|could|would|will)\s+you\s+)?(?:please\s+)?(?:i\s+(?:want|need|would\s+like)\s+"
    r"(?:to\s+(?:know|be\s+\w+)\s*|an?\s+(?=alert|rule))?)?"
    r"(?:(?:create|make|add|set\s+up|write|send|raise|fire|trigger)\s+(?:me\s+|us\s+)?(?:an?\s+)?(?:new\s+)?)?"
    r"(?:(?P<severity>critical|warning|info)\s+)?(?:(?:alert|rule|alarm|e-?mail|message|notification|warning)\b\s*"
    r"(?::|for|on|if|when|whenever|once|that\s+fires\s+(?:if|when))?\s*)?"
    r"(?:(?:alert|tell|notify|warn|page|ping|e-?mail|wake|message|let)\b(?:\s+(?:me|us|the\s+team|(?P<whom>the\s+[\w-]+|someone|everyone)(?=\s+(?:if|when|once))))?"
    r"(?:\s+(?:know|up))?\s*(?:if|when|whenever|once|as\s+soon\s+as|on)?\s+)?(?:(?:if|when|whenever|once|we\s+(?:get|have|see))\s+)*",
    re.IGNORECASE,
)
"""What people say before a condition. It always matches, the empty text too."""

_TAIL = re.compile(
    r"[\s,;]*(?:then\s+)?(?:please\s+)?(?:(?:alert|tell|notify|warn|page|ping|e-?mail|wake|message)(?:\s+(?:me|us|someone))?(?:\s+up)?"
    r"|let\s+(?:me|us)\s+know|please|thanks|thank\s+you)?\s*[.!?]*\s*$",
    re.IGNORECASE,
)
_SEVERITY = re.compile(r",\s*(?:as\s+(?:an?\s+)?)?(critical|warning|info)\s*(?=,|$)", re.IGNORECASE)
_REMIND = re.compile(
    r",\s*(?:and\s+)?(?:remind|repeat|tell|notify)(?:\s+(?:me|us))?(?:\s+again)?\s+(?=every\b)", re.IGNORECASE
)
_TELL_AGAIN = re.compile(
    r",\s*(?:and\s+)?(?:then\s+)?(?:tell|notify|page|mail|ping|remind)\s+(?!me\b|us\b)([\w-]+)(?:\s+again)?\s+(?=every\b)",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r",?\s*(?:and\s+)?(?:then\s+)?(?:page|notify|tell|call|wake|escalate\s+to)\s+([\w-]+)\s+(?:if|when)\s+(?:nobody|no\s+one|it\s+is\s+not|not)\s+"
    r"(?:reacts|responds|answers|acts|acknowledges|acknowledged)(?:\s+(?:it|to\s+it))?\s+(?:with)?in\s+(\d+\s*[a-z]+)",
    re.IGNORECASE,
)
_NOTIFY_EVERY = re.compile(r"\b(notify\s+[\w-]+)(?:\s+again)?\s+(?=every\b)", re.IGNORECASE)
_UNTIL = re.compile(
    r"\s+until\s+(?:some(?:one|body)\s+|it\s+is\s+|i\s+|we\s+)?acknowledged?s?\b", re.IGNORECASE
)
_SEND = re.compile(
    r",\s*(?:and\s+)?(?:then\s+)?(?:send|post|mail|report|tell|page)\s+(?:it\s+|this\s+)?(?:to\s+)?(?=[\w-]+(?:,|$))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule in parts. `name` is "" for a condition alone, `left_out` what was said beside it and is no part of one."""

    condition: str
    clauses: tuple[str, ...] = ()
    name: str = ""
    left_out: str = ""

    @property
    def text(self) -> str:
        """The parts as rule text: each clause on a line of its own, a name made of the condition where one is needed."""
        if not self.name and not self.clauses:
            return self.condition
        name = self.name or _name_for(self.condition)
        return "\n  ".join([f"rule {name}", f"when {self.condition}", *self.clauses])

    def respelt(self, spell: Callable[[str], str]) -> Shape:
        """The same rule with its other conditions spelt otherwise."""
        spelt = tuple(spell(one) if one.casefold().startswith("recover") else one for one in self.clauses)
        return replace(self, clauses=spelt)

    def saying(self, condition: str) -> Shape:
        """The same rule with another condition."""
        return replace(self, condition=condition)


def shape_of(text: str) -> Shape:
    """The parts of a text, without what was only wrapped around them."""
    # Long runs of white space would keep the patterns busy.
    text = _RUN.sub("  ", "\n".join(line.rstrip() for line in text.splitlines() if line.strip()))
    text = _unwrapped(text)
    if _HEADER.match(text):
        return _from_lines(text)
    said = fields_of(text)
    if said is not None and said[0].get("when"):
        return replace(_of_fields(said[0]), left_out=said[1])
    return _from_fields(text) or _from_lines(text)


def _unwrapped(text: str) -> str:
    for pattern in (_FENCE, _QUOTES):
        found = pattern.match(text)
        if found and (pattern is _FENCE or found[1] not in found[2]):
            text = found[2]
    braces = _BRACES.match(text)
    return f"{braces[1].rstrip()}\n{braces[2].strip()}" if braces else text.strip()


def _from_fields(text: str) -> Shape | None:
    """A rule written as fields: YAML, JSON, or lines of ``name: value``."""
    found: dict[str, str] = {}
    text = re.sub(
        r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text
    )  # JSON's spelling of € and the like
    text = _INLINE.sub("\n", text.strip()) if text.lstrip().startswith("{") else text.strip()
    for line in text.splitlines():
        field = _FIELD.match(line)
        part = field and next((part for part, names in FIELDS.items() if field[1].casefold() in names), None)
        if field and part and part not in found:
            found[part] = field[2].strip().strip("\"'")
    return _of_fields(found) if found.get("when") and ("name" in found or len(found) > 1) else None


def _of_fields(found: Mapping[str, str]) -> Shape:
    held = f" for {found['for']}" if found.get("for") and " for " not in found["when"] else ""
    clauses = [f"{part} {found[part]}" for part in ("severity", "notify", "every") if found.get(part)]
    if found.get("message"):
        clauses.append(f'message "{found["message"]}"')
    name = found.get("name", "")
    return Shape(found["when"] + held, tuple(clauses), _word(name) if name else "")


def _from_lines(text: str) -> Shape:
    header = _HEADER.match(text)
    name = _word(header[1]) if header else ""
    text = text[header.end() :].strip() if header else text
    severity = whom = ""
    if header is None:
        head = HEAD.match(text)
        last = _SEVERITY.search(text)
        severity = last[1] if last else (head["severity"] or "") if head else ""
        whom = head["whom"] or "" if head else ""
        text = text[: last.start()] + text[last.end() :] if last else text
        text = HEAD.sub("", text, count=1)
    text = _TELL_AGAIN.sub(r", notify \1, repeat ", _UNTIL.sub("", text))
    text = _NOBODY.sub(r"\n  escalate to \1 after \2 unacknowledged", text)
    text = _NOTIFY_EVERY.sub(r"\1, repeat ", text)
    text = _REMIND.sub(", repeat ", _SEND.sub(", notify ", _COLON.sub(r"\1 ", text)))
    parts = [part.strip().rstrip(",;") for part in _BREAK.split(text)]
    clauses = [one for one in parts if re.match(rf"{_CLAUSE}\b", one, re.IGNORECASE)]
    quoted = [_spelled(one) for one in clauses]
    condition = " ".join(
        re.sub(r"^when\b\s*", "", one, flags=re.IGNORECASE) for one in parts if one not in clauses
    )
    if severity and not any(one.casefold().startswith("severity") for one in clauses):
        quoted = [f"severity {severity.casefold()}", *quoted]
    return Shape(_without_courtesies(condition), tuple(quoted), name, whom)


def _spelled(clause: str) -> str:
    """A clause with its text in quotes, and with lengths of time as the language has them."""
    if re.match(r"(?:repeat\s+)?every\b(?!.*\bat\b)", clause, re.IGNORECASE):
        return plain_numbers(clause)
    return _MESSAGE.sub(r'message "\1"', clause)


def _without_courtesies(text: str) -> str:
    return _TAIL.sub("", HEAD.sub("", text)).strip()


def _word(name: str) -> str:
    """A rule's name in one word, as it is said."""
    return name if name.startswith('"') else "-".join(re.findall(r"[\w.]+", name)).strip("-.")


def _name_for(condition: str) -> str:
    name = "-".join(re.findall(r"[a-z0-9]+", condition.casefold())[:4]) or "alert"
    return name if name[0].isalpha() else f"alert-{name}"
