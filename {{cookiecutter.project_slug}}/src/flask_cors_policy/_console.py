"""What the commands print: colour on terminals alone, and nothing that a console cannot show."""

import os
import sys
from collections.abc import Sequence

import click


def say(text: str = "") -> None:
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
