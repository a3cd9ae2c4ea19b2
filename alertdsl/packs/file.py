"""A catalog file, read and written back without a change to its line ends and its byte order mark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alertdsl.diagnostics import NOWHERE, AlertDslError, Diagnostic

_MARK = "\ufeff"


@dataclass(frozen=True)
class CatalogText:
    """The text of a catalog with plain line ends, "" where the file is not there yet."""

    path: Path
    text: str
    line_end: str = "\n"
    mark: str = ""

    @classmethod
    def read(cls, path: Path) -> CatalogText:
        """The text of the file.

        Raises:
            AlertDslError: E301, it is not UTF-8.
            OSError: it cannot be read.
        """
        try:
            text = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return cls(path, "")
        except UnicodeDecodeError as problem:
            message = f"the catalog is not UTF-8 text (byte {problem.start})"
            raise AlertDslError(Diagnostic("E301", message, NOWHERE, file=str(path))) from None
        mark = _MARK if text.startswith(_MARK) else ""
        line_end = "\r\n" if "\r\n" in text else "\n"
        return cls(path, text.removeprefix(mark).replace("\r\n", "\n"), line_end, mark)

    def write(self, text: str) -> None:
        """Put `text` in the file, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        data = (self.mark + text.replace("\n", self.line_end)).encode("utf-8")
        path = self.path.resolve()  # a link stays one
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(data)
        if path.exists():
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
