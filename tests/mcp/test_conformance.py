"""The official conformance suite, against the running server, for both protocol eras; nothing is expected to fail.

What scenarios need beyond the product (tools that return pictures, that ask, that log) stands in `tests.mcp.fixtures`, on the
same application. Those that need nothing more are also run against the product as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.mcp.processes import Served, serving, serving_fixtures
from tests.mcp.serving import settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.mcp_suites import McpSuites

VERSIONS = ("2025-11-25", "2026-07-28")
WITHOUT_FIXTURES = {
    "2025-11-25": {
        *("server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "completion-complete"),
        *("server-sse-multiple-streams", "dns-rebinding-protection"),
    },
    "2026-07-28": {
        *("tools-list", "resources-list", "prompts-list", "completion-complete", "caching"),
        *("server-sse-multiple-streams", "dns-rebinding-protection", "sep-2164-resource-not-found"),
        "input-required-result-unsupported-methods",
    },
}


def _run(suites: McpSuites, served: Served, version: str, folder: Path) -> tuple[int, dict[str, bool], str]:
    """The suite's exit code, what it said of each scenario, and all that it printed."""
    done = suites.run("conformance", "server", "--url", served.url, "--requirements", version, cwd=folder)
    summary = done.stdout.partition("=== SUMMARY ===")[2]
    said = re.findall(r"^([✓✗]) ([\w-]+): \d+ passed", summary, re.MULTILINE)
    return done.returncode, {name: mark == "✓" for mark, name in said}, done.stdout + done.stderr


def _required(suites: McpSuites, version: str) -> set[str]:
    text = (suites.requirements / f"{version}.yaml").read_text()
    listed = re.search(r"^server:\n((?:  .*\n|\n|#.*\n)+)", text, re.MULTILINE)
    assert listed
    return set(re.findall(r"^  - ([\w-]+)", listed[1], re.MULTILINE))


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_that_is_required_passes(mcp_suites: McpSuites, tmp_path: Path, version: str) -> None:
    with serving_fixtures(tmp_path) as served:
        code, said, output = _run(mcp_suites, served, version, tmp_path)
    required = _required(mcp_suites, version)
    assert len(required) >= 30
    assert {name for name in required if not said.get(name)} == set(), output[-4000:]
    assert code == 0, output[-4000:]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_product_itself_passes_what_needs_no_fixtures(
    mcp_suites: McpSuites, tmp_path: Path, version: str
) -> None:
    with serving(settings_in(tmp_path), "streamable-http") as served:
        _, said, output = _run(mcp_suites, served, version, tmp_path)
    assert {name for name in WITHOUT_FIXTURES[version] if not said.get(name)} == set(), output[-4000:]
    assert not said["tools-call-image"], "the fixtures are the tests' alone"
