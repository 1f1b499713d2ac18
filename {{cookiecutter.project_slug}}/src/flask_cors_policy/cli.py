"""`flask cors`: its commands, and how they print.

Colour is for terminals alone, and nothing is printed that a console cannot show.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from traceback import walk_tb

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo

from ._decorator import NAME
from ._problems import ConfigurationError, Problem, quoted

#: Each command, and the module that has it.
COMMANDS = {
    "show": ".show",
    "explain": ".explain.command",
    "check": ".check.command",
}


class Commands(AppGroup):
    """Commands that are imported when they are called, as a server never needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return their names, in the order in which a policy is learned."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name], __package__), cmd_name)
        return command


#: The folders of the standard library and of this package.
_FOLDERS = (Path(os.__file__).parent, Path(__file__).parent)

cors = Commands("cors", help="Who may call this application from a browser, and why not.")


def load_app(context: click.Context) -> Flask:
    """Return the application; raise ConfigurationError if it does not start.

    A `wsgi.py` ends the process for that error, which then is the context of its SystemExit. What
    else ends the import or the factory becomes a problem. Flask's own errors stay as they are.
    """
    if current_app:
        return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return] # noqa: SLF001 - werkzeug's way to reach it
    try:
        return context.ensure_object(ScriptInfo).load_app()
    except (click.ClickException, ConfigurationError):
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and isinstance(error.__context__, ConfigurationError):
            raise error.__context__ from None
        reason = f"raises {type(error).__name__}: {quoted(str(error))}"
        fix = "mend that; flask routes prints the whole traceback"
        problem = Problem(place_of(error) or "the application", None, reason, fix)
        raise ConfigurationError([problem]) from error


def place_of(error: BaseException) -> str:
    """Return the file and line that raised an exception: the last one that is of no library."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    own = [place for place in places if not _is_library(place[0])]
    return next((f"{file}:{line}" for file, line in reversed(own or places)), "")


def _is_library(file: str) -> bool:
    from .check.source import is_installed  # late: a server never needs it

    ours = any(map(Path(file).is_relative_to, _FOLDERS))
    return file.startswith("<") or ours or is_installed(file)


def load_app_with_policy(context: click.Context) -> Flask:
    """Return the application, in a context of it; raise UsageError if it has no policy."""
    try:
        app = load_app(context)
    except ConfigurationError as error:
        lines = "\n".join(map(printable, error.problems))
        raise click.UsageError(f"This application does not start.\n{lines}") from None
    if NAME not in app.extensions:
        # Imported late, as only plain Flask-CORS has to be read out of an application.
        from .check.application import Application, Kind

        fix = "write CORS(app, resources=...)."
        if Application(app).kind is Kind.FLASK_CORS:
            fix = (
                "write 'from flask_cors_policy import CORS', or ask 'flask cors check', which "
                "reads Flask-CORS too."
            )
        raise click.UsageError(f"This application does not use flask_cors_policy; {fix}")
    context.with_resource(app.app_context())
    return app


def echo(text: str = "") -> None:
    """Print a text, without its colours where output is no terminal or NO_COLOR is set."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    text = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def bold(text: str, colour: str | None = None) -> str:
    """Return a text that stands out."""
    return click.style(text, fg=colour, bold=True)


def printable(text: str) -> str:
    """Return a text with everything escaped that a terminal would obey."""
    return text if text.isprintable() else ascii(text)[1:-1]


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows as aligned and indented lines, each cell printable."""
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(f"  {line}".rstrip() for line in lines)
