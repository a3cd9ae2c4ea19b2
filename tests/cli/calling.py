"""Calling the command line in this process, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from alertdsl.cli.app import cli
from alertdsl.cli.exits import code_of

CATALOG = """
[metrics."price"]
measurement = "crypto"
field = "close"
unit = "USD"
[entities.BTC]
tags = { symbol = "BTC" }
aliases = ["Bitcoin"]
"""


@dataclass(frozen=True)
class Called:
    """Exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def call(*arguments: str) -> Called:
    """Run ``alertdsl`` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = code_of(cli, list(arguments))
    return Called(code, out.getvalue(), err.getvalue())


def lines(text: str) -> Sequence[str]:
    """Lines without trailing space."""
    return [line.rstrip() for line in text.splitlines()]
