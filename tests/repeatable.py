"""The same generated cases in every process, however it was started and whatever ran before."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants


@contextmanager
def repeatable() -> Iterator[None]:
    """What `derandomize` leaves to chance, taken out while hypothesis draws.

    It draws constants that it finds in the modules loaded so far; and what it knows of a place in its tree of cases it keeps by
    that object's address, which the garbage collector gives to another sooner or later. No setting says either.
    """
    collecting = gc.isenabled()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_get_local_constants", Constants)
        patch.setattr(providers, "CONSTANTS_CACHE", type(providers.CONSTANTS_CACHE)(1024))
        gc.collect()
        gc.disable()
        try:
            yield
        finally:
            if collecting:
                gc.enable()
            gc.collect()
