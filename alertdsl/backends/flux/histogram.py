"""A percentile of cumulative buckets as Flux."""

from __future__ import annotations

from alertdsl.backends.flux.literals import fnum, fstr
from alertdsl.semantics import typed

_BOUND = "_bound"
_NUMBER = r"/^([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|\+?[iI]nf(inity)?)$/"


def bucket_increases(node: typed.Histogram, before: str, within: str) -> str:
    """What each bucket counted, from the value just before the window on, added up where bounds are equal.

    `before` and `within` are the newest point before the window and the points in it, a table a series.
    """
    tag = f"r[{fstr(node.bucket_tag)}]"
    steps = [
        f"union(tables: [{before}, {within}])",
        'drop(columns: ["_start", "_stop"])',
        'sort(columns: ["_time"])',
        "increase()",
        "last()",
        f"filter(fn: (r) => {tag} =~ {_NUMBER})",
        f"map(fn: (r) => ({{r with {_BOUND}: float(v: {tag})}}))",
        "toFloat()",
        _grouped(node, _BOUND),
        "sum()",
    ]
    return "\n  |> ".join(steps)


def quantile_of(node: typed.Histogram, counted: str, drop: tuple[str, ...]) -> tuple[str, str]:
    """The percentile of each histogram, and what its bucket of ``+Inf`` holds."""
    dropped = f"drop(columns: [{', '.join(map(fstr, drop))}])"
    interpolated = (
        f'histogramQuantile(quantile: {fnum(node.quantile)}, countColumn: "_value", '
        f'upperBoundColumn: "{_BOUND}", valueColumn: "_value", minValue: 0.0, onNonmonotonic: "force")'
    )
    quantile = [counted, _grouped(node), interpolated, dropped, _marked("q")]
    whole = [
        counted,
        f'filter(fn: (r) => r.{_BOUND} == float(v: "+Inf"))',
        _grouped(node),
        "sum()",
        dropped,
        _marked("n"),
    ]
    return "\n  |> ".join(quantile), "\n  |> ".join(whole)


def known_quantile(quantile: str, whole: str) -> str:
    """The percentile where anything was counted; without the bucket of ``+Inf`` nobody knows how much that was."""
    steps = [
        f"union(tables: [{quantile}, {whole}])",
        'pivot(rowKey: ["_row"], columnKey: ["_leaf"], valueColumn: "_value")',
        "filter(fn: (r) => exists r.q and exists r.n and r.n > 0.0)",
        'rename(columns: {q: "_value"})',
        'drop(columns: ["_row", "n"])',
    ]
    return "\n  |> ".join(steps)


def _grouped(node: typed.Histogram, *more: str) -> str:
    """Tables of the histograms: by the tags of the group, or by all tags but that of the bounds."""
    if node.group is None:
        apart = ["_value", "_time", node.bucket_tag, *({_BOUND} - {*more})]
        return f'group(columns: [{", ".join(map(fstr, apart))}], mode: "except")'
    tags = sorted({*node.group.tags, *(tag for tag, _ in node.selector.pins)})
    return f"group(columns: [{', '.join(map(fstr, ['_measurement', *tags, *more]))}])"


def _marked(leaf: str) -> str:
    return f'set(key: "_leaf", value: "{leaf}")\n  |> set(key: "_row", value: "")'
