"""A file of variables, as `docker --env-file` and kustomize read it.

Unlike a `.env`, in which python-dotenv strips quotes and comments, it holds a value as it stands.
"""

import re

from ...environment import ConfigurationError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(content: bytes) -> dict[str, str]:
    """Return the variables of a file.

    Raises ConfigurationError with a line for every line that is none. Values are not shown, as any
    of them may be a secret.
    """
    found: dict[str, str] = {}
    problems = []
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        line = raw.decode(errors="surrogateescape").removesuffix("\r").lstrip()
        name, separator, value = line.partition("=")
        if not line or line.startswith("#"):
            continue
        if not separator or not _NAME.fullmatch(name):
            problems.append(f"line {number}: sets no variable; write NAME=value")
        elif "\0" in value or _is_broken(value):
            problems.append(f"line {number}: {name!r} is no text in UTF-8; save the file as UTF-8")
        elif name in found:
            problems.append(f"line {number}: {name!r} is set twice; remove one of the two")
        else:
            found[name] = value
    if problems:
        raise ConfigurationError(problems)
    return found


def _is_broken(value: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in value)
