"""``alertdsl alerts``: list, show, ack."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from alertdsl.cli.database import (
    as_json,
    database_option,
    echo_json,
    echo_more,
    echo_table,
    json_option,
    labels_of,
    labels_text,
    open_database,
    shown,
    user,
)

if TYPE_CHECKING:
    from alertdsl.store.records import Alert, Notification, State

_OPEN = ("pending", "firing", "no data")


@click.group()
def alerts() -> None:
    """Look at alerts and acknowledge them."""


@alerts.command("list")
@click.option("--all", "everything", is_flag=True, help="Resolved ones too.")
@click.option("--state", type=click.Choice([*_OPEN, "resolved"]), multiple=True, help="Only these states.")
@click.option("--severity", help="Only this severity.")
@click.option("--label", multiple=True, metavar="TAG=VALUE", help="Only with this label.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", help="Go on where the list before ended.")
@database_option
@json_option
def list_alerts(
    everything: bool,
    state: tuple[str, ...],
    severity: str | None,
    label: tuple[str, ...],
    limit: int,
    cursor: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """List alerts, the one opened last first."""
    states = cast("tuple[State, ...]", state or ((*_OPEN, "resolved") if everything else _OPEN))
    with open_database(database) as store:
        page = store.alerts.list(
            states=states, severity=severity, labels=labels_of(label, "--label"), limit=limit, cursor=cursor
        )
    if as_json:
        echo_json({"alerts": [_facts(a) for a in page.items], "next_cursor": page.next_cursor})
        return
    if not page.items:
        click.echo(
            "no alerts" if everything or state else "no open alerts (--all lists resolved ones too)", err=True
        )
        return
    echo_table(
        ("ID", "STATE", "SEVERITY", "RULE", "SINCE", "LABELS"),
        (
            (
                a.id,
                _state(a),
                a.severity,
                a.rule_name,
                shown(a.since or a.opened_at),
                labels_text(a.labels),
            )
            for a in page.items
        ),
    )
    echo_more(page.next_cursor)


@alerts.command("show")
@click.argument("alert_id", metavar="ID")
@database_option
@json_option
def show_alert(alert_id: str, database: str | None, as_json: bool) -> None:
    """Show an alert with its history: every transition, and every notification that was owed.

    Of the ID as much is enough as no other alert's begins with.
    """
    with open_database(database) as store:
        detail = store.alerts.get(store.alerts.id_of(alert_id))
    alert = detail.alert
    if as_json:
        history = {
            "transitions": [_facts(t) for t in detail.transitions],
            "notifications": [_facts(n) for n in detail.notifications],
        }
        echo_json(_facts(alert) | history)
        return
    rows = [
        ("rule", f"{alert.rule_name} (version {alert.rule_version})"),
        ("labels", labels_text(alert.labels)),
        ("state", _state(alert)),
        ("severity", alert.severity),
        ("value", "-" if alert.value is None else str(alert.value)),
        ("since", shown(alert.since) or "-"),
        ("started", shown(alert.started_at) or "-"),
        ("resolved", f"{shown(alert.resolved_at)} {alert.reason}".strip() or "-"),
        (
            "acknowledged",
            f"{alert.acknowledged_by} {shown(alert.acknowledged_at)} {alert.acknowledged_note}".strip()
            or "-",
        ),
    ]
    if alert.error:
        rows.append(("error", alert.error))
    for name, value in rows:
        click.echo(f"{name + ':':14}{value}")
    click.echo("\nTransitions")
    for t in detail.transitions:
        value = "" if t.value is None else f"  value {t.value}"
        click.echo(
            f"  {shown(t.t)}  {t.from_state} -> {t.to_state}  {t.severity}{value}  {t.reason}".rstrip()
        )
    click.echo("\nNotifications")
    for n in detail.notifications:
        said = f"sent {shown(n.sent_at)}" if n.sent_at is not None else _unsent(n)
        click.echo(f"  {shown(n.t)}  {n.kind} to {n.target}: {said}")
    if not detail.notifications:
        click.echo("  none")


@alerts.command("ack")
@click.argument("alert_id", metavar="ID")
@click.option("--by", default=user, show_default="you", help="Who takes it on.")
@click.option("--note", default="", help="What others should know.")
@database_option
@json_option
def acknowledge(alert_id: str, by: str, note: str, database: str | None, as_json: bool) -> None:
    """Say that you have taken an alert on: it is not repeated or escalated until it resolves or gets worse.

    Of the ID as much is enough as no other alert's begins with.
    """
    with open_database(database) as store:
        alert = store.alerts.acknowledge(store.alerts.id_of(alert_id), by=by, note=note)
    if alert.resolved_at is not None:
        raise click.ClickException(f"alert {alert.id} has ended at {shown(alert.resolved_at)}")
    if as_json:
        echo_json(_facts(alert))
    else:
        click.echo(f"{alert.id} acknowledged by {alert.acknowledged_by}")


def _unsent(item: Notification) -> str:
    return (
        "held until a silence ends" if item.status == "held" else f"{item.status} {item.last_error}".strip()
    )


def _state(alert: Alert) -> str:
    extra = [text for text, on in (("no data", alert.no_data), ("acknowledged", alert.acknowledged_at)) if on]
    return f"{alert.state} ({', '.join(extra)})" if extra and alert.state != "no data" else alert.state


def _facts(record: object) -> dict[str, object]:
    return as_json(record)
