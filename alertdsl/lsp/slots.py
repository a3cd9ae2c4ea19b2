"""Which kind of name belongs where the cursor is. The parser says that a name is accepted, and its stack what the name is for."""

from __future__ import annotations

from enum import Enum, auto

from alertdsl.syntax import ast
from alertdsl.syntax.prefix import Expected


class Slot(Enum):
    """What a name at a place stands for."""

    CONDITION = auto()
    VALUE = auto()
    AGGREGATED = auto()
    NAME_GOES_ON = auto()
    METRIC = auto()
    ENTITY = auto()
    BOUND = auto()
    CHOICE = auto()
    TAG = auto()
    TAG_VALUE = auto()
    ROW = auto()
    TARGET = auto()
    SEVERITY = auto()
    CALENDAR = auto()
    LENGTH = auto()
    ARGUMENT = auto()
    IMPORT = auto()
    ZONE = auto()
    UNIT = auto()
    NEW = auto()


_BEFORE = {
    **dict.fromkeys(
        ("BY", "ACROSS", "BY_MISSING", "QUANTIFIER", "WHERE", "AND_WHERE", "DISTINCT", "_BY"), Slot.TAG
    ),
    **dict.fromkeys(("NOTIFY", "ESCALATE_TO"), Slot.TARGET),
    **dict.fromkeys(("SEVERITY", "_LADDER_COMMA"), Slot.SEVERITY),
    **dict.fromkeys(("AGE_OF", "TIME_UNTIL", "NO_DATA_FROM", "NO", "POSSESSIVE"), Slot.METRIC),
    **dict.fromkeys(("OF", "ON"), Slot.ENTITY),
    **dict.fromkeys(("RULE", "LET", "AS", "LABELS"), Slot.NEW),
    "EXPECT": Slot.TAG,
    "EXCEPT": Slot.CALENDAR,
    "IMPORT": Slot.IMPORT,
    "FOR": Slot.LENGTH,
    "IN": Slot.CHOICE,
    "NOT_IN": Slot.CHOICE,
    "TAG_OPERATOR": Slot.TAG_VALUE,
}


def slot_of(at: Expected) -> Slot | None:
    """What a name (or quoted text) stands for there; None where none is accepted."""
    accepted = at.accepted
    if accepted == {"TAG"}:
        return Slot.TAG
    if "ZONE" in accepted:
        return Slot.ZONE
    if "UNIT" in accepted:
        return Slot.UNIT
    if not accepted & {"WORD", "QUOTED"}:
        return None
    if "USE" in {token.type for token in at.last()}:
        return Slot.ARGUMENT
    if "FUNCTION" in accepted:
        return Slot.CONDITION if "QUANTIFIER" in accepted else Slot.VALUE
    if "POSSESSIVE" in accepted:
        return Slot.NAME_GOES_ON
    if "AGGREGATE" in accepted:
        return Slot.AGGREGATED
    return _by_token(at)


def _by_token(at: Expected) -> Slot | None:
    """By the newest tokens that nothing is made of yet."""
    tokens = list(at.last())
    if not tokens:
        return None
    while len(tokens) > 1 and tokens[0].type == "QUOTED":  # those of a list
        tokens.pop(0)
    first = tokens[0].type
    if first == "WHEN" and "NOTIFY" in {token.type for token in tokens}:
        return Slot.SEVERITY
    if first == "LBRACE":
        return Slot.ROW if "_BY" in {token.type for token in tokens} else Slot.TAG
    if first in ("EQ", "NE", "MATCHES", "NOT_MATCHES"):
        behind = {token.type for token in tokens[1:3]}
        return Slot.TAG_VALUE if behind & {"WHERE", "AND_WHERE"} else None
    if first == "LPAR" and len(tokens) > 1:
        return Slot.TAG_VALUE if "EXPECT" in {t.type for t in tokens[1:4]} else _BEFORE.get(tokens[1].type)
    if first == "_ASSIGN" and "_BY" not in {token.type for token in tokens}:
        return Slot.BOUND if "QUANTITY" in at.accepted else None
    found = _BEFORE.get(first)
    if found is None and "QUANTITY" in at.accepted:
        return Slot.BOUND
    return found


def tag_before(at: Expected) -> str | None:
    """The tag whose value is wanted: of ``{host = `` or ``where host is``, of ``expect host in (``, of a table."""
    from alertdsl.syntax.build_support import string

    tokens = list(at.last())
    for i, token in enumerate(tokens):
        if token.type in ("TAG_OPERATOR", "EQ", "NE", "MATCHES", "NOT_MATCHES", "IN") and i + 1 < len(tokens):
            if tokens[i + 1].type in ("WORD", "QUOTED"):
                return string(tokens[i + 1])
            break
        if token.type == "_BY":
            return string(tokens[i - 1]) if i else None
    return next((node.text for node in reversed(at.stack) if isinstance(node, ast.Word)), None)


def compared_with(at: Expected) -> ast.Value | None:
    """The value on the left of the comparison that the place is on the right of."""
    compares = False
    for one in reversed(at.stack):
        kind = getattr(one, "type", None)
        if kind in _COMPARES:
            compares = True
        elif compares and isinstance(one, ast.Node):
            return (
                one
                if isinstance(one, ast.MetricRef | ast.Aggregate | ast.Arithmetic | ast.Ago | ast.Call)
                else None
            )
    return None


_COMPARES = frozenset(
    (
        "GT GE LT LE EQ NE BETWEEN OUTSIDE RISES_BY FALLS_BY CROSSES_ABOVE CROSSES_BELOW BY_MORE_THAN "
        "WILL_FALL_BELOW WILL_RISE_ABOVE"
    ).split()
)
