"""Work that the first requests would have to wait for, done while nobody waits.

The parser makes its lexers when they are first used, a few milliseconds for each of the grammar's contexts.
"""

from __future__ import annotations

import asyncio
import time

from alertdsl.lsp.offers import zones
from alertdsl.reference import constructs
from alertdsl.syntax.prefix import expected_at


async def warm(step_s: float, rest_s: float) -> None:
    """Asks what follows each example of the reference and each word in it; stops after `step_s` seconds of work to rest."""
    zones()
    until = time.perf_counter() + step_s
    for construct in constructs().values():
        text = construct.examples[0]
        ends = [i for i, character in enumerate(text) if character == " "]
        for end in (*ends[-3:], len(text)):
            expected_at(text, end)
            if time.perf_counter() > until:
                await asyncio.sleep(rest_s)
                until = time.perf_counter() + step_s
