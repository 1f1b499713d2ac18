"""A refusal: cookiecutter prints it as it is, and so does whoever lets it through."""

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import NoReturn

from cookiecutter.exceptions import FailedHookException


class Refused(FailedHookException):
    """Everything that is wrong with the answers, one problem a line."""


def refuse(problems: Iterable[str]) -> NoReturn:
    """Raise Refused; where nobody catches it, the message is printed without a traceback.

    cookiecutter's command line catches it. cruft and callers of the Python API do not, and
    Typer, which cruft is made with, would put 87 lines in front of the message.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if _is_ours(kind):
            print(error, file=sys.stderr)
        else:
            before(kind, error, trace)

    if not _is_ours(before):
        sys.excepthook = hook
    raise Refused(_for_console("\n".join(problems)))


def _is_ours(it: object) -> bool:
    # By name: each rendering imports this module anew, and brings another `Refused`.
    return getattr(it, "__module__", None) == __name__


def _for_console(message: str) -> str:
    """Escape what the console has no characters for, as printing it would fail."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return message.encode(encoding, "backslashreplace").decode(encoding)
