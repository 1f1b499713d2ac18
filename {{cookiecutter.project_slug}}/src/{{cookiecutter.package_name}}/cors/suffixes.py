"""The public suffix list: domains below which anyone can have a name."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_public_suffix(domain: str) -> bool:
    """Whether the list, its section of private companies included, has this domain.

    Domains that no rule knows, such as `corp.internal`, are no public suffixes: they are yours.
    """
    return _list().is_public(domain)


def is_shared(domain: str) -> bool:
    """Whether strangers can have names below: it is a public suffix, or has one at any depth.

    `on.aws` is no public suffix, and `lambda-url.us-east-1.on.aws` below it is one.
    """
    return is_public_suffix(domain) or domain in _parents()


@cache
def _list() -> "PublicSuffixList":
    # Imported here, as reading the list is only worth its time where a wildcard is configured.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)


@cache
def _parents() -> frozenset[str]:
    """Return the domains, of two labels or more, below which the list has a rule."""
    # The library does not answer this question; its data file is the list as it is published.
    text = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    parents: set[str] = set()
    for line in text.lower().splitlines():
        rule = line.partition(" ")[0]
        if rule.count(".") > 1 and not rule.startswith("//"):
            parent = rule.encode("idna").decode().partition(".")[2]
            while "." in parent and parent not in parents:
                parents.add(parent)
                parent = parent.partition(".")[2]
    return frozenset(parents)
