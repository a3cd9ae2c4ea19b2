"""Resources: the language, the catalog, each rule and alert; and completion of their names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    ListResourcesResult,
    PaginatedRequestParams,
    PromptReference,
    Resource,
    ResourceTemplateReference,
)

from alertdsl import AlertDslError
from alertdsl.store import NotFoundError, StoreError
from alertdsl_mcp.cheatsheet import cheat_sheet
from alertdsl_mcp.errors import from_store
from alertdsl_mcp.facts import AlertPage
from alertdsl_mcp.health import health
from alertdsl_mcp.results import cell, when
from alertdsl_mcp.search import find_metrics
from alertdsl_mcp.views import alert_facts, alert_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server import MCPServer

    from alertdsl_mcp.app import App

LANGUAGE, CATALOG, ALERTS = "alertdsl://language", "alertdsl://catalog", "alertdsl://alerts"
RULE, ALERT = "alertdsl://rules/", "alertdsl://alerts/"
JSON, MARKDOWN = "application/json", "text/markdown"
_PAGE = 50
_COMPLETED = 100
_MOST_METRICS = 1000


def register(server: MCPServer[None], app: App) -> None:
    """Add the resources, their list and their completion to the server."""

    @server.resource(
        LANGUAGE, title="The alert language", mime_type=MARKDOWN, description="How to write rules, on a page."
    )
    def language() -> str:
        return cheat_sheet()

    @server.resource(CATALOG, title="Catalog", mime_type=JSON, description="The names that rules may use.")
    def catalog() -> str:
        return _told(lambda: find_metrics(app.catalog, "", _MOST_METRICS).model_dump(exclude_defaults=True))

    @server.resource(ALERTS, title="Open alerts", mime_type=JSON, description="The alerts that are open now.")
    def open_alerts() -> str:
        return _told(lambda: _open_alerts(app))

    @server.resource(
        "alertdsl://health", title="Health", mime_type=JSON, description="`pass` or why not, for each part."
    )
    def state() -> str:
        return _told(lambda: health(app).model_dump())

    @server.resource(
        RULE + "{rule_id}", title="Alert rule", mime_type=JSON, description="A rule: its text and versions."
    )
    def rule(rule_id: str, ctx: Context) -> str:
        return _told(lambda: _rule(app, rule_id))

    @server.resource(
        ALERT + "{alert_id}", title="Alert", mime_type=JSON, description="An alert with its history."
    )
    def alert(alert_id: str, ctx: Context) -> str:
        return _told(lambda: _alert(app, alert_id))

    _list_pages(server, app)
    _complete(server, app)


def _told(make: Callable[[], Any]) -> str:
    """JSON of what is made, or an error that says what is wrong and nothing more."""
    try:
        return json.dumps(make(), ensure_ascii=False, separators=(",", ":"))
    except NotFoundError as error:
        raise ResourceNotFoundError(str(error)) from None
    except StoreError as error:
        raise ResourceError(from_store(error).message) from None
    except AlertDslError as error:
        raise ResourceError(error.message) from None


def _rule(app: App, rule_id: str) -> dict[str, Any]:
    principal = app.principal()
    rule = app.rule(rule_id, principal)
    versions = app.store.rules.history(rule.id, owner=principal.sees)
    return {
        "id": rule.id,
        "name": rule.name,
        "version": rule.version,
        "enabled": rule.enabled,
        "severity": rule.severity,
        "text": rule.text,
        "canonical": rule.canonical,
        "updated_at": when(rule.updated_at),
        "errors": [
            e.message for e in app.store.rules.errors(rule.id, owner=principal.sees) if e.ended_t is None
        ],
        "versions": [{"version": v.version, "at": when(v.created_at), "by": v.author} for v in versions[:20]],
    }


def _alert(app: App, alert_id: str) -> dict[str, Any]:
    detail = app.store.alerts.get(alert_id, owner=app.principal().sees)
    rule = app.store.rules.get(detail.alert.rule_id, deleted=True)
    return alert_facts(detail, rule, app.store.silences.active()).model_dump(exclude_defaults=True)


def _open_alerts(app: App) -> dict[str, Any]:
    page = app.store.alerts.list(
        owner=app.principal().sees, states=("pending", "firing", "no data"), limit=200
    )
    silences = app.store.silences.active()
    rows = [alert_row(one, silences) for one in page.items]
    return AlertPage(alerts=rows, now=when(app.store.now())).model_dump(exclude_defaults=True)


def _list_pages(server: MCPServer[None], app: App) -> None:
    """List the fixed resources, then the rules, in pages; the SDK lists no instances of templates."""

    async def handle(_: Any, params: PaginatedRequestParams | None) -> ListResourcesResult:
        cursor = params.cursor if params is not None else None
        fixed = [] if cursor else await server.list_resources()
        try:
            page = await to_thread.run_sync(
                lambda: app.store.rules.list(owner=app.principal().sees, cursor=cursor, limit=_PAGE)
            )
        except StoreError as error:
            if cursor:
                raise MCPError(code=INVALID_PARAMS, message=from_store(error).message) from None
            return ListResourcesResult(resources=fixed)
        rules = [
            Resource(uri=f"{RULE}{one.id}", name=one.id, title=cell(one.name), mime_type=JSON)
            for one in page.items
        ]
        return ListResourcesResult(resources=[*fixed, *rules], next_cursor=page.next_cursor)

    server._lowlevel_server.add_request_handler("resources/list", PaginatedRequestParams, handle)


def _complete(server: MCPServer[None], app: App) -> None:
    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]
    async def complete(ref: Any, argument: Any, context: Any) -> Completion | None:
        if not isinstance(ref, PromptReference | ResourceTemplateReference):
            return None
        find = {"rule_id": _rule_ids, "alert_id": _alert_ids}.get(argument.name)
        if find is None:
            return None
        found = await to_thread.run_sync(find, app, argument.value)
        return Completion(values=found[:_COMPLETED], total=len(found), has_more=len(found) > _COMPLETED)


def _rule_ids(app: App, start: str) -> list[str]:
    """Ids that begin so, and ids of rules whose name does."""
    page = app.store.rules.list(owner=app.principal().sees, limit=1000)
    wanted = start.casefold()
    return [r.id for r in page.items if r.id.startswith(start) or r.name.casefold().startswith(wanted)]


def _alert_ids(app: App, start: str) -> list[str]:
    page = app.store.alerts.list(owner=app.principal().sees, limit=1000)
    return [a.id for a in page.items if a.id.startswith(start)]
