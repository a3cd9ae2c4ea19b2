"""Writes docs/reference and docs/cheat-sheet: `python -m docs.generator`."""

from __future__ import annotations

from pathlib import Path

from docs.generator import stale, write

DOCS = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    changed = stale(DOCS)
    write(DOCS)
    print(f"{len(changed)} files changed" if changed else "nothing has changed")
