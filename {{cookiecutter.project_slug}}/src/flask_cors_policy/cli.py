"""`flask cors`: the policy in force, why a browser refuses, and what is wrong."""

from importlib import import_module

import click
from flask.cli import AppGroup

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


cors = Commands("cors", help="Who may call this application from a browser, and why not.")
