"""What installing the server brings: the compiler, the store, the SDK, and nothing of the engine."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SDK = 27
"""What `mcp` alone brings, beside itself."""
MORE = 14
"""What may come on top of the SDK and what it brings: the compiler's, the command line's and the store's."""
ENGINES = {
    *("alertdsl-runtime", "numpy", "pandas", "influxdb-client", "urllib3", "requests", "apprise", "jinja2"),
    *("tenacity", "celery", "reactivex", "pydantic-settings"),
}


def closure(name: str, *extras: str) -> set[str]:
    """The distributions that installing one brings, itself included, on this platform and as installed here."""
    found: set[str] = set()
    waiting = [(name, frozenset(extras))]
    seen = set()
    while waiting:
        one, wanted = waiting.pop()
        key = _plain(one)
        if (key, wanted) in seen:
            continue
        seen.add((key, wanted))
        found.add(key)
        for line in distribution(one).requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in (wanted or {""})):
                waiting.append((needed.name, frozenset(needed.extras)))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_extra_brings_little_beyond_the_sdk() -> None:
    sdk, ours = closure("mcp"), closure("alertdsl", "mcp")
    assert len(sdk - {"mcp"}) <= SDK
    more = ours - sdk - {"alertdsl"}
    assert len(more) <= MORE, sorted(more)
    assert not ours & ENGINES


def test_the_docs_list_what_is_installed() -> None:
    text = (ROOT / "docs" / "mcp.md").read_text()
    listed = set(
        re.findall(r"`([a-z0-9-]+)`", text.partition("<!-- closure -->")[2].partition("<!-- end -->")[0])
    )
    assert listed == closure("alertdsl", "mcp") - {"alertdsl"}


@pytest.mark.slow
@pytest.mark.xdist_group("packaging")
def test_an_installed_server_starts_without_the_engine(tmp_path: Path) -> None:
    uv = [sys.executable, "-m", "uv"]
    python = tmp_path / "venv" / "bin" / "python"
    for command in (
        [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(tmp_path / "dist"),
        ],
        [*uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")],
    ):
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("alertdsl-*.whl")
    lock = str(ROOT / "requirements.lock")
    install = [
        *uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        "--constraint",
        lock,
        f"{wheel}[mcp]",
    ]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    code = "from importlib.metadata import distributions as d; print(*(x.metadata['Name'] for x in d()))"
    listed = subprocess.run(
        [str(python), "-I", "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    installed = {_plain(name) for name in listed.stdout.split()}
    assert not installed & ENGINES
    assert len(installed) - 1 <= 1 + SDK + MORE
    hello = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
        b'"clientInfo":{"name":"test","version":"1"}}}\n'
    )
    served = subprocess.run(
        [str(python.with_name("alertdsl-mcp")), "--database", f"sqlite:///{tmp_path / 'a.db'}"],
        input=hello,
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert b'"serverInfo"' in served.stdout, served.stderr.decode()
