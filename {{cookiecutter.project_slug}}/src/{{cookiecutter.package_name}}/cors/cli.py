"""`flask cors`: what the policy is, why a browser says no, and what is wrong with it."""

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

#: Each command, and the module that has it.
COMMANDS = {
    "show": ".show",
    "explain": ".explain.command",
    "check": ".check.command",
}


class Commands(AppGroup):
    """Commands that are imported when they are called, as a server never needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names, in the order in which a policy is got to know."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name], __package__), cmd_name)
        return command


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(Commands("cors", help="Who may call this API from a browser, and why not."))
