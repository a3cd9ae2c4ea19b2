"""Writes the reference from the grammar, alertdsl.reference, and what the compiler makes of the examples: `make docs`."""

from __future__ import annotations

from pathlib import Path


def made() -> dict[str, str]:
    """All that is generated, by its path below docs."""
    from docs.generator import cheatsheet, errors, pages

    reference = pages.files() | {"errors.md": errors.page()}
    return {f"reference/{path}": text for path, text in reference.items()} | cheatsheet.files()


def stale(docs: Path) -> list[str]:
    """The paths below `docs` that are not what would be made now, and those that would no longer be."""
    files = made()
    old = {str(path.relative_to(docs)) for path in (docs / "reference").rglob("*") if path.is_file()}
    return sorted(
        {path for path, text in files.items() if _read(docs / path) != text}
        | {path for path in old if path not in files}
    )


def write(docs: Path) -> None:
    """Writes what is stale, and removes what is no longer made."""
    files = made()
    for path in stale(docs):
        if path not in files:
            (docs / path).unlink()
            continue
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(files[path], "utf-8")


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
