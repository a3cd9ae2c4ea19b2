"""What the compiler makes of an example: its explanation and its Flux."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import alertdsl
from alertdsl.semantics.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True, slots=True)
class Compiled:
    """An example with what became of it."""

    text: str
    explanation: str
    flux: str


@functools.cache
def catalog() -> Catalog:
    """The catalog of the examples."""
    return alertdsl.load_catalog(EXAMPLES / "alertdsl.toml")


@functools.cache
def compiled(text: str) -> Compiled:
    """An example, compiled with the catalog of the examples.

    Raises:
        AlertDslError: it is wrong.
    """
    with _placed(text) as source:
        explanation = alertdsl.explain(source, catalog())
        scripts = alertdsl.compile(source, catalog())
    return Compiled(text, explanation.strip(), "\n\n".join(script.text.strip() for script in scripts))


@contextmanager
def _placed(text: str) -> Iterator[str | Path]:
    """An example as it is given to the compiler: one that imports needs a place beside the file that it names."""
    if not text.startswith("import "):
        yield text
        return
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(EXAMPLES, Path(folder) / "examples"))
        file = project / "example.alert"
        file.write_text(f"{text}\n", "utf-8")
        yield file
