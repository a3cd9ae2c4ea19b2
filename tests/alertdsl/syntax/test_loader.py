from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alertdsl.syntax import loader

CODE = "from alertdsl.syntax.parser import parse_condition; parse_condition('a > 5')"


def run(home: Path) -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True, env={**os.environ, "XDG_CACHE_HOME": str(home)})


def cached(home: Path) -> list[Path]:
    return list((home / "alertdsl").glob("grammar-*.pickle"))


def test_the_tables_are_kept_for_the_user_alone(tmp_path: Path) -> None:
    run(tmp_path)
    (file,) = cached(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o022 == 0
    before = file.stat().st_mtime_ns
    run(tmp_path)
    assert file.stat().st_mtime_ns == before


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    run(tmp_path)
    (file,) = cached(tmp_path)
    good = file.read_bytes()
    file.write_bytes(good[:1000])
    run(tmp_path)
    assert len(file.read_bytes()) > 1000


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_a_cache_that_others_can_write_is_not_read(tmp_path: Path) -> None:
    run(tmp_path)
    (file,) = cached(tmp_path)
    # Unpickling this would end the process with status 7.
    file.write_bytes(b"cos\n_exit\n(I7\ntR.")
    file.chmod(0o666)
    run(tmp_path)
    file.parent.chmod(0o777)
    run(tmp_path)


def test_no_place_for_a_cache_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    run(blocked)


def test_the_grammar_is_found() -> None:
    assert "start symbols" in loader.grammar_text().lower()
