"""``alertdsl silences``: list, add, end."""

from __future__ import annotations

import click

from alertdsl.cli.database import as_json as facts_of
from alertdsl.cli.database import (
    database_option,
    echo_json,
    echo_table,
    json_option,
    open_database,
    shown,
    user,
)


@click.group()
def silences() -> None:
    """Stop notifications for a while; alerts are evaluated all the same."""


@silences.command("add")
@click.argument("matchers", metavar="TAG=VALUE...", nargs=-1)
@click.option("--rule", help="Only alerts of this rule.")
@click.option("--for", "length", default="1h", show_default=True, help="How long.")
@click.option("--comment", default="", help="Why.")
@database_option
@json_option
def add_silence(
    matchers: tuple[str, ...],
    rule: str | None,
    length: str,
    comment: str,
    database: str | None,
    as_json: bool,
) -> None:
    """Silence the alerts with these labels (* stands for any characters), from now on."""
    from alertdsl.semantics.durations import parse_duration
    from alertdsl.store.records import Matcher, NewSilence

    try:
        lasts = parse_duration(length)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--for") from None
    wanted = []
    for one in matchers:
        label, sign, value = one.partition("=")
        if not sign:
            raise click.BadParameter(f"{one!r} is not TAG=VALUE", param_hint="TAG=VALUE")
        wanted.append(Matcher(label, "~" if "*" in value else "=", value))
    with open_database(database) as store:
        rule_id = None if rule is None else store.rules.by_name(rule).id
        new = NewSilence(store.now() + lasts, user(), None, rule_id, tuple(wanted), comment)
        made = store.silences.add(new)
    if as_json:
        echo_json(facts_of(made))
    else:
        click.echo(f"{made.id} until {shown(made.ends_at)}")


@silences.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that have ended too.")
@database_option
@json_option
def list_silences(everything: bool, database: str | None, as_json: bool) -> None:
    """List silences in force and to come."""
    with open_database(database) as store:
        page = store.silences.list(ended=everything)
        names = {s.rule_id: store.rules.get(s.rule_id, deleted=True).name for s in page.items if s.rule_id}
    if as_json:
        echo_json([facts_of(one) for one in page.items])
        return
    if not page.items:
        click.echo("no silences", err=True)
        return
    echo_table(
        ("ID", "UNTIL", "BY", "RULE", "LABELS", "COMMENT"),
        (
            (
                s.id,
                shown(s.ends_at),
                s.author,
                names[s.rule_id] if s.rule_id else "-",
                ", ".join(f"{m.label}{m.op}{m.value}" for m in s.matchers) or "-",
                " ".join(s.comment.split()),
            )
            for s in page.items
        ),
    )


@silences.command("end")
@click.argument("silence_id", metavar="ID")
@database_option
def end_silence(silence_id: str, database: str | None) -> None:
    """End a silence now."""
    with open_database(database) as store:
        store.silences.end(silence_id)
    click.echo(f"{silence_id} ended")
