"""The MCP conformance suite, the inspector and a tokenizer: npm packages in the user's cache, with the Node that they need."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.services.process import Unavailable

_INSTALL = Path(__file__).with_name("install_mcp_suites.sh")


@dataclass(frozen=True)
class McpSuites:
    """Where the packages are."""

    folder: Path

    @property
    def requirements(self) -> Path:
        """The conformance suite's lists of what each protocol version requires."""
        return self.folder / "node_modules/@modelcontextprotocol/conformance/requirements"

    def run(self, *command: str, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program of the packages; its own Node comes first on the path."""
        programs = self.folder / "node_modules" / ".bin"
        environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
        return subprocess.run(
            [str(programs / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env=environment | {"HOME": str(cwd)},  # the inspector keeps a catalog of servers there
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )


def mcp_suites() -> McpSuites:
    """The packages, installed if they are not there yet.

    Raises:
        Unavailable: they cannot be had.
    """
    done = subprocess.run([str(_INSTALL)], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise Unavailable(f"no conformance suite: {done.stderr.strip()}")
    return McpSuites(Path(done.stdout.strip()))
