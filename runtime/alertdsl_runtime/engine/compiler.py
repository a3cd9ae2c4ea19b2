"""`alertdsl` with a catalog, as the engine's compiler."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alertdsl.diagnostics import AlertDslError, Diagnostic
from alertdsl.semantics import typed

if TYPE_CHECKING:
    from alertdsl.semantics.catalog import Catalog


class CatalogCompiler:
    """Compiles rule texts with a catalog, or without one: then only ``measurement.field{tags}`` has a meaning."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        self._catalog = catalog

    def compile(self, text: str, file: str) -> tuple[Sequence[typed.Rule], Sequence[Diagnostic]]:
        """The rules of a text, and what is wrong with the others."""
        from alertdsl.semantics.resolve import resolve_file
        from alertdsl.syntax.parser import parse_lenient

        try:
            parsed, wrong = parse_lenient(text, file)
            rules, found = resolve_file(parsed, self._catalog, name=file)
        except AlertDslError as error:
            return (), error.diagnostics
        return rules, (*wrong, *found)

    def imports(self, text: str, path: Path) -> Collection[Path]:
        """The files on which the rules of a text depend beside their own."""
        from alertdsl.semantics.imports import watched_imports
        from alertdsl.syntax.parser import parse_lenient

        if "import" not in text:
            return ()
        try:
            parsed, _ = parse_lenient(text, str(path))
        except AlertDslError:
            return ()
        return watched_imports(parsed, path)

    def meaning(self, rule: typed.Rule) -> str:
        """A hash over what changes an alert's truth."""
        from alertdsl import meaning_hash

        return meaning_hash(rule)
