"""Flux for InfluxDB 2: reads as queries, and rules as scripts that people read and run."""

from alertdsl.backends.flux.query import FluxQuery, Yield, points_query, read_query
from alertdsl.backends.flux.script import FluxScript, compile_rule
from alertdsl.regex import check_regex

__all__ = [
    "FluxQuery",
    "FluxScript",
    "Yield",
    "check_regex",
    "compile_rule",
    "points_query",
    "read_query",
]
