"""``alertdsl catalog``: add packs to a catalog, list them, compare; with the engine installed, also ``pull``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alertdsl.cli.extending import ExtendedGroup
from alertdsl.cli.inputs import CATALOG, find_catalog

if TYPE_CHECKING:
    from alertdsl.packs import Pack

catalog_option = click.option(
    "--catalog",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The catalog. Else the nearest {CATALOG}, or a new one in this folder.",
)


@click.group(
    cls=ExtendedGroup,
    elsewhere={"pull": ("alertdsl-runtime", "Write a catalog of what the database holds.")},
)
def catalog() -> None:
    """Say what the words of rules mean: from packs for common collectors, or from what a database holds."""


@catalog.command("add")
@click.argument("names", nargs=-1, required=True, metavar="PACK...")
@catalog_option
@click.option("--bucket", default="", help="The bucket of the metrics. Else the configuration's.")
@click.option(
    "--interval", help="How often the collector reads, where that is not about every minute or less: 5m."
)
@click.option(
    "--without", multiple=True, metavar="PHRASE", help="A metric or an alias of the packs to leave out."
)
@click.option("--dry-run", is_flag=True, help="Print the catalog as it would be, and write nothing.")
def add(
    names: tuple[str, ...],
    path: Path | None,
    bucket: str,
    interval: str | None,
    without: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Write packs into the catalog, at its end. What is there stays as it is; what a pack has more is added.

    PACK is a name such as telegraf-cpu, or a plugin's: cpu. `alertdsl catalog packs` lists them.
    """
    from alertdsl.packs.file import CatalogText
    from alertdsl.packs.merging import add_packs
    from alertdsl.semantics.durations import parse_duration

    try:
        every = None if interval is None else parse_duration(interval)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--interval") from None
    file = path or find_catalog(None) or Path(CATALOG)
    packs = _named(names)
    before = CatalogText.read(file)
    done = add_packs(before.text, packs, bucket=bucket, interval=every, without=without, file=str(file))
    if dry_run:
        click.echo(done.text, nl=False)
    elif done.text != before.text:
        before.write(done.text)
    for pack, metrics in done.added.items():
        click.echo(f"{file}: {pack}: {', '.join(metrics)}", err=dry_run)
    if done.text == before.text:
        click.echo(f"{file}: nothing to add", err=dry_run)
    for sentence in done.kept:
        click.echo(f"note: {sentence}", err=True)


@catalog.command("packs")
@click.argument("names", nargs=-1, metavar="[PACK]...")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: name, summary, plugin, source, traps, metrics."
)
def list_packs(names: tuple[str, ...], as_json: bool) -> None:
    """List the packs with their metrics; of the packs named, everything there is to know."""
    import json

    from alertdsl.packs import all_packs

    packs = _named(names) or all_packs()
    if as_json:
        click.echo(json.dumps([_facts(pack) for pack in packs], ensure_ascii=False, indent=2))
        return
    for place, pack in enumerate(packs):
        if names:
            click.echo(("\n" if place else "") + _whole(pack))
        else:
            click.echo(f"{pack.name}: {pack.summary}")
            click.echo(click.wrap_text(", ".join(m.name for m in pack.metrics), 100, "    ", "    "))


@catalog.command("check")
@catalog_option
def check(path: Path | None) -> None:
    """Compare a catalog with the packs, and find phrases that mean two things.

    Differences are only told; phrases with two meanings make exit code 1.
    """
    from alertdsl import load_catalog
    from alertdsl.packs import all_packs
    from alertdsl.packs.comparing import ambiguous, compare

    file = path or find_catalog(None)
    if file is None:
        raise click.UsageError(f"there is no {CATALOG} here: name one with --catalog")
    found = load_catalog(file)
    for sentence in compare(found, all_packs()):
        click.echo(f"{file}: {sentence}")
    twice = ambiguous(found)
    for sentence in twice:
        click.echo(f"{file}: {sentence}", err=True)
    if twice:
        raise click.exceptions.Exit(1)


def _named(names: tuple[str, ...]) -> list[Pack]:
    from alertdsl.packs import UnknownPack, find_pack

    try:
        return list({pack.name: pack for pack in map(find_pack, names)}.values())
    except UnknownPack as problem:
        raise click.BadParameter(str(problem), param_hint="PACK") from None


def _whole(pack: Pack) -> str:
    lines = [f"{pack.name}: {pack.summary}", f"  {pack.source}", ""]
    for metric in pack.metrics:
        unit = f" ({metric.unit})" if metric.unit else ""
        lines.append(f"  {', '.join((metric.name, *metric.aliases))}{unit}")
        lines.append(f"      {pack.entry('metrics', metric.name).meaning}")
    for entity in pack.entities:
        lines += [f"  {entity.name}", f"      {pack.entry('entities', entity.name).meaning}"]
    lines += ["", "  Good to know", *(click.wrap_text(trap, 100, "  * ", "    ") for trap in pack.traps)]
    return "\n".join(lines)


def _facts(pack: Pack) -> dict[str, Any]:
    return {
        "name": pack.name,
        "summary": pack.summary,
        "plugin": pack.plugin,
        "source": pack.source,
        "traps": pack.traps,
        "metrics": [
            {
                "name": metric.name,
                "aliases": metric.aliases,
                "unit": metric.unit,
                "kind": metric.kind,
                "meaning": pack.entry("metrics", metric.name).meaning,
            }
            for metric in pack.metrics
        ],
    }
