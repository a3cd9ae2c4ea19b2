"""Rules parsed, resolved and compiled to Flux per second; beside it how fast Python itself compiles as many expressions."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import alertdsl
from alertdsl.backends.flux import compile_rule
from alertdsl.semantics.catalog import Catalog, parse_catalog
from alertdsl.semantics.typed import Rule
from alertdsl.syntax.parser import parse_rules

Item = TypeVar("Item")

RULES = 3_000
CATALOG = """
[metrics."cpu usage"]
measurement = "cpu"
field = "usage"
unit = "%"
[metrics."http latency"]
measurement = "http"
field = "latency"
unit = "s"
"""
TEXTS = {
    "one condition": 'cpu usage{{host="h{i}"}} > {n}% for 5m',
    "two conditions": 'cpu usage{{host="h{i}"}} > {n}% for 5m and http latency{{host="h{i}"}} > {n}ms',
    "an aggregate": "avg of cpu usage over 10m by region > {n}%",
}


def run() -> Iterator[str]:
    """The figures, a line each."""
    catalog = parse_catalog(CATALOG, "alertdsl.toml")
    for name, text in TEXTS.items():
        texts = [text.format(i=i, n=i % 90 + 1) for i in range(RULES)]
        rules = [_resolve(one, catalog) for one in texts]
        expressions = [f"a[{i}] > {len(one)} and b({i})" for i, one in enumerate(texts)]
        parse = _rate(texts, lambda one: parse_rules(one, "rule"))
        check = _rate(texts, lambda one: _resolve(one, catalog))
        emit = _rate(rules, compile_rule)
        python = _rate(expressions, lambda one: compile(one, "e", "eval"))
        yield (
            f"{name}: parse {parse:,.0f}/s, parse and resolve {check:,.0f}/s, resolved to Flux {emit:,.0f}/s "
            f"(Python compiles expressions at {python:,.0f}/s)"
        )
    yield _large_file()


def _resolve(text: str, catalog: Catalog) -> Rule:
    (rule,) = alertdsl.resolve(text, catalog)
    return rule


def _large_file() -> str:
    rule = (
        'rule r{i} "title {i}"\n  when cpu usage{{host="h{i}"}} > {n}% for 5m\n  severity critical\n'
        '  every 30s\n  labels team = "t{i}"\n  repeat every 4h\n\n'
    )
    text = "".join(rule.format(i=i, n=i % 90 + 1) for i in range(7_000))
    begun = time.perf_counter()
    parse_rules(text, "large.alert")
    return f"one file of {len(text) / 1e6:.1f} MB, 7,000 rules: parsed in {time.perf_counter() - begun:.1f} s"


def _rate(items: Sequence[Item], work: Callable[[Item], object]) -> float:
    """Items per second, after a round to warm up."""
    for item in items[:100]:
        work(item)
    gc.collect()
    begun = time.perf_counter()
    for item in items:
        work(item)
    return len(items) / (time.perf_counter() - begun)
