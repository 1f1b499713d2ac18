"""The settings, read once from the environment into values that cannot be wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .cors import ResourceMap
from .cors.names import read_names
from .cors.policy import TABLE
from .cors.row import Row
from .environment import Environment, one_of, whole_number
from .logs import FORMS

MAX_CONTENT_LENGTH = 1024 * 1024

_HOST = r"\.?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*"
# A host with too much around it: an address, a port, a star in front of its dot.
_MORE = re.compile(rf"(?:[a-z][a-z0-9+.-]*://)?(?:\*(?=\.))?({_HOST})(?::[0-9]*)?(?:[/?#][^@]*)?")


@dataclass(frozen=True)
class Settings:
    """Everything about this process that differs from deployment to deployment."""

    cors: ResourceMap
    max_content_length: int = MAX_CONTENT_LENGTH  # bytes
    trusted_hosts: tuple[str, ...] = ()  # none: any
    proxy_hops: int = 0
    log_format: str | None = None  # none: what fits
    secret_key: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], table: Sequence[Row] | Row = TABLE) -> "Settings":
        """Read the variables that the README lists.

        Raises ConfigurationError with a line for every problem there is.
        """
        env = Environment(environ)
        settings = cls(
            cors=ResourceMap.from_env(env, supports_credentials={{ cookiecutter.cors_supports_credentials }}, table=table),
            max_content_length=env.read(
                "MAX_CONTENT_LENGTH", whole_number(1, 2**40, "bytes"), MAX_CONTENT_LENGTH
            ),
            trusted_hosts=env.read("TRUSTED_HOSTS", _host_names, ()),
            proxy_hops=env.read("PROXY_HOPS", whole_number(0, 10, "proxies"), 0),
            log_format=env.read("LOG_FORMAT", one_of(*FORMS), None),
            secret_key=env.read("SECRET_KEY", _secret, None, secret=True),
        )
        env.check()
        return settings


def _host_names(text: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in read_names(text, _mistaken_host))


def _mistaken_host(name: str) -> str | None:
    if re.fullmatch(_HOST, name.lower()):
        return None
    if meant := _MORE.fullmatch(name.lower()):
        return f"is no host name; write {meant[1]!r}"
    return (
        "is no host name; write names without scheme and port, "
        "and '.example.com' for a domain and everything below it"
    )


def _secret(text: str) -> str:
    if len(text.encode("utf-8", "surrogatepass")) < 32:
        raise ValueError(
            "is shorter than 32 bytes; write what "
            "python -c 'import secrets; print(secrets.token_hex(32))' prints"
        )
    return text
