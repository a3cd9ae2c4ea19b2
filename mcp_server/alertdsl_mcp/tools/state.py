"""The state of the parts: health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from mcp.types import CallToolResult

from alertdsl_mcp import facts
from alertdsl_mcp.health import health as health_of
from alertdsl_mcp.results import answer, cell
from alertdsl_mcp.tools.hints import LOOKS

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from alertdsl_mcp.app import App


def register(server: MCPServer[None], app: App) -> None:
    """Add the tool to the server."""

    @server.tool(title="Health", annotations=LOOKS)
    def health() -> Annotated[CallToolResult, facts.Health]:
        """Whether InfluxDB, the database and the engine work: `pass` or why not."""
        found = health_of(app)
        lines = {"status": found.status, **found.parts, "version": found.version}
        return answer(found, "\n".join(f"{name}: {cell(said)}" for name, said in lines.items()))
