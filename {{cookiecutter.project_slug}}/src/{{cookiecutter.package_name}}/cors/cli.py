"""`flask cors`: what the policy is, why a browser says no, and what is wrong with it."""

from flask import Flask
from flask.cli import AppGroup


def init_app(app: Flask) -> None:
    """Add the commands."""
    # Imported here, as a server never needs them.
    from .check.command import check

    group = AppGroup("cors", help="Who may call this API from a browser, and why not.")
    for command in (check,):
        group.add_command(command)
    app.cli.add_command(group)
