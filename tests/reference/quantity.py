"""How many of something have a condition true."""

from __future__ import annotations

from collections.abc import Mapping

from alertdsl.semantics import typed
from alertdsl.semantics.typed import CompareOp
from tests.reference.kleene import Truth
from tests.reference.points import compare
from tests.reference.values import OTHER, Unknown


def quantified(node: typed.Quantified, truths: Mapping[str, Truth]) -> Truth:
    """“True if N are true, false if true + unknown < N, else unknown; a percentage of none known is unknown.”

    `truths` are those of the values of the tag. What holds of every number that there may be, once the unknown ones are known, is
    true; what holds of none is false.
    """
    op, count, share = _wanted(node)
    if share and not truths:
        return OTHER
    certain = sum(each is True for each in truths.values())
    unknown = [each for each in truths.values() if isinstance(each, Unknown)]
    possible = range(certain, certain + len(unknown) + 1)
    answers = {_holds(op, number, count, len(truths) if share else None) for number in possible}
    return answers.pop() if len(answers) == 1 else Unknown.of(unknown)


def _wanted(node: typed.Quantified) -> tuple[CompareOp, float, bool]:
    """“`all` is 100 %, `any` at least one, `no` at most none”."""
    match node.op:
        case "all":
            return ">=", 100.0, True
        case "any":
            return ">=", 1.0, False
        case "no":
            return "<=", 0.0, False
    return node.op, node.count, node.share


def _holds(op: CompareOp, number: int, count: float, of: int | None) -> bool:
    """A share is compared without dividing."""
    return compare(op, float(number), count) if of is None else compare(op, 100.0 * number, count * of)
