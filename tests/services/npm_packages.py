"""The npm packages of a folder that has a lock file, installed beside it when they are not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.services.process import LOGS, Unavailable


def install(folder: Path) -> None:
    """Installs what the lock file of a folder names, its development packages too; a few seconds, the first time.

    Raises:
        Unavailable: npm is missing, or cannot have the packages.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Unavailable("no Node with npm")
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    LOGS.mkdir(parents=True, exist_ok=True)
    with FileLock(LOGS / f"npm-{folder.name}.lock"):
        mark = folder / "node_modules" / ".installed"
        if installed.exists() and mark.exists() and mark.read_text("utf-8") == lock.read_text("utf-8"):
            return
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise Unavailable(f"no npm packages for {folder.name}: {done.stderr.strip()[-300:]}")
        mark.write_text(lock.read_text("utf-8"), "utf-8")
