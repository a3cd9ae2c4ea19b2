"""The same generated cases in every process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _no_constants_of_modules() -> Iterator[None]:
    """Hypothesis draws constants that it finds in the modules loaded so far, which depend on what ran before: a case would be
    there in one run and not in the next."""
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_get_local_constants", Constants)  # no setting says it
        patch.setattr(providers, "CONSTANTS_CACHE", type(providers.CONSTANTS_CACHE)(1024))
        yield
