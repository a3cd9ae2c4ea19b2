"""One comparison: types, units, and the literal on the right."""

from __future__ import annotations

from dataclasses import replace

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Span, error
from alertdsl.semantics import typed, units
from alertdsl.semantics.catalog import phrase
from alertdsl.semantics.operands import Operand, adapt, same_unit, with_type
from alertdsl.semantics.scope import Scope
from alertdsl.semantics.walk import leaves

_TURNED: dict[typed.CompareOp, typed.CompareOp] = {
    ">": "<",
    ">=": "<=",
    "<": ">",
    "<=": ">=",
    "==": "==",
    "!=": "!=",
}
_KINDS = {"number": "a number", "string": "text", "boolean": "true or false"}


def compare(op: typed.CompareOp, left: Operand, right: Operand, span: Span, scope: Scope) -> typed.Compare:
    """``left op right``, the literal on the right and in the unit of the left side.

    Raises:
        AlertDslError: E220 types that differ, E221 an order of text or of true and false, E230 and E231 units, E260 no metric.
    """
    if _says_no_series(left) and _says_no_series(right):
        message = "both sides are plain numbers: a condition compares a metric with something"
        raise error("E260", message, span, "a name that starts with a digit is quoted")
    if _says_no_series(left):
        left, right, op = right, left, _TURNED[op]
    left, right = _same_type(op, left, right)
    if left.type == "number":
        left, right = _same_unit(left, right, scope)
        if left.unit is not None and left.unit.name:
            scope.units.setdefault(left.value, left.unit.name)
    return typed.Compare(op, left.value, right.value)


def _says_no_series(operand: Operand) -> bool:
    return isinstance(operand.value, typed.Const | typed.Lookup)


def _same_type(op: typed.CompareOp, left: Operand, right: Operand) -> tuple[Operand, Operand]:
    kind = left.type if left.type != "unknown" else right.type
    if kind == "unknown" and op not in ("==", "!="):
        kind = "number"
    if right.type not in ("unknown", kind):
        raise AlertDslError(_type_mismatch(left, right))
    if kind in ("string", "boolean") and op not in ("==", "!="):
        what = "text has no order" if kind == "string" else "true and false have no order"
        guilty = left if left.type == kind else right
        message = f"{what}: `{op}` compares numbers, and {guilty.name or 'this'} is {_KINDS[kind]}"
        raise error("E221", message, guilty.span, "use == or !=")
    if kind == "unknown":
        return left, right
    left = with_type(left, kind) if left.type == "unknown" else left
    return left, with_type(right, kind) if right.type == "unknown" else right


def _type_mismatch(left: Operand, right: Operand) -> Diagnostic:
    name = left.name or "the left side"
    message = f"{name} is {_KINDS[left.type]}, but it is compared with {_KINDS[right.type]}"
    fixes: tuple[Fix, ...] = ()
    hint = ""
    if left.type == "number" and right.literal and right.type == "string":
        text = str(right.value.value) if isinstance(right.value, typed.Const) else ""
        if _is_number(text):
            hint = f"write {text} without quotes"
            fixes = (Fix(right.span, text, "remove the quotes"),)
        else:
            hint = f"compare it with a number: {name} > 90"
    elif left.type == "string" and right.literal:
        hint = 'text is quoted: == "ok"'
    elif left.type == "boolean":
        hint = "write is true or is false"
    elif right.type == "boolean":
        hint = "write == 1 or > 0"
    return Diagnostic("E220", message, right.span, hint, fixes=fixes)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- units


def _same_unit(left: Operand, right: Operand, scope: Scope) -> tuple[Operand, Operand]:
    if not right.literal:
        if isinstance(right.value, typed.Const):
            return left, right
        return left, same_unit(left, right)
    left = _per_written_time(left, right)
    try:
        right, warnings = adapt(right, left)
    except AlertDslError as problem:
        shares = _shares(left, scope) if right.unit is units.PERCENT else ""
        if not shares:
            raise
        raise AlertDslError(replace(d, hint=f"{d.hint}; {shares}") for d in problem.diagnostics) from None
    scope.warnings.extend(warnings)
    return left, right


def _shares(operand: Operand, scope: Scope) -> str:
    """The metrics of the catalog that give a share of what the operand measures, for a percentage beside it."""
    read = {leaf.selector.measurement for leaf in leaves(operand.value)}
    found = [
        metric.name
        for metric in scope.catalog.metrics
        if metric.unit is not None
        and units.parse_unit(metric.unit) is units.PERCENT
        and any(name == metric.measurement or f"{name}." in (metric.expression or "") for name in read)
    ]
    words = set(phrase(operand.name))
    found.sort(key=lambda name: -len(words & set(phrase(name))))
    names = ", ".join(f'"{name}"' for name in found[:3])
    return f"in percent {'are' if len(found) > 1 else 'is'} {names}" if found else ""


def _per_written_time(rate: Operand, literal: Operand) -> Operand:
    """A rate compared with ``50 MB/min`` is taken per minute, so that its value is shown as people think of it."""
    if not isinstance(rate.value, typed.Delta | typed.Slope) or not rate.is_rate or literal.unit is None:
        return rate
    _, slash, denominator = literal.unit.name.rpartition("/")
    time = units.parse_unit(denominator)
    if not slash or time.dimensions != units.SECONDS.dimensions:
        return rate
    per = int(time.scale * typed.SECOND)
    unit = units.divide(rate.rate_of, time) if rate.rate_of is not None else None
    return replace(rate, value=replace(rate.value, per=per), unit=unit)
