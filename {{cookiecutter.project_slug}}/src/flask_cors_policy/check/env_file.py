"""A file of variables, as `docker --env-file` and kustomize read it: values stand as they are.

In a `.env`, on the other hand, python-dotenv strips quotes and comments.
"""

import re

from .._problems import ConfigurationError, Problem

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(content: bytes) -> dict[str, str]:
    """Return the variables of a file.

    Raises ConfigurationError with a problem for every wrong line. No value is shown, as any of
    them may be a secret.
    """
    variables: dict[str, str] = {}
    problems = []
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        line = raw.decode(errors="surrogateescape").removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not _NAME.fullmatch(name):
            mistake = ("sets no variable", "write NAME=value")
        elif "\0" in value or _is_broken(value):
            mistake = (f"sets {name!r} to what is no text in UTF-8", "save the file as UTF-8")
        elif name in variables:
            mistake = (f"sets {name!r} a second time", "remove one of the two")
        else:
            variables[name] = value
            continue
        problems.append(Problem(f"line {number}", None, *mistake))
    if problems:
        raise ConfigurationError(problems)
    return variables


def _is_broken(value: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in value)
