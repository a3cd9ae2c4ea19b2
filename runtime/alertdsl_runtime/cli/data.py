"""``alertdsl ingest`` and ``alertdsl catalog pull``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from alertdsl.cli.database import counted, labels_of
from alertdsl.cli.inputs import measurement_option, tag_option
from alertdsl_runtime.cli.running import config_option, open_settings


@click.command("ingest")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE...",
)
@measurement_option
@tag_option
@click.option(
    "--format", "form", type=click.Choice(["csv", "lp"]), help="Else told by the file's name or first line."
)
@click.option("--precision", type=click.Choice(["ns", "us", "ms", "s"]), default="ns", show_default=True)
@config_option
def ingest(
    files: tuple[Path, ...],
    measurement: str | None,
    tags: tuple[str, ...],
    form: Literal["csv", "lp"] | None,
    precision: str,
    config: Path | None,
) -> None:
    """Write CSV or line protocol into the embedded store; of each file all points or none."""
    from alertdsl_runtime.ingest import ingest_file
    from alertdsl_runtime.opening import open_source
    from alertdsl_runtime.sources.sql import SqlSource

    source = open_source(open_settings(config))
    try:
        if not isinstance(source, SqlSource):
            raise click.UsageError(
                "this configuration reads InfluxDB; write points there with `influx write`"
            )
        for file in files:
            count = ingest_file(
                source,
                file,
                format=form,
                measurement=measurement,
                tags=labels_of(tags, "--tag"),
                precision=precision,
            )
            click.echo(f"{file}: {count} points")
    finally:
        source.close()


@click.group("catalog")
def catalog() -> None:
    """Make a catalog from what a database holds."""


@catalog.command("pull")
@click.option("--bucket", "buckets", multiple=True, help="A bucket to look at; else the configuration's.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Where to write; else standard output.")
@click.option("--plain", is_flag=True, help="Call every field by its own name, known collectors' too.")
@config_option
def pull_catalog(buckets: tuple[str, ...], output: Path | None, plain: bool, config: Path | None) -> None:
    """Write a catalog of the measurements, fields, types and tag values that the database holds, to be edited by hand.

    Fields of collectors that packs know get the packs' names and units.
    """
    from alertdsl.packs.recognising import recognise
    from alertdsl_runtime.opening import open_source
    from alertdsl_runtime.schema_pull import pull
    from alertdsl_runtime.sources.influx import InfluxSource
    from alertdsl_runtime.sources.sql import SqlSource

    source = open_source(open_settings(config))
    try:
        assert isinstance(source, InfluxSource | SqlSource)
        found = pull(source, buckets)
    finally:
        source.close()
    if not found.metrics:
        where = f" in {', '.join(buckets)}" if buckets else ""
        click.echo(f"{source.name} holds no fields{where}", err=True)
    if output is not None and output.exists():
        raise click.ClickException(
            f"{output} exists; choose another name, and merge by hand "
            "(`alertdsl catalog add` adds a pack to what is there)"
        )
    known = None if plain else recognise(found.metrics)
    text = found.as_toml(known)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"{output}: {counted(len(found.metrics), 'metric')}", err=True)
    if known is not None and known.packs:
        click.echo(f"names and units of {', '.join(known.packs)} (--plain leaves them out)", err=True)
