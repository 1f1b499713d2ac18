"""Defaults that are derived from an earlier answer, and are good whatever that answer was."""

import re
import unicodedata

from . import reserved

MAX_NAME = 64
# Letters that Unicode does not decompose into one of a to z and an accent.
_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
    | dict.fromkeys("'\N{RIGHT SINGLE QUOTATION MARK}")
)


def slug(name: object) -> str:
    """Return a good folder and distribution name for any project name."""
    plain = re.sub(r"[^a-z0-9]+", "-", _ascii(name)).strip("-")
    result = plain[:MAX_NAME].rstrip("-") or "my-api"
    return f"{result}-api" if slug_is_taken(result) else result


def package(name: object) -> str:
    """Return a good import name for any folder name."""
    plain = re.sub(r"[^a-z0-9]+", "_", _ascii(name)).strip("_")
    result = f"api_{plain}" if plain[:1].isdigit() else plain
    result = result[:MAX_NAME].rstrip("_") or "my_api"
    return f"{result}_api" if package_is_taken(result) else result


def dns_label(slug: str) -> str:
    """Return a name for Kubernetes objects, such as a service.

    It starts with a letter. A label has at most 63 characters; a namespace adds the name of its
    environment to this one.
    """
    name = slug if slug[:1].isalpha() else f"api-{slug}"
    return name[:50].rstrip("-")


def slug_is_taken(name: str) -> str | None:
    """Return what already has this folder or distribution name, if anything has."""
    if name in reserved.DEVICES:
        return "a device on Windows"
    if re.sub(r"-+", "-", name) in reserved.DISTRIBUTIONS:  # PEP 503
        return "a distribution the project depends on"
    return None


def package_is_taken(name: str) -> str | None:
    """Return what already has this import name, if anything has."""
    return next((owner for owner, names in _IMPORT_OWNERS.items() if name in names), None)


_IMPORT_OWNERS = {
    "a keyword of Python": reserved.KEYWORDS,
    "a module of the standard library": reserved.STANDARD_LIBRARY,
    "a library the project depends on": reserved.IMPORT_NAMES,
    "a module or folder of the project itself": reserved.OWN_MODULES,
    "a device on Windows": reserved.DEVICES,
}


def _ascii(value: object) -> str:
    """Return a text in lower case with the ASCII letters closest to its own."""
    text = value if isinstance(value, str) else ""
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return folded.encode("ascii", "ignore").decode().lower()
