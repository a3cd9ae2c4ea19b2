"""What needs only the compiler: compile, explain, format, lint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertdsl.cli.exits import FOUND, OK
from alertdsl.cli.inputs import catalog_option, open_catalog, read, rule_files, source_of

if TYPE_CHECKING:
    from alertdsl.semantics.typed import Rule

rule_argument = click.argument("rule", metavar="RULE|FILE")
name_option = click.option("--rule", "name", help="Only the rule of this name.")
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command("compile")
@rule_argument
@catalog_option
@name_option
@click.option("--bucket", help="The bucket of metrics that name none.")
@json_option
def compile_command(
    rule: str, catalog_path: Path | None, name: str | None, bucket: str | None, as_json: bool
) -> None:
    """Print the self-contained Flux script of each rule: run it in InfluxDB to see what a rule reads and decides."""
    from alertdsl import compile as compile_rules

    catalog = open_catalog(catalog_path, rule)
    scripts = compile_rules(source_of(rule), catalog, default_bucket=bucket)
    rules = _rules(rule, catalog_path)
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
def explain_command(rule: str, catalog_path: Path | None, name: str | None) -> None:
    """Say in plain English what will fire, for which series, how `for` was bound, and what happens without data."""
    from alertdsl.explanation import explain_rule

    rules = _rules(rule, catalog_path)
    chosen = [r for r in rules if name is None or r.name == name]
    _some(chosen, name, rules)
    click.echo("\n".join(explain_rule(r) for r in chosen), nl=False)


@click.command("format")
@click.argument("files", nargs=-1, metavar="FILE|-...")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if something would be.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would be.")
def format_command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Write rule files in their canonical spelling, comments kept. Without files, or with -, from standard input."""
    from alertdsl.syntax.format import format_rule_text

    if not files or files == ("-",):
        click.echo(format_rule_text(sys.stdin.read(), "<stdin>").rstrip("\n"))
        return OK
    changed = 0
    for path in rule_files([Path(file) for file in files]):
        text, file = read(str(path))
        new = format_rule_text(text, file)
        if new == text:
            continue
        changed += 1
        if diff:
            click.echo(_diff(text, new, file), nl=False)
        if check:
            click.echo(f"{file} is not formatted", err=True)
        if not (check or diff):
            path.write_text(new, "utf-8")
            click.echo(f"{file} formatted", err=True)
    return FOUND if changed and (check or diff) else OK


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, metavar="RULE|PATH...")
@catalog_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
def lint_command(paths: tuple[str, ...], catalog_path: Path | None, form: str) -> int:
    """Check rules: syntax, names, types and units, and likely mistakes. Folders are searched for *.alert."""
    from alertdsl.diagnostics import AlertDslError, Diagnostic, Severity
    from alertdsl.lint import lint_files, render_github, render_json, render_text

    texts: list[tuple[str, str]] = []
    unread: list[Diagnostic] = []
    for path in _each(paths):
        try:
            text, file = read(path)
            texts.append((file, text))
        except AlertDslError as problem:
            unread.extend(problem.diagnostics)
    if not texts and not unread:
        raise click.UsageError(f"no rule files in {', '.join(paths)}")
    found = (*unread, *lint_files(texts, open_catalog(catalog_path, paths[0])))
    render = {"text": render_text, "json": render_json, "github": render_github}[form]
    said = render(found).rstrip("\n")
    if said:
        click.echo(said)
    return FOUND if any(d.severity is Severity.ERROR for d in found) else OK


def _each(given: tuple[str, ...]) -> list[str]:
    out: list[str] = []
    for one in given:
        folder = Path(one) if len(one) < 4096 and "\n" not in one else None
        out.extend(str(path) for path in rule_files([folder])) if folder and folder.is_dir() else out.append(
            one
        )
    return out


def _rules(given: str, catalog_path: Path | None) -> tuple[Rule, ...]:
    from alertdsl import resolve

    return resolve(source_of(given), open_catalog(catalog_path, given))


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
