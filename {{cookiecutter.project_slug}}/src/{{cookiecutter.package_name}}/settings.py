"""The settings: read from the environment once, into values that cannot be wrong."""

import re
from collections.abc import Callable, Mapping
# {% if cookiecutter.auth == "session" %}
from contextlib import suppress
# {% endif %}
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from flask_cors_policy import ConfigurationError, Policy, Problem
# {% if cookiecutter.auth == "session" %}
from limits.storage import storage_from_string
# {% endif %}
# {% if cookiecutter.database == "sqlalchemy" %}
from sqlalchemy import URL
# {% endif %}

from .cors import cors
# {% if cookiecutter.database == "sqlalchemy" %}
from .database import parse_url
# {% endif %}


@dataclass(frozen=True)
class Settings:
    """What differs between deployments. README.md describes the variables."""

    cors: Policy
    max_content_length: int = 1024 * 1024  # bytes
    trusted_hosts: tuple[str, ...] = ()  # empty: any
    proxy_hops: int = 0
    log_level: str = "INFO"
    log_format: str | None = None  # None: json, and text in debug mode
    secret_key: str | None = field(default=None, repr=False)
# {% if cookiecutter.database == "sqlalchemy" %}
    database_url: URL = field(default_factory=parse_url)
# {% endif %}
# {% if cookiecutter.auth == "session" %}
    ratelimit_storage_uri: str = field(default="memory://", repr=False)
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks_url: str = ""
# {% endif %}

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every variable. Raises ConfigurationError with all problems at once."""
        readers: dict[str, Callable[[], Any]] = {"cors": partial(cors.resolve, environ)}
        for name, parse in PARSERS.items():
            if name in environ:
                readers[name.lower()] = partial(parse, name, environ[name])
        values: dict[str, Any] = {}
        problems: list[Problem] = []
# {% if cookiecutter.auth != "none" %}
        problems += [
            Problem(name, None, "is not set", f"set it to {value}")
            for name, value in REQUIRED.items()
            if name not in environ
        ]
# {% endif %}
        for attribute, read in readers.items():
            try:
                values[attribute] = read()
            except ConfigurationError as error:
                problems += error.problems
        if problems:
            raise ConfigurationError(problems)
        return cls(**values)


Parser = Callable[[str, str], Any]  # takes a variable and its value


def parser(form: str, read: Callable[[str], Any], reason: str, fix: str) -> Parser:
    """Return a parser that reads what has a form, and refuses the rest with reason and fix."""

    def parse(name: str, text: str) -> Any:
        if re.fullmatch(form, text):
            return read(text)
        raise ConfigurationError([Problem(name, text, reason if text else "is empty", fix)])

    return parse


def parse_secret(name: str, text: str) -> str:
    """Return a key of 32 bytes or more; a problem never shows it."""
    if len(text.encode(errors="surrogatepass")) < 32 or text.startswith("$("):
        fix = 'write what python -c "import secrets; print(secrets.token_hex(32))" prints'
        reason = "is a command" if text.startswith("$(") else "is shorter than 32 bytes"
        raise ConfigurationError([Problem(name, None, reason, fix)])
    return text


HOST = r"(?!(?:none|any)$)\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*"
NO_HOSTS = {  # what Werkzeug cannot compare with a Host header
    r"": "is an empty entry",
    r"none|any|\*": "is no name, and any host is trusted where the variable is not set",
    r".*_.*": "has an underscore, which Werkzeug accepts in no host",
    r"[0-9a-f.:]+/[0-9]+": "is a range of addresses, and Werkzeug compares names",
    r"\[.*|[0-9a-f]*:[0-9a-f]*:.*": "is an IPv6 address, which Werkzeug cuts at its first colon",
}


def parse_hosts(name: str, text: str) -> tuple[str, ...]:
    """Return host names; `.example.com` stands for that name and everything below it."""
    hosts = tuple(host.strip().lower() for host in text.split(","))
    faults = [(host, *host_fault(host)) for host in hosts if not re.fullmatch(HOST, host)]
    if faults:
        raise ConfigurationError([Problem(name, *fault) for fault in faults])
    return hosts


def host_fault(host: str) -> tuple[str, str]:
    """Return why an entry is refused, and what to write."""
    for form, reason in NO_HOSTS.items():
        if re.fullmatch(form, host):
            return reason, "write names such as 'api.example.com'"
    bare = re.sub(r"^[a-z]+://|^\*(?=\.)|[:/].*", "", host)  # of an address, of a wildcard
    fix = repr(bare) if re.fullmatch(HOST, bare) else "names such as 'api.example.com'"
    return "is not a host name", f"write {fix}"


# {% if cookiecutter.auth == "session" %}
def parse_storage(name: str, text: str) -> str:
    """Return the URI of where attempts to log in are counted: in this process, or in Redis."""
    with suppress(ValueError):
        if re.fullmatch(STORAGE, text) and storage_from_string(text):  # which connects to nothing
            return text
    fix = "write redis://host:6379/0"
    raise ConfigurationError([Problem(name, text, "is no place to count in", fix)])


STORAGE = r"memory://|rediss?://([^@/?#\s]*@)?([\w.-]+|\[[0-9a-f:]+\])(:[0-9]+)?(/[0-9]*)?(\?\S+)?"
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
HTTPS = r"https://\S+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/\S*)?"
NO_HTTPS = ("is not an https URL", "write one such as 'https://id.example.com'")
# {% endif %}
LEVELS = "DEBUG, INFO, WARNING, ERROR, CRITICAL"
PARSERS: dict[str, Parser] = {
    "MAX_CONTENT_LENGTH": parser(
        "[1-9][0-9]{0,12}", int, "is not a number of bytes", "write one such as 1048576"
    ),
    "TRUSTED_HOSTS": parse_hosts,
    "PROXY_HOPS": parser("[0-9]|10", int, "is not an allowed number", "write 0 to 10"),
    "LOG_LEVEL": parser(LEVELS.replace(", ", "|"), str, "is not a level", f"write one of {LEVELS}"),
    "LOG_FORMAT": parser("json|text", str, "is not a format", "write json or text"),
    "SECRET_KEY": parse_secret,
# {% if cookiecutter.database == "sqlalchemy" %}
    "DATABASE_URL": parse_url,
# {% endif %}
# {% if cookiecutter.auth == "session" %}
    "RATELIMIT_STORAGE_URI": parse_storage,
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
    "OIDC_ISSUER": parser(HTTPS, str, *NO_HTTPS),
    "OIDC_AUDIENCE": parser(".*\\S.*", str, "is blank", "write a name"),
    "OIDC_JWKS_URL": parser(HTTPS, str, *NO_HTTPS),
# {% endif %}
}
# {% if cookiecutter.auth == "session" %}
REQUIRED = {"SECRET_KEY": 'what python -c "import secrets; print(secrets.token_hex(32))" prints'}
# {% endif %}
# {% if cookiecutter.auth == "oidc" %}
REQUIRED = {
    "OIDC_ISSUER": "what your identity provider writes into tokens as iss",
    "OIDC_AUDIENCE": "what it writes into the tokens for this API as aud",
    "OIDC_JWKS_URL": "the address of its keys, which it calls jwks_uri",
}
# {% endif %}
