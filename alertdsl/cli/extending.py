"""Groups of commands of which another package has some more."""

from __future__ import annotations

from typing import Any

import click


class ExtendedGroup(click.Group):
    """A group with the commands of the group of the same name among the entry points ``alertdsl.commands``.

    `elsewhere` are the commands that other packages add, with the package and the help while it is not installed.
    """

    def __init__(self, *args: Any, elsewhere: dict[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, those of packages that are not installed included."""
        return [*super().list_commands(ctx), *self.elsewhere]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, here or of another package; a stand-in where that is missing."""
        from alertdsl.cli.app import installed, missing

        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        point = installed().get(self.name or "")
        if point is None:
            package, text = self.elsewhere[cmd_name]
            return missing(f"{self.name} {cmd_name}", package, f"{text} (pip install {package})")
        other = point.load()
        assert isinstance(other, click.Group)
        return other.get_command(ctx, cmd_name)
