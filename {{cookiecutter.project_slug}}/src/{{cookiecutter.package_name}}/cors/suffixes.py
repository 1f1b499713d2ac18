"""The public suffix list: domains below which anyone can have a name."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_public_suffix(domain: str) -> bool:
    """Whether the list, its section of private companies included, has this domain.

    Domains that no rule knows, such as `corp.internal`, are no public suffixes: they are yours.
    """
    return _list().is_public(domain)


@cache
def _list() -> "PublicSuffixList":
    # Imported here, as reading the list is only worth its time where a wildcard is configured.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)
