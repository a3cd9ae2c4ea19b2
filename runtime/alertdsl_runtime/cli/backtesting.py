"""``alertdsl backtest``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertdsl.cli.database import echo_table, labels_of, labels_text
from alertdsl.cli.exits import FOUND, OK
from alertdsl.cli.inputs import catalog_option, find_catalog, measurement_option, read, tag_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alertdsl.semantics.typed import Rule
    from alertdsl_runtime.backtesting import Backtest
    from alertdsl_runtime.sources.memory import MemorySource


@click.command("backtest")
@click.argument("rule", metavar="RULE|FILE|-")
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV (a column `time`; numbers are fields, text is tags) or line protocol file.",
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

    \b
    --format json: {"episodes": [{"rule", "labels", "severity", "fired_at", "resolved_at", "since", "value", "reason",
    "state"}]}, times in RFC 3339, UTC; "resolved_at" is null where it still fires at the end.
    """
    from alertdsl_runtime.backtesting import backtest

    rules, bad = _rules(rule, catalog_path)
    source = load_series(data, measurement, labels_of(tags, "--tag"))
    lacking = {one.name: lacking_fields(one, source) for one in rules}
    for said in filter(None, lacking.values()):
        click.echo(f"alertdsl: {said}", err=True)
    rules = [one for one in rules if not lacking[one.name]]
    if not rules:
        return FOUND
    for one in rules:
        for said in unmatched_tags(one, source):
            click.echo(f"alertdsl: {said}", err=True)
    first, last = _time(start, "--start"), _time(end, "--end")
    if first is not None and last is not None and first >= last:
        raise click.BadParameter(f"{end} is not after --start {start}", param_hint="--end")
    found = backtest(rules, source, first, last)
    if form == "json":
        click.echo(
            json.dumps({"episodes": [e.as_dict() for e in found.episodes]}, indent=2, ensure_ascii=False)
        )
    else:
        _tell(found)
    for name, why in {**found.failed, **found.partly}.items():
        click.echo(f"rule {name} could not be evaluated: {why}", err=True)
    return FOUND if bad or found.failed or found.partly or any(lacking.values()) else OK


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


def load_series(path: Path, measurement: str | None, tags: dict[str, str]) -> MemorySource:
    """The series of a CSV or line protocol file."""
    from alertdsl_runtime.ingest import format_of, load_line_protocol
    from alertdsl_runtime.sources.csvfile import load_csv
    from alertdsl_runtime.sources.memory import MemorySource

    if format_of(path) == "lp":
        return MemorySource(load_line_protocol(path), name=path.name)
    return load_csv(path, measurement, tags)


def lacking_fields(rule: Rule, source: MemorySource) -> str:
    """What the rule reads that the file does not have, with what it does have; "" where it has all."""
    from alertdsl.plan.shape import shape_of

    for selector in shape_of(rule).selectors:
        if (selector.measurement, selector.field) not in source.fields:
            have = ", ".join(sorted(f"{m}.{f}" for m, f in source.fields)) or "nothing"
            said = f"rule {rule.name} reads {selector.measurement}.{selector.field}, {source.name} has {have}"
            tags = {tag for labels in source.fields.values() for series in labels.labels for tag, _ in series}
            if selector.field in tags:
                said += f"; {selector.field} is a tag there: a cell of that column is no number"
            one_measurement = len({m for m, _ in source.fields}) == 1
            if one_measurement and any(f == selector.field for _, f in source.fields):
                said += f"; to call its rows {selector.measurement}, add --measurement {selector.measurement}"
            return said
    return ""


def unmatched_tags(rule: Rule, source: MemorySource) -> Iterator[str]:
    """Conditions on tags that no series of the file meets: the rule will see nothing."""
    from alertdsl.plan.shape import shape_of

    for selector in dict.fromkeys(shape_of(rule).selectors):
        series = [dict(labels) for labels in source.fields[selector.measurement, selector.field].labels]
        for matcher in selector.matchers:
            values = {labels.get(matcher.tag, "") for labels in series}
            if matcher.op == "=" and matcher.value not in values:
                has = ", ".join(sorted(values - {""})[:5])
                yield (
                    f"rule {rule.name} reads {selector.measurement}.{selector.field} where {matcher.tag} is {matcher.value!r}: "
                    + (
                        f"in {source.name} it is {has}"
                        if has
                        else f"{source.name} has no such tag; add --tag {matcher.tag}={matcher.value}"
                    )
                )


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
        rows.append(
            (
                episode.rule,
                episode.severity,
                str(facts["fired_at"]),
                str(facts["resolved_at"] or "still firing"),
                _value(episode.value),
                labels_text(episode.labels),
            )
        )
    echo_table(("RULE", "SEVERITY", "FIRED", "RESOLVED", "VALUE", "LABELS"), rows)
    click.echo(f"{len(rows)} episode{'s' if len(rows) != 1 else ''} at {found.instants:,} instants")


def _value(value: object) -> str:
    return "" if value is None else f"{value:.8g}" if isinstance(value, float) else str(value)
