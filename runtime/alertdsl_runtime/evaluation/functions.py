"""Functions of values, as arrays: NaN is unknown, in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from alertdsl.semantics.typed import MathFunction
from alertdsl_runtime.columns import Floats


def rounded(values: Floats) -> Floats:
    """To the nearest whole number, halves away from zero (numpy's own goes to the even one)."""
    whole = np.trunc(values)
    with np.errstate(invalid="ignore"):  # Inf - Inf: an infinity stays what it is
        away = np.abs(values - whole) >= 0.5
    return np.where(away, whole + np.copysign(1.0, values), whole)


def _root(values: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.sqrt(values)


def _log(values: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log(values), np.nan)


_OF_ONE: dict[MathFunction, Callable[[Floats], Floats]] = {
    "round": rounded,
    "floor": np.floor,
    "ceil": np.ceil,
    "sqrt": _root,
    "log": _log,
}
_OF_SEVERAL: dict[MathFunction, Callable[[Floats, Floats], Floats]] = {"min": np.minimum, "max": np.maximum}


def apply(name: MathFunction, arguments: Sequence[Floats]) -> Floats:
    """The function of columns that fit together; unknown where an argument is, or where it has no such value."""
    if name in _OF_ONE:
        return _OF_ONE[name](arguments[0])
    return reduce(_OF_SEVERAL[name], arguments)
