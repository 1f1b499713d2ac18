"""The line that shows the same answer in a terminal."""

import os
import re
import shlex

from ..csrf import SAFE_METHODS
from .exchange import Exchange

_PLAIN = re.compile(r"[A-Za-z0-9 #%&'()*+,./:;<=>?@\[\]^_{|}~-]*")
# What curl sends by itself, and what makes no difference to the CORS headers.
_LEFT_OUT = (("Accept", "*/*"), ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors"))


def line(exchange: Exchange) -> str:
    """Return a command for this system's shell."""
    words = ["curl.exe" if os.name == "nt" else "curl", "-i"]
    if exchange.method == "HEAD":
        words.append("--head")
    elif exchange.method != "GET":
        words += ["-X", exchange.method]
    for name, value in exchange.headers:
        guarded = exchange.method not in SAFE_METHODS or name != "Sec-Fetch-Site"
        if guarded and (name, value) not in _LEFT_OUT:
            words += ["-H", _quoted(f"{name}: {value}" if value else f"{name};")]
    if exchange.body:
        words += ["--data-binary", _quoted(exchange.body.decode("utf-8", "backslashreplace"))]
    return " ".join([*words, _quoted(str(exchange.address))])


def _quoted(text: str) -> str:
    # Double quotes are understood by every shell, also on Windows.
    return f'"{text}"' if _PLAIN.fullmatch(text) else shlex.quote(text)
