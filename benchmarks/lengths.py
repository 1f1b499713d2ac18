"""What long values of a client cost: whole requests, for every value that the extension looks at.

    python benchmarks/lengths.py

Prints milliseconds of processor time at each length, and the growth between the last two: a value
of 4 times the length that costs 4 times as much has the exponent 1. Bare Flask stands beside it.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from overhead import ORIGIN, bare, calling, environ_of, policy

EVIL = "https://evil.example"
LENGTHS = (1_000, 4_000, 16_000, 64_000)
CALLS = 15

#: What is sent: the variable of the WSGI environment, the method, and a value of some length.
VALUES: dict[str, tuple[str, str, Callable[[int], str]]] = {
    "Origin, commas": ("HTTP_ORIGIN", "POST", lambda n: "x" + "," * n),
    "Origin, at signs": ("HTTP_ORIGIN", "POST", lambda n: "https://" + "@" * n),
    "Origin, labels": ("HTTP_ORIGIN", "GET", lambda n: "https://" + "a." * (n // 2) + "org"),
    "Origin, brackets": ("HTTP_ORIGIN", "POST", lambda n: "[-" * (n // 2)),
    "Origin, schemes": ("HTTP_ORIGIN", "POST", lambda n: "://" * (n // 3)),
    "Origin, port": ("HTTP_ORIGIN", "POST", lambda n: "http://localhost:" + "1" * n),
    "Origin of a preflight": ("HTTP_ORIGIN", "OPTIONS", lambda n: "https://" + "a," * (n // 2)),
    "path, slashes": ("PATH_INFO", "GET", lambda n: "/api" + "/" * n),
    "path, dots": ("PATH_INFO", "POST", lambda n: "/api/" + "../" * (n // 3)),
    "path outside the rows": ("PATH_INFO", "POST", lambda n: "/x" * (n // 2)),
    "path with a view of its own": ("PATH_INFO", "POST", lambda n: "/api/own/" + "a/" * (n // 2)),
    "method": ("REQUEST_METHOD", "GET", lambda n: "P" * n),
    "announced method": ("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "OPTIONS", lambda n: "P" * n),
    "announced headers, commas": (
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
        "OPTIONS",
        lambda n: "," * n,
    ),
    "announced headers, names": (
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
        "OPTIONS",
        lambda n: ",".join(f"x-{i}" for i in range(n // 7)),
    ),
    "Cookie": ("HTTP_COOKIE", "GET", lambda n: "a=b; " * (n // 5)),
    "Authorization": ("HTTP_AUTHORIZATION", "GET", lambda n: "Basic" + " " * n),
    "Upgrade, commas": ("HTTP_UPGRADE", "GET", lambda n: "," * n),
    "Sec-Fetch-Site": ("HTTP_SEC_FETCH_SITE", "POST", lambda n: "same-" * (n // 5)),
    "Host, colons": ("HTTP_HOST", "POST", lambda n: ":" * n),
    "Host, labels": ("HTTP_HOST", "POST", lambda n: "a." * (n // 2)),
}


BEHIND_THE_ORIGIN = (
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
    "HTTP_COOKIE",
    "HTTP_AUTHORIZATION",
)


def applications(*, debug: bool) -> dict[str, Flask]:
    """Build bare Flask, and the extension with origins and views of every kind."""

    def own(path: str) -> str:
        return path

    app = bare()
    app.add_url_rule("/api/own/<path:path>", "own", policy().cross_origin(max_age=5)(own))
    origins = [ORIGIN, "https://*.example.com", "http://localhost:*"]
    policy().CORS(resources={"/api/*": {"origins": origins}}).init_app(app, {})
    app.debug = debug
    return {"bare Flask": bare(), "extension": app}


def milliseconds(app: Flask, environ: dict[str, Any]) -> float:
    """Return the least processor time of some calls: the others were disturbed."""
    call = calling(app, None, environ)
    least = math.inf
    for _ in range(CALLS):
        start = time.process_time()
        call()
        least = min(least, time.process_time() - start)
    return least * 1000


def main() -> None:
    """Print a table for production and one for debug mode."""
    logging.getLogger().addHandler(logging.NullHandler())
    for debug in (False, True):
        print(f"\n{'debug mode' if debug else 'production'}, milliseconds for values of length")
        print(f"{'':30}{'':14}" + "".join(f"{length:>9,}" for length in LENGTHS) + "  growth")
        for name, app in applications(debug=debug).items():
            for what, (variable, method, make) in VALUES.items():
                costs = []
                for length in LENGTHS:
                    # What comes behind the origin is looked at where that is trusted.
                    origin = ORIGIN if variable in BEHIND_THE_ORIGIN else EVIL
                    environ = environ_of(method, origin)
                    environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = "PUT"
                    costs.append(milliseconds(app, environ | {variable: make(length)}))
                growth = math.log(costs[-1] / costs[-2]) / math.log(LENGTHS[-1] / LENGTHS[-2])
                print(
                    f"{what:30}{name:14}" + "".join(f"{c:9.2f}" for c in costs) + f"{growth:8.1f}"
                )


if __name__ == "__main__":
    main()
