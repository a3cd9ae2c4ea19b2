"""``alertdsl rules``: add, list, show, remove, enable, disable, rearm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alertdsl.cli.database import as_json as facts_of
from alertdsl.cli.database import (
    database_option,
    echo_json,
    echo_more,
    echo_table,
    json_option,
    labels_of,
    labels_text,
    open_database,
    user,
)
from alertdsl.cli.inputs import catalog_option, open_catalog, path_of, read, source_of

if TYPE_CHECKING:
    from alertdsl.store import Store
    from alertdsl.store.records import NewRule, Rule

_MOST_SHOWN = 10
"""How many label sets are named one by one."""


@click.group()
def rules() -> None:
    """Add, list, remove, enable, disable and re-arm stored rules."""


@rules.command("add")
@click.argument("rule", metavar="RULE|FILE|-")
@click.option("--name", help="The name of a lone condition.")
@click.option("--replace", is_flag=True, help="Give rules of these names the new text; their alerts stay.")
@catalog_option
@database_option
@json_option
def add_rule(
    rule: str,
    name: str | None,
    replace: bool,
    catalog_path: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Check rules and store them; the engine takes them up at its next look. Of a file all are good, or none is stored."""
    new = _new_rules(rule, name, catalog_path)
    with open_database(database) as store:
        old = {one.name: found for one in new if (found := _named(store, one.name)) is not None}
        if old and not replace:
            raise click.ClickException(
                f"there is already a rule {', '.join(old)}; --replace gives it the new text"
            )
        stored = [_put(store, one, old.get(one.name)) for one in new]
    if as_json:
        echo_json([facts_of(one) for one in stored])
    else:
        for one in stored:
            did = (
                "added"
                if one.name not in old
                else "replaced"
                if one.version > old[one.name].version
                else "unchanged"
            )
            click.echo(f"{one.name} {did} as {one.id}")


@rules.command("list")
@click.option("--search", default="", help="Only rules with this in name, title or text.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", help="Go on where the list before ended.")
@database_option
@json_option
def list_rules(search: str, limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List the stored rules, with what is wrong with those that cannot be evaluated."""
    with open_database(database) as store:
        page = store.rules.list(search=search, limit=limit, cursor=cursor)
        errors = {one.id: [e.message for e in store.rules.errors(one.id)] for one in page.items}
    if as_json:
        items = [facts_of(one) | {"errors": errors[one.id]} for one in page.items]
        echo_json({"rules": items, "next_cursor": page.next_cursor})
        return
    if not page.items:
        click.echo("no rules", err=True)
        return
    echo_table(
        ("NAME", "STATE", "SEVERITY", "VERSION", "RULE"),
        (
            (
                one.name,
                _state(one, errors[one.id]),
                one.severity,
                str(one.version),
                _first_line(one.canonical),
            )
            for one in page.items
        ),
    )
    for one in page.items:
        for message in errors[one.id]:
            click.echo(f"\n{one.name}: {message}")
    echo_more(page.next_cursor)


@rules.command("show")
@click.argument("rule", metavar="NAME|ID")
@database_option
@json_option
def show_rule(rule: str, database: str | None, as_json: bool) -> None:
    """Show a stored rule: its text, and the versions before it."""
    with open_database(database) as store:
        found = _find(store, rule)
        versions = store.rules.history(found.id)
        disarmed = store.alerts.disarmed(found.id)
    if as_json:
        more = {"versions": [facts_of(v) for v in versions], "disarmed": [dict(one) for one in disarmed]}
        echo_json(facts_of(found) | more)
        return
    click.echo(found.text.rstrip())
    click.echo(
        f"\nversion {found.version} of {len(versions)}, {'enabled' if found.enabled else 'disabled'}",
        err=True,
    )
    if disarmed:
        some = "; ".join(labels_text(one) for one in disarmed[:_MOST_SHOWN])
        more_sets = f" and {len(disarmed) - _MOST_SHOWN} more" if len(disarmed) > _MOST_SHOWN else ""
        click.echo(f"has fired once, and fires no more for: {some}{more_sets}", err=True)


@rules.command("remove")
@click.argument("names", metavar="NAME|ID...", nargs=-1, required=True)
@database_option
def remove_rules(names: tuple[str, ...], database: str | None) -> None:
    """Remove rules; their alerts resolve with the reason `deleted`."""
    with open_database(database) as store:
        for found in [_find(store, name) for name in names]:
            store.rules.delete(found.id)
            click.echo(f"{found.name} removed")
            for other in _asking(store, found):
                said = f"{other} asks whether {found.name} is firing: it cannot be evaluated until there is such a rule again"
                click.echo(f"alertdsl: {said}", err=True)


@rules.command("enable")
@click.argument("names", metavar="NAME|ID...", nargs=-1, required=True)
@database_option
def enable_rules(names: tuple[str, ...], database: str | None) -> None:
    """Evaluate rules again."""
    with open_database(database) as store:
        for found in [_find(store, name) for name in names]:
            store.rules.enable(found.id)
            click.echo(f"{found.name} enabled")


@rules.command("disable")
@click.argument("names", metavar="NAME|ID...", nargs=-1, required=True)
@database_option
def disable_rules(names: tuple[str, ...], database: str | None) -> None:
    """Stop evaluating rules; their alerts resolve with the reason `disabled`."""
    with open_database(database) as store:
        for found in [_find(store, name) for name in names]:
            store.rules.disable(found.id)
            click.echo(f"{found.name} disabled")


@rules.command("rearm")
@click.argument("rule", metavar="NAME|ID")
@click.argument("labels", metavar="[TAG=VALUE]...", nargs=-1)
@database_option
def rearm_rule(rule: str, labels: tuple[str, ...], database: str | None) -> None:
    """Let a rule with `once` fire again, where it has: everywhere, or for the alerts with these labels."""
    wanted = labels_of(labels, "[TAG=VALUE]...")
    with open_database(database) as store:
        found = _find(store, rule)
        some = [one for one in store.alerts.disarmed(found.id) if wanted.items() <= one.items()]
        for one in some if wanted else [None] if some else []:
            store.alerts.rearm(found.id, one)
    if not some:
        click.echo(f"{found.name} is armed: nothing to do", err=True)
    for one in some:
        click.echo(f"{found.name} armed again for {labels_text(one)}")


def _new_rules(given: str, name: str | None, catalog_path: Path | None) -> list[NewRule]:
    from alertdsl import meaning_hash, resolve
    from alertdsl.store.records import NewRule

    catalog = open_catalog(catalog_path, given)
    if name is None:
        typed = resolve(source_of(given), catalog)
        file = given if path_of(given) is not None else ""
    else:
        text, file = read(given)
        typed = resolve(f"rule {name}\n  when {text.strip()}\n", catalog)
    return [
        NewRule(
            name=rule.name,
            text=rule.text,
            canonical=rule.text,
            meaning=meaning_hash(rule),
            title=rule.title or "",
            severity=rule.severity,
            source="" if file.startswith("<") else file,
        )
        for rule in typed
    ]


def _asking(store: Store, rule: Rule) -> list[str]:
    """The names of the rules that ask about one."""
    from alertdsl.semantics.dependencies import mentioned

    others = store.rules.active(owner=rule.owner)
    return [one.name for one in others if rule.name in mentioned(one.canonical)]


def _put(store: Store, new: NewRule, old: Rule | None) -> Rule:
    author = user()
    return (
        store.rules.add(new, author=author) if old is None else store.rules.update(old.id, new, author=author)
    )


def _named(store: Store, name: str) -> Rule | None:
    from alertdsl.store import NotFoundError

    try:
        return store.rules.by_name(name)
    except NotFoundError:
        return None


def _find(store: Store, given: str) -> Rule:
    return _named(store, given) or store.rules.get(given)


def _state(rule: Rule, errors: list[str]) -> str:
    return "disabled" if not rule.enabled else "error" if errors else "enabled"


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    when = next((line for line in lines if line.startswith("when ")), lines[0] if lines else "")
    return when.removeprefix("when ")
