"""The same folder as for the light commands."""

from tests.cli.conftest import folder

__all__ = ["folder"]
