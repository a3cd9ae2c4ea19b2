"""``alertdsl backtest``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertdsl.cli.database import echo_table, labels_text
from alertdsl.cli.inputs import catalog_option, find_catalog, read
from alertdsl_runtime.cli.data import measurement_option, tag_option, tags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alertdsl.semantics.typed import Rule
    from alertdsl_runtime.backtest import Backtest
    from alertdsl_runtime.sources.memory import MemorySource


@click.command("backtest")
@click.argument("rule", metavar="RULE|FILE")
@click.option(
    "--data", "data", required=True, type=click.Path(path_type=Path), help="A CSV or line protocol file."
)
@measurement_option
@tag_option
@catalog_option
@click.option("--start", help="Evaluate from this time on (RFC 3339); else from the first point.")
@click.option("--end", help="Evaluate until this time; else until what follows the last point.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def backtest_command(
    rule: str,
    data: Path,
    measurement: str | None,
    tags: tuple[str, ...],
    catalog_path: Path | None,
    start: str | None,
    end: str | None,
    form: str,
) -> int:
    """Say when rules would have fired on recorded data: the engine's own evaluation of every instant.

    A backtest knows each point at its own time; points that came late are not late here.
    """
    from alertdsl_runtime.backtest import backtest

    rules, bad = _rules(rule, catalog_path)
    source = _load(data, measurement, tags_of(tags))
    missing = _missing(rules, source)
    if missing:
        raise click.UsageError(missing)
    found = backtest(rules, source, _time(start, "--start"), _time(end, "--end"))
    if form == "json":
        click.echo(
            json.dumps({"episodes": [e.as_dict() for e in found.episodes]}, indent=2, ensure_ascii=False)
        )
    else:
        _tell(found)
    for name, why in found.failed.items():
        click.echo(f"rule {name} could not be evaluated: {why}", err=True)
    return 1 if bad or found.failed else 0


def _rules(given: str, catalog_path: Path | None) -> tuple[Sequence[Rule], bool]:
    """The good rules; what is wrong with others is told on standard error."""
    from alertdsl import AlertDslError, load_catalog
    from alertdsl.diagnostics import Severity
    from alertdsl_runtime.engine.compiler import CatalogCompiler

    path = find_catalog(catalog_path, given)
    text, file = read(given)
    compiler = CatalogCompiler(None if path is None else load_catalog(path))
    rules, diagnostics = compiler.compile(text, file)
    wrong = [d for d in diagnostics if d.severity is Severity.ERROR]
    if wrong and not rules:
        raise AlertDslError(wrong)
    for one in wrong:
        click.echo(one.render(), err=True)
    return rules, bool(wrong)


def _load(path: Path, measurement: str | None, tags: dict[str, str]) -> MemorySource:
    from alertdsl_runtime.ingest import format_of, load_line_protocol
    from alertdsl_runtime.sources.csvfile import load_csv
    from alertdsl_runtime.sources.memory import MemorySource

    if format_of(path) == "lp":
        return MemorySource(load_line_protocol(path), name=path.name)
    return load_csv(path, measurement, tags)


def _missing(rules: Sequence[Rule], source: MemorySource) -> str:
    """What a rule reads that the file does not have, with what it does have."""
    from alertdsl.plan.shape import shape_of

    for rule in rules:
        for selector in shape_of(rule).selectors:
            if (selector.measurement, selector.field) not in source.fields:
                have = ", ".join(sorted(f"{m}.{f}" for m, f in source.fields)) or "nothing"
                measurements = {m for m, _ in source.fields}
                way = ""
                if len(measurements) == 1 and any(f == selector.field for _, f in source.fields):
                    way = (
                        f"; to call its rows {selector.measurement}, add --measurement {selector.measurement}"
                    )
                return f"rule {rule.name} reads {selector.measurement}.{selector.field}, the file has {have}{way}"
    return ""


def _time(given: str | None, option: str) -> int | None:
    from alertdsl.store import to_ns

    if given is None:
        return None
    try:
        return to_ns(given)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint=option) from None


def _tell(found: Backtest) -> None:
    if not found.episodes:
        click.echo(f"never fired at {found.instants:,} instants")
        return
    rows = []
    for episode in found.episodes:
        facts = episode.as_dict()
        value = (
            ""
            if episode.value is None
            else f"{episode.value:g}"
            if isinstance(episode.value, float)
            else str(episode.value)
        )
        rows.append(
            (
                episode.rule,
                episode.severity,
                str(facts["fired_at"]),
                str(facts["resolved_at"] or "still firing"),
                value,
                labels_text(episode.labels),
            )
        )
    echo_table(("RULE", "SEVERITY", "FIRED", "RESOLVED", "VALUE", "LABELS"), rows)
    click.echo(f"{len(rows)} episodes at {found.instants:,} instants")
