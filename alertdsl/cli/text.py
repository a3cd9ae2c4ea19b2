"""What needs only the compiler: compile, explain, format, lint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alertdsl.cli.exits import FOUND, OK
from alertdsl.cli.inputs import (
    STDIN,
    catalog_option,
    find_catalog,
    measurement_option,
    open_catalog,
    path_of,
    read,
    rule_files,
    source_of,
    tag_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alertdsl.diagnostics import Diagnostic
    from alertdsl.semantics.typed import Rule

rule_argument = click.argument("rule", metavar="RULE|FILE|-")
name_option = click.option("--rule", "name", help="Only the rule of this name.")
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command("compile")
@rule_argument
@catalog_option
@name_option
@click.option("--bucket", envvar="INFLUXDB_V2_BUCKET", help="The bucket of metrics that name none.")
@click.option("--at", metavar="TIME", help="Look at this instant (RFC 3339); else at the newest.")
@json_option
def compile_command(
    rule: str,
    catalog_path: Path | None,
    name: str | None,
    bucket: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Print the self-contained Flux script of each rule: run it in InfluxDB to see what a rule reads and decides.

    --json: [{"rule", "flux", "engine": [[part, reason], ...]}], `engine` being what Flux cannot express.
    """
    from alertdsl import compile as compile_rules
    from alertdsl import resolve

    source, catalog, instant = source_of(rule), open_catalog(catalog_path, rule), _time(at)
    rules = resolve(source, catalog)
    scripts = compile_rules(source, catalog, default_bucket=bucket, at=instant)
    chosen = [(r, s) for r, s in zip(rules, scripts, strict=True) if name is None or r.name == name]
    _some(chosen, name, rules)
    if as_json:
        _json(
            [{"rule": r.name, "flux": s.text, "engine": [list(why) for why in s.engine]} for r, s in chosen]
        )
    else:
        click.echo("\n".join(s.text for _, s in chosen), nl=False)


@click.command("explain")
@rule_argument
@catalog_option
@name_option
@click.option("--now", is_flag=True, help="Tell how each series stands, from the configured source.")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Tell how each series stands after the last point of a CSV or line protocol file.",
)
@measurement_option
@tag_option
@click.option("--at", metavar="TIME", help="With --now or --data: at this instant (RFC 3339).")
@json_option
def explain_command(
    rule: str,
    catalog_path: Path | None,
    name: str | None,
    now: bool,
    data: Path | None,
    measurement: str | None,
    tags: tuple[str, ...],
    at: str | None,
    as_json: bool,
) -> None:
    """Say in plain English what will fire, for which series, how `for` was bound, what happens without data, and what is read.
    With --now or --data also each series' values, and how far it is from firing, the nearest first.

    --json: [{"rule", "explanation"}], with --now or --data also "now": {"at", "failed", "notes", "series": [{"labels",
    "state", "since", "parts": [{"text", "truth", "value", "bound", "distance", "unit"}]}]}.
    """
    from alertdsl import resolve
    from alertdsl.explanation import explain_rule

    rules = resolve(source_of(rule), open_catalog(catalog_path, rule))
    chosen = [r for r in rules if name is None or r.name == name]
    _some(chosen, name, rules)
    stands = _standing(chosen, now, data, measurement, tags, _time(at), find_catalog(catalog_path, rule))
    if as_json:
        told = [{"rule": r.name, "explanation": explain_rule(r)} for r in chosen]
        _json([t | {"now": facts} for t, (_, facts) in zip(told, stands, strict=True)] if stands else told)
    else:
        texts = [explain_rule(r) for r in chosen]
        if stands:
            texts = [f"{text}\n{lines}\n" for text, (lines, _) in zip(texts, stands, strict=True)]
        click.echo("\n".join(texts).rstrip("\n"))


def _standing(
    rules: list[Rule],
    now: bool,
    data: Path | None,
    measurement: str | None,
    tags: tuple[str, ...],
    at: int | None,
    config: Path | None,
) -> list[tuple[str, dict[str, object]]]:
    """How the rules' series stand, text and facts a rule; nothing where that is not asked for."""
    if not now and data is None:
        if at is not None:
            raise click.UsageError("--at needs --now or --data")
        return []
    if now and data is not None:
        raise click.UsageError("--now reads the configured source, --data a file: choose one")
    service = _service("standing")
    found: list[tuple[str, dict[str, object]]]
    if data is None:
        found = service.on_source(rules, config, at)
        return found
    found = service.on_file(rules, data, measurement, tags, at)
    return found


def _service(name: str) -> Any:
    """The module that another package offers under this name, where it is installed."""
    from importlib.metadata import entry_points

    point = next(iter(entry_points(group="alertdsl.services", name=name)), None)
    if point is None:
        raise click.UsageError("looking at series needs another package: pip install alertdsl-runtime")
    return point.load()


@click.command("format")
@click.argument("files", nargs=-1, metavar="FILE|-...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if something would be.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would be.")
def format_command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write rule files in their canonical spelling, comments kept. Without files, or with -, from standard input to standard
    output. A file with a mistake is told and left as it is, the others are formatted."""
    from alertdsl.diagnostics import AlertDslError

    code = OK
    for given in _each(files or (STDIN,)):
        try:
            changed = _format(given, check=check, diff=diff)
        except AlertDslError as problem:
            click.echo(str(problem), err=True)
            code = FOUND
        else:
            code = FOUND if changed and (check or diff) else code
    return code


def _format(given: str, *, check: bool, diff: bool) -> bool:
    """Whether a file's formatted text differs; it is written unless asked only to look."""
    from alertdsl.syntax.format import format_rule_text

    text, file = read(given)
    new = format_rule_text(text, file)
    if given == STDIN and not (check or diff):
        click.echo(new.rstrip("\n"))
        return False
    if new.rstrip("\n") == text.rstrip("\n") and (given == STDIN or new == text):
        return False
    if diff:
        click.echo(_diff(text, new, file), nl=False)
    if check:
        click.echo(f"{file} is not formatted", err=True)
    if not (check or diff):
        Path(given).write_text(new, "utf-8", newline="\n")
        click.echo(f"{file} formatted", err=True)
    return True


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, metavar="RULE|PATH|-...")
@catalog_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
def lint_command(paths: tuple[str, ...], catalog_path: Path | None, form: str) -> int:
    """Check rules: syntax, names, types and units, and likely mistakes. Folders are searched for *.alert.

    \b
    --format json: [{"code", "severity", "message", "hint", "file", "line", "column", "end_line", "end_column",
    "start", "end", "fixes"}]. Exit code 1 where there is an error; warnings alone are 0.
    """
    from alertdsl.diagnostics import AlertDslError, Severity
    from alertdsl.lint import lint_files, render_github, render_json, render_text

    given = _each(paths)
    if not given:
        raise click.UsageError(f"no rule files in {', '.join(paths)}")
    found: list[Diagnostic] = []
    texts: dict[Path | None, list[tuple[str, str]]] = {}
    for one in given:
        try:
            text, file = read(one)
        except AlertDslError as problem:
            found.extend(problem.diagnostics)
        else:
            texts.setdefault(find_catalog(catalog_path, one), []).append((file, text))
    for catalog, some in texts.items():
        found.extend(lint_files(some, open_catalog(catalog)))
    said = {"text": render_text, "json": render_json, "github": render_github}[form](found).rstrip("\n")
    if said:
        click.echo(said)
    return FOUND if any(d.severity is Severity.ERROR for d in found) else OK


def _each(given: Iterable[str]) -> list[str]:
    """The arguments, folders replaced by their rule files."""
    out: list[str] = []
    for one in given:
        path = path_of(one)
        out.extend([one] if path is None else map(str, rule_files([path])))
    return list(dict.fromkeys(out))


def _time(given: str | None) -> int | None:
    """Nanoseconds of an RFC 3339 time."""
    from datetime import UTC, datetime, timedelta

    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"not a time like 2026-01-31T06:00:00Z: {given!r}", param_hint="--at")
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1) * 1000


def _some(chosen: object, name: str | None, rules: tuple[Rule, ...]) -> None:
    if not chosen and name is not None:
        raise click.UsageError(f"there is no rule {name!r}; there are {', '.join(r.name for r in rules)}")


def _json(value: object) -> None:
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _diff(old: str, new: str, file: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), file, f"{file} (formatted)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
