"""Patterns over columns of text, each distinct text looked at once."""

from __future__ import annotations

import numpy as np

from alertdsl.regex import compile_regex
from alertdsl_runtime.columns import FALSE, TRUE, UNKNOWN, Floats, Truth, text_of


def matched(pattern: str, values: Floats) -> Truth:
    """Whether the pattern is found in each text (ids of `columns.text_id`, NaN unknown)."""
    out = np.full(values.shape, UNKNOWN, dtype=np.int8)
    some = ~np.isnan(values)
    if some.any():
        ids = values[some].astype(np.int64)
        asked = np.zeros(int(ids.max()) + 1, dtype=np.bool_)
        asked[ids] = True
        verdict = np.full(len(asked), FALSE)
        search = compile_regex(pattern).search
        for number in np.flatnonzero(asked).tolist():
            verdict[number] = FALSE if search(text_of(number)) is None else TRUE
        out[some] = verdict[ids]
    return out
