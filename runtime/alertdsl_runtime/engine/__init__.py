"""The engine, from rules and points to alerts in the store.

book        rules from files and the table, compiled
partition   which rules are evaluated together
plan        which instants are due: live, catch-up, gap
runner      one partition: read, decide, live, commit
ledger      events to rows: alerts, transitions, what is owed
retire      alerts of rules that were disabled or deleted
engine      the loop, and replays
"""

from __future__ import annotations

from alertdsl_runtime.engine.book import Compiler, RuleBook
from alertdsl_runtime.engine.compiler import CatalogCompiler
from alertdsl_runtime.engine.engine import Engine, Options, Tick
from alertdsl_runtime.engine.runner import Result
from alertdsl_runtime.engine.status import Status

__all__ = ["CatalogCompiler", "Compiler", "Engine", "Options", "Result", "RuleBook", "Status", "Tick"]
