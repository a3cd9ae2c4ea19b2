"""A folder with a catalog, in which commands run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import CATALOG


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: an `alertdsl.toml`, no database yet, nothing in the environment."""
    (tmp_path / "alertdsl.toml").write_text(CATALOG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALERTDSL_DATABASE_URL", raising=False)
    for name in ("URL", "ORG", "TOKEN", "BUCKET"):
        monkeypatch.delenv(f"INFLUXDB_V2_{name}", raising=False)
    return tmp_path
