"""What the set-up pages tell people to write is what starts the server; so does `server.json`, and the image's file."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mcp import Client, StdioServerParameters

from alertdsl import __version__
from alertdsl_mcp.cli import start_mcp_server
from tests.mcp.serving import call, settings_in

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "mcp").glob("*.md"))
COMMAND, CONFIG = "/home/me/.venv/bin/alertdsl-mcp", "/home/me/alerts/alertdsl.toml"
OPTIONS = {option for parameter in start_mcp_server.params for option in parameter.opts}


def _configurations() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for page in PAGES:
        for text in re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL):
            whole = json.loads(text)
            servers = whole.get("servers" if page.stem == "vs-code" else "mcpServers")
            assert servers, f"{page.name}: the host's key is missing"
            found += [(page.stem, server) for server in servers.values()]
    return found


CONFIGURATIONS = _configurations()


def test_every_host_has_its_page() -> None:
    assert [page.stem for page in PAGES] == ["claude-code", "claude-desktop", "cursor", "vs-code"]
    assert {name for name, server in CONFIGURATIONS if "command" in server} == {page.stem for page in PAGES}


@pytest.mark.parametrize(("host", "server"), [c for c in CONFIGURATIONS if "command" in c[1]])
async def test_a_local_configuration_starts_the_server(
    tmp_path: Path, host: str, server: dict[str, Any]
) -> None:
    settings = settings_in(tmp_path)
    assert server["command"] == COMMAND
    arguments = [str(settings.path) if one == CONFIG else one for one in server["args"]]
    script = str(Path(sys.executable).with_name("alertdsl-mcp"))
    environment = server.get("env", {}) | {"ALERTDSL_DATABASE_URL": settings.database}
    parameters = StdioServerParameters(command=script, args=arguments, env=environment, cwd=str(tmp_path))
    async with Client(parameters, read_timeout_seconds=20) as one:
        assert (await call(one, "check_rule", rule="BTC price > 70k for 5m"))["ok"], host


@pytest.mark.parametrize(("host", "server"), [c for c in CONFIGURATIONS if "url" in c[1]])
def test_a_remote_configuration_sends_a_token(host: str, server: dict[str, Any]) -> None:
    assert server["url"].endswith("/mcp")
    assert re.fullmatch(r"Bearer \$\{(env|input):[\w-]+\}", server["headers"]["Authorization"])
    assert server.get("type", "http") == "http"


def test_the_registrys_file_describes_this_server() -> None:
    said = json.loads((ROOT / "server.json").read_text())
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", said["name"])
    assert len(said["description"]) <= 100
    (package,) = said["packages"]
    assert said["version"] == package["version"] == __version__
    assert package["runtimeArguments"][0]["value"] == f"alertdsl[mcp]=={__version__}"
    words = [one.get("value") or one["name"] for one in package["packageArguments"]]
    assert words[0] == "start-mcp-server"
    assert set(words[1:]) <= OPTIONS
    for variable in package["environmentVariables"]:
        option = variable["name"].removeprefix("ALERTDSL_MCP_")
        assert option == variable["name"] or f"--{option.lower().replace('_', '-')}" in OPTIONS
    assert f"mcp-name: {said['name']}" in (ROOT / "README.md").read_text(), "PyPI's page proves whose it is"


def test_the_images_file_starts_the_server() -> None:
    text = (ROOT / "docker" / "mcp.Dockerfile").read_text()
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    words = json.loads(command)
    assert {word for word in words if word.startswith("--")} <= OPTIONS
    for copied in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in shlex.split(copied))
    assert "runtime" not in re.sub(r"#.*", "", text)


def test_every_option_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "mcp.md").read_text()
    assert [option for option in sorted(OPTIONS) if f"`{option}`" not in text] == []


def test_options_are_read_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "ALERTDSL_MCP_TRANSPORT": "streamable-http",
        "ALERTDSL_MCP_HOST": "0.0.0.0",
        "ALERTDSL_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}",
    }
    done = CliRunner().invoke(start_mcp_server, [], env=environment)
    assert done.exit_code == 2
    assert "say by which name clients call" in done.output
