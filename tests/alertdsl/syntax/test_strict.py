"""The grammar has no conflicts: lark's `strict`, with interegular in a folder of its own.

interegular is not in the environment: merely installed it slows every load of the grammar from a tenth of a second to six.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.alertdsl.syntax.strict import without_lookaheads
from tests.services import required
from tests.services.process import ROOT, cache_folder

REQUIREMENT = "interegular==0.3.3"


def _folder() -> Path:
    """Where interegular is, installed if need be."""
    folder = cache_folder() / REQUIREMENT.replace("==", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "interegular").is_dir():
            install = [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--target",
                str(folder),
            ]
            made = subprocess.run([*install, REQUIREMENT], capture_output=True, text=True, check=False)
            if made.returncode:
                message = f"cannot install {REQUIREMENT}: {made.stderr.strip()[-500:]}"
                if required():
                    pytest.fail(message)
                pytest.skip(message)
    return folder


@pytest.mark.slow
def test_the_grammar_has_no_conflicts() -> None:
    path = os.pathsep.join([str(ROOT), str(_folder())])
    script = ROOT / "tests" / "alertdsl" / "syntax" / "strict.py"
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_lookaheads_are_cut() -> None:
    grammar = r"GT.3: />(?!=)|(?:above|over)(?=[ \t]*(?:[)(]|\)|x))(?![.-]?\w)|end/"
    assert without_lookaheads(grammar) == r"GT.3: />|(?:above|over)|end/"


def test_interegular_is_not_in_the_environment() -> None:
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('interegular') is not None)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
