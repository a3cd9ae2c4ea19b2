"""Exit codes, and how errors become a message and a code instead of a traceback."""

from __future__ import annotations

import os
import sys

import click

OK, FOUND, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130

EPILOG = """Exit codes: 0 all is well; 1 problems found in what was given (rules, data, an unknown name); 2 wrong usage, or a
file that cannot be read; 3 a service (database, InfluxDB) that does not answer; 130 interrupted."""


def run(command: click.Command, arguments: list[str] | None = None) -> None:
    """Run a command and leave the process with its exit code."""
    sys.exit(code_of(command, arguments))


def code_of(command: click.Command, arguments: list[str] | None = None) -> int:
    """Run a command; errors that a user can do something about are told on standard error, without a traceback."""
    try:
        result = command.main(arguments, prog_name="alertdsl", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be written there any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        code = _code(error)
        if code is None:
            raise
        click.echo(_said(error), err=True)
        return code
    return result if isinstance(result, int) else OK


def _code(error: Exception) -> int | None:
    """The exit code of an error of ours, told by name so that nothing heavy is imported to compare with."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"StoreUnavailable", "SchemaError"}:
        return UNREACHABLE
    if "SourceError" in names:
        return UNREACHABLE if getattr(error, "transient", True) else FOUND
    if names & {"AlertDslError", "StoreError", "DataError", "SettingsError", "DeliveryError"}:
        return FOUND
    if isinstance(error, OSError):
        return USAGE
    return None


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"alertdsl: {error.filename}: {error.strerror}"
    text = str(error)
    return text if text.startswith(("error[", "warning[")) else f"alertdsl: {text}"
