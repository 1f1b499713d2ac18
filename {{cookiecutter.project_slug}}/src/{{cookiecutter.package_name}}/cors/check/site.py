"""What browsers call a site: that is where cookies live, whatever an origin is."""

from ..suffixes import is_public_suffix


def of(host: str) -> str:
    """Return the registrable domain of a host, which browsers call its site."""
    labels = host.split(".")
    if labels[-1].isdigit() or host.startswith("["):
        return host
    for start in range(1, len(labels)):
        if is_public_suffix(".".join(labels[start:])):
            return ".".join(labels[start - 1 :])
    return ".".join(labels[-2:])
