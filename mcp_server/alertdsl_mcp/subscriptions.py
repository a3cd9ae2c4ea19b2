"""Change notifications, to clients of both protocol eras.

Alerts change in another process, the engine's: what clients have subscribed to is looked at every other second while anyone
has, and a change is told to `subscriptions/listen` streams (2026-07-28) and to connections that sent `resources/subscribe`
(before it). Only what a client may see can be subscribed to.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from mcp import MCPError
from mcp.server import NotificationOptions
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ResourceUpdated,
)
from mcp.types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    UnsubscribeRequestParams,
)

from alertdsl.store import NotFoundError, StoreError
from alertdsl_mcp.resources import ALERT, ALERTS, RULE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.server import MCPServer

    from alertdsl_mcp.app import App

_LOG = logging.getLogger("alertdsl.mcp")
EVERY_S = 2.0
MOST_WATCHED = 1000
MOST_LISTENING = 500
_RULES = "alertdsl://rules"
"""Not a resource: what changes when the list of resources does."""

Watched = tuple[str, str | None]
"""A resource, and the owner as whom it is looked at."""


class Subscriptions:
    """What is watched for whom, and the task that watches."""

    def __init__(self, app: App, every_s: float = EVERY_S) -> None:
        self.app = app
        self.every_s = every_s
        self.bus = InMemorySubscriptionBus()
        self.listening = ListenHandler(self.bus, max_subscriptions=MOST_LISTENING)
        self._watched: Counter[Watched] = Counter()
        self._seen: dict[Watched, object] = {}
        self._legacy: dict[Any, tuple[Any, set[Watched]]] = {}
        self._looked_at = float("-inf")
        self._server: MCPServer[None] | None = None
        self._fixed: set[str] = set()
        """Resources that are always there, as of the first subscription."""

    def register(self, server: MCPServer[None]) -> None:
        """Put the handlers of both eras on the server."""
        self._server = server
        low = server._lowlevel_server
        low.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, self._listen)
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)
        announce = low.create_initialization_options

        def options(_: Any = None, *args: Any, **kwargs: Any) -> Any:
            return announce(
                NotificationOptions(prompts_changed=False, resources_changed=True, tools_changed=False),
                *args,
                **kwargs,
            )

        low.create_initialization_options = options  # type: ignore[method-assign, assignment]

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """Watch while the server serves. Over SSE there is one lifespan a connection; whoever comes first looks for all."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch)
            try:
                yield None
            finally:
                tasks.cancel_scope.cancel()

    def close(self) -> None:
        """End all listen streams, so that the server can stop."""
        self.listening.close()

    # ------------------------------------------------------------ what clients ask for

    async def _listen(self, ctx: Any, params: SubscriptionsListenRequestParams) -> Any:
        """Serve a stream of the new era: only what the client may see, and watched as long as the stream lasts."""
        owner = self.app.principal().sees
        wanted = list(dict.fromkeys(map(str, params.notifications.resource_subscriptions or ())))
        watched = [(uri, owner) for uri in wanted if await self._known((uri, owner))]
        if params.notifications.resources_list_changed:
            watched.append((_RULES, owner))
        asked = params.notifications.model_copy(
            update={"resource_subscriptions": [uri for uri, _ in watched if uri != _RULES] or None}
        )
        await self._add(watched)
        try:
            return await self.listening(ctx, params.model_copy(update={"notifications": asked}))
        finally:
            self._drop(watched)

    async def _subscribe(self, ctx: Any, params: SubscribeRequestParams) -> EmptyResult:
        key = (str(params.uri), self.app.principal().sees)
        if not await self._known(key):
            raise MCPError(code=INVALID_PARAMS, message="no such resource", data={"uri": key[0]})
        connection = ctx.session._connection  # the session is of this request, the connection lasts
        if connection not in self._legacy:
            self._legacy[connection] = (ctx.session, set())
            connection.exit_stack.callback(self._forget, connection)
            await self._add([(_RULES, key[1])])
            self._legacy[connection][1].add((_RULES, key[1]))
        mine = self._legacy[connection][1]
        if key not in mine:
            await self._add([key])
            mine.add(key)
        return EmptyResult()

    async def _unsubscribe(self, ctx: Any, params: UnsubscribeRequestParams) -> EmptyResult:
        _, mine = self._legacy.get(ctx.session._connection, (None, set()))
        key = (str(params.uri), self.app.principal().sees)
        if key in mine:
            mine.discard(key)
            self._drop([key])
        return EmptyResult()

    def _forget(self, connection: Any) -> None:
        _, mine = self._legacy.pop(connection, (None, set()))
        self._drop(list(mine))

    async def _add(self, watched: list[Watched]) -> None:
        if len(self._watched) + len(watched) > MOST_WATCHED:
            raise MCPError(
                code=INVALID_PARAMS, message=f"more than {MOST_WATCHED} resources are watched already"
            )
        for key in watched:
            if key not in self._watched:
                self._seen[key] = await self._look(key)
            self._watched[key] += 1

    def _drop(self, watched: list[Watched]) -> None:
        for key in watched:
            self._watched[key] -= 1
            if self._watched[key] <= 0:
                del self._watched[key]
                self._seen.pop(key, None)

    # ------------------------------------------------------------ looking

    async def _known(self, key: Watched) -> bool:
        if self._server is not None and not self._fixed:
            self._fixed = {str(one.uri) for one in await self._server.list_resources()}
        uri = key[0]
        return uri in self._fixed or (uri.startswith((RULE, ALERT)) and await self._look(key) is not None)

    async def _watch(self) -> None:
        while True:
            await anyio.sleep(self.every_s)
            now = anyio.current_time()
            if not self._watched or now - self._looked_at < self.every_s / 2:
                continue
            self._looked_at = now
            try:
                await self._look_at_all()
            except StoreError as error:
                _LOG.warning("subscribed resources cannot be looked at: %s", error)

    async def _look_at_all(self) -> None:
        for key in list(self._watched):
            state = await self._look(key)
            if key in self._seen and state != self._seen[key]:
                self._seen[key] = state
                await self._tell(key)

    async def _look(self, key: Watched) -> object:
        return await to_thread.run_sync(self._state, *key)

    def _state(self, uri: str, owner: str | None) -> object:
        """What a resource is like now: equal as long as nothing changed, None where there is none."""
        store = self.app.store
        try:
            if uri == _RULES:
                return tuple(one.id for one in store.rules.list(owner=owner, limit=1000).items)
            if uri == ALERTS:
                states = ("pending", "firing", "no data")
                page = store.alerts.list(owner=owner, states=states, limit=200)  # type: ignore[arg-type]
                return tuple((a.id, a.state, a.severity, a.acknowledged_at, a.no_data) for a in page.items)
            if uri in self._fixed:
                return uri  # there, and never another
            if uri.startswith(ALERT):
                alert = store.alerts.get(uri.removeprefix(ALERT), owner=owner).alert
                return (
                    alert.state,
                    alert.severity,
                    alert.acknowledged_at,
                    alert.no_data,
                    alert.last_notified_at,
                )
            rule = store.rules.get(uri.removeprefix(RULE), owner=owner)
            return rule.revision
        except NotFoundError:
            return None

    async def _tell(self, key: Watched) -> None:
        uri = key[0]
        await self.bus.publish(ResourcesListChanged() if uri == _RULES else ResourceUpdated(uri=uri))
        for session, watched in list(self._legacy.values()):
            if key in watched:
                try:
                    await (
                        session.send_resource_list_changed()
                        if uri == _RULES
                        else session.send_resource_updated(uri)
                    )
                except Exception as error:  # noqa: BLE001 - a connection that is going must not keep others from being told
                    _LOG.debug("a subscriber has gone: %s", error)
