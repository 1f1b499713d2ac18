"""Inputs for the tests of the grammar, and a model of matching without regular expressions."""

import string
from typing import Any

from hypothesis import strategies as st

from flask_cors_policy._origins import parse_origins
from flask_cors_policy._problems import Problem, Refused
from flask_cors_policy._suffixes import SHARED


def faults_of(value: object, **options: Any) -> tuple[str, ...]:
    """Return the lines that refuse a value, without their subject; none if it is accepted."""
    try:
        parse_origins(value, **options)
    except Refused as refused:
        assert refused.faults
        lines = [Problem("X", *fault).removeprefix("X: ") for fault in refused.faults]
        assert len(set(lines)) == len(lines)
        return tuple(lines)
    return ()


def should_match(entry: str, origin: str) -> bool:
    """Return whether one entry stands for an origin."""
    scheme, _, host = entry.partition("://")
    if host.startswith("*."):
        before, _, labels = origin.removesuffix(host[1:]).partition("://")
        return (
            origin.endswith(host[1:])
            and before == scheme
            and all(label and set(label) <= HOST_CHARACTERS for label in labels.split("."))
        )
    if host.endswith(":*"):
        bare = entry.removesuffix(":*")
        port = origin.removeprefix(f"{bare}:")
        with_port = origin.startswith(f"{bare}:") and set(port) <= set(string.digits)
        number = with_port and len(port) <= 5 and port[:1] != "0" and 0 < int(port or 0) <= 65535
        return origin == bare or number
    return origin == entry


HOST_CHARACTERS = frozenset(string.ascii_lowercase + string.digits + "-_")

# No vowels: a name such as `your-app` or `todo` could be meant as a placeholder.
labels = st.from_regex(r"[bcdfgjk](?:[bcdfgjk0-9-]{0,6}[bcdfgjk0-9])?", fullmatch=True)
hosts = st.lists(labels, min_size=2, max_size=4).map(".".join)
ports = st.integers(1, 65535).filter(lambda port: port not in (80, 443)).map(":{}".format)
optional_ports = st.just("") | ports

exact = st.one_of(
    st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), hosts, optional_ports),
    st.builds("http://{}{}".format, st.sampled_from(["localhost", "127.0.0.1"]), optional_ports),
    st.builds(
        "https://[{}]{}".format,
        st.ip_addresses(v=6).map(lambda address: address.compressed),
        optional_ports,
    ).filter(lambda origin: "." not in origin),
    st.builds("{}://{}".format, st.sampled_from(["capacitor", "chrome-extension"]), labels),
)
subdomains = st.builds(
    "{}://*.{}{}".format, st.sampled_from(["http", "https"]), hosts, optional_ports
)
any_port = st.builds(
    "{}://{}:*".format,
    st.sampled_from(["http", "https"]),
    hosts | st.sampled_from(["localhost", "127.0.0.1", "[::1]"]),
)
entries = st.one_of(exact, subdomains, any_port)
#: Wildcards over places where strangers have names, which are refused.
shared = st.sampled_from(sorted(SHARED)).map(lambda name: f"https://*.{name.replace('*', 'eu')}")


@st.composite
def members(draw: st.DrawFn, entry: str) -> str:
    """Draw an origin that an entry stands for."""
    origin = entry.replace("*.", f"{draw(st.lists(labels, min_size=1).map('.'.join))}.")
    return origin.replace(":*", draw(st.just("") | ports))


_INSERTED = st.sampled_from(
    ["x", ".", "-", "/", ":", "@", "*", "\n", "\r\n", "\0", " ", ",", "%2e", "ß", "\u212a", "。"]
) | st.text(max_size=3)


@st.composite
def near(draw: st.DrawFn, origin: str) -> str:
    """Draw something next to an origin: a character more, less or other, or a different case."""
    at = draw(st.integers(0, len(origin)))
    size = draw(st.integers(0, 2))
    return draw(
        st.sampled_from(
            [
                origin[:at] + draw(_INSERTED) + origin[at + size :],
                origin[:at] + origin[at:].upper(),
                origin + draw(_INSERTED),
                draw(_INSERTED) + origin,
                origin.replace("://", f"://{draw(labels)}."),
                origin.replace("://", f"://{draw(labels)}"),
                f"{origin}.{draw(hosts)}",
            ]
        )
    )


# Pieces of texts that nearly are origins.
PIECES = """
https:// http:// HTTPS:// wss:// ftp:// capacitor:// app:// :// // : . .. , * *. :* @ / ? # [ ]
[::1] ::1 ( ) | ^ $ \\ + { } ' " ` ; % < > null none NONE * app.example.com example.com com
localhost 127.0.0.1 256.1 0x7f 1 :443 :80 :8443 :0 :99999 xn-- münchen ß \u212a ＡＰＰ ℀ 。 ٣
your-app todo ${X} {{x}} user:s3cr3t@
""".split()
texts = st.one_of(
    st.text(),
    st.text(st.characters(exclude_categories=())),  # halves of surrogate pairs too
    st.lists(
        st.sampled_from([*PIECES, " ", "\t", "\n", "\0", "\u200b", "\u202e", "\ud800", "\x1b"])
    ).map("".join),
    st.lists(entries).map(",".join),
)
values = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(),
    st.lists(texts),
    st.sets(st.text()),
    st.dictionaries(st.text(), st.text()),
    st.builds(object),
)
