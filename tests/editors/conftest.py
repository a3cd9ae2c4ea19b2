"""The folder of the VS Code extension, with its packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services import Unavailable, npm_packages, required

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"


@pytest.fixture(scope="session")
def packages() -> None:
    """VS Code's engine for colours and its client for language servers, from the extension's lock file."""
    try:
        npm_packages.install(EXTENSION)
    except Unavailable as reason:
        if required():
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))
