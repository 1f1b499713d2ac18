"""The grammar, row by row; what a name says is the specification."""

import pytest

from {{ cookiecutter.package_name }}.cors import origins, suffixes

MATCHES = [
    ("itself", "https://app.example.com", "https://app.example.com"),
    ("itself with a port", "http://localhost:5173", "http://localhost:5173"),
    ("IPv6 address", "http://[::1]:3000", "http://[::1]:3000"),
    ("app on iOS", "capacitor://localhost", "capacitor://localhost"),
    ("browser extension", "chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
    ("configured in upper case", "HTTPS://App.Example.COM", "https://app.example.com"),
    ("second of two", "https://a.example, https://b.example", "https://b.example"),
    ("one label under a wildcard", "https://*.example.com", "https://a.example.com"),
    ("two labels under a wildcard", "https://*.example.com", "https://a.b.example.com"),
    ("wildcard with its port", "https://*.example.com:8443", "https://a.example.com:8443"),
    ("any port", "http://localhost:*", "http://localhost:5173"),
    ("no port under any port", "http://localhost:*", "http://localhost"),
    ("name below a public suffix", "https://mine.vercel.app", "https://mine.vercel.app"),
    ("internal domain", "https://*.corp.internal", "https://a.corp.internal"),
]

LOOK_ALIKES = [
    ("other scheme", "https://app.example.com", "http://app.example.com"),
    ("port where none is listed", "https://app.example.com", "https://app.example.com:8443"),
    ("none where one is listed", "http://localhost:5173", "http://localhost"),
    ("port that starts alike", "http://localhost:51", "http://localhost:5173"),
    ("longer host", "https://app.example.com", "https://app.example.com.evil.example"),
    ("host in front", "https://example.com", "https://evil-example.com"),
    ("letter for a dot", "https://app.example.com", "https://appXexample.com"),
    ("sibling", "https://app.example.com", "https://admin.example.com"),
    ("subdomain of an exact host", "https://example.com", "https://app.example.com"),
    ("upper case", "https://app.example.com", "https://APP.example.com"),
    ("trailing dot", "https://app.example.com", "https://app.example.com."),
    ("trailing slash", "https://app.example.com", "https://app.example.com/"),
    ("line break at the end", "https://app.example.com", "https://app.example.com\n"),
    ("letter that folds to another", "https://assets.example", "https://a\xdfets.example"),
    ("null", "https://app.example.com", "null"),
    ("nothing", "https://app.example.com", ""),
    ("apex under a wildcard", "https://*.example.com", "https://example.com"),
    ("empty label under a wildcard", "https://*.example.com", "https://.example.com"),
    ("wildcard, end of another host", "https://*.example.com", "https://evilexample.com"),
    ("wildcard, longer host", "https://*.example.com", "https://a.example.com.evil.example"),
    ("wildcard, slash in front", "https://*.example.com", "https://evil.example/.example.com"),
    ("wildcard, user name in front", "https://*.example.com", "https://evil@a.example.com"),
    ("wildcard, letter for a dot", "https://*.example.com", "https://a.exampleXcom"),
    ("wildcard, other port", "https://*.example.com", "https://a.example.com:8443"),
    ("wildcard itself", "https://*.example.com", "https://*.example.com"),
    ("any port, longer host", "http://localhost:*", "http://localhost.evil.example"),
    ("any port, other scheme", "http://localhost:*", "https://localhost:5173"),
    ("any port, no number", "http://localhost:*", "http://localhost:x"),
    ("any port, no digits", "http://localhost:*", "http://localhost:"),
    ("any port, other loopback name", "http://localhost:*", "http://127.0.0.1:5173"),
    ("nobody at all", "none", "https://app.example.com"),
]

REFUSED = [
    ("nothing", "", "'' is empty; list the origins you trust, or write 'none' for nobody"),
    (
        "trailing comma",
        "https://a.example,",
        "'https://a.example,' has an empty entry; remove the extra comma",
    ),
    (
        "duplicate in another case",
        "https://a.example,https://A.example",
        "'https://A.example' is listed twice; remove one of the two",
    ),
    (
        "null",
        "null",
        "'null' is sent by any local file or sandboxed frame; serve the page over http(s)",
    ),
    (
        "everybody",
        "*",
        "'*' is not allowed by this policy; list the origins you trust",
    ),
    (
        "everybody and somebody",
        "*,https://a.example",
        "'*' stands alone; list the origins you trust",
    ),
    (
        "nobody and somebody",
        "none,https://a.example",
        "'none' stands alone, in lower case; write 'none' for nobody, or list origins",
    ),
    ("slash", "https://a.example/", "'https://a.example/' has a path; write 'https://a.example'"),
    (
        "query",
        "https://a.example?x",
        "'https://a.example?x' has a query; write 'https://a.example'",
    ),
    (
        "fragment",
        "https://a.example#x",
        "'https://a.example#x' has a fragment; write 'https://a.example'",
    ),
    (
        "password, which is not shown",
        "https://me:secret@a.example",
        "'https://***@a.example' has a user name or password, which no origin has; "
        "write 'https://a.example'",
    ),
    (
        "at sign in a path, which is no user name",
        "https://a.example/@me",
        "'https://a.example/@me' has a path; write 'https://a.example'",
    ),
    (
        "at sign in a path, and what may be a password",
        "http://localhost:3000/@me",
        "'http://localhost:***/@me' has a path; write scheme, host and port alone",
    ),
    ("no scheme", "a.example", "'a.example' has no scheme; write 'https://a.example'"),
    (
        "no scheme, on this machine",
        "localhost:5173",
        "'localhost:5173' has no scheme; write 'http://localhost:5173'",
    ),
    ("no host", "https://", "'https://' has no host; write 'https://' and the name of the host"),
    (
        "misspelt scheme",
        "htps://a.example",
        "'htps://a.example' has a misspelt scheme; write 'https://a.example'",
    ),
    (
        "socket",
        "wss://a.example",
        "'wss://a.example' is the address of a socket, not of a page; write 'https://a.example'",
    ),
    (
        "local file",
        "file:///index.html",
        "'file:///index.html' is no origin: file has none to send; serve the page over http(s)",
    ),
    (
        "page without an origin",
        "about:blank",
        "'about:blank' is no origin: about has none to send; serve the page over http(s)",
    ),
    (
        "wildcard for the scheme",
        "*://a.example",
        "'*://a.example' has a wildcard for a scheme; write 'https://a.example'",
    ),
    (
        "slash in front of the scheme",
        "/https://a.example",
        "'/https://a.example' has a malformed scheme; write 'https://a.example'",
    ),
    (
        "default port",
        "https://a.example:443",
        "'https://a.example:443' names the default port, which browsers leave out; "
        "write 'https://a.example'",
    ),
    (
        "bad port",
        "https://a.example:70000",
        "'https://a.example:70000' has a bad port; write a number from 1 to 65535, or leave it out",
    ),
    (
        "two wildcards",
        "https://*.example.com:*",
        "'https://*.example.com:*' has two wildcards; name the port or the host",
    ),
    (
        "wildcard inside a label",
        "https://app*.example.com",
        "'https://app*.example.com' has a wildcard where none is understood; write "
        "'https://*.example.com', 'http://localhost:*' or each origin by its name",
    ),
    (
        "wildcard over an address",
        "http://*.127.0.0.1",
        "'http://*.127.0.0.1' has a wildcard over an IP address; write each address",
    ),
    (
        "wildcard over a top-level domain",
        "https://*.com",
        "'https://*.com' has a wildcard over a single label; write it over a domain of your own",
    ),
    (
        "wildcard where previews are hosted",
        "https://*.vercel.app",
        "'https://*.vercel.app' covers a public suffix, so strangers can have names "
        "below vercel.app; list the origins, or serve previews from a domain of your own and write "
        "'https://*.preview.example.com'",
    ),
    (
        "wildcard over a rare public suffix",
        "https://*.kobe.jp",
        "'https://*.kobe.jp' covers a public suffix, so strangers can have names below kobe.jp; "
        "list the origins, or serve previews from a domain of your own and write "
        "'https://*.preview.example.com'",
    ),
    (
        "wildcard over a domain with public suffixes below",
        "https://*.us-east-1.on.aws",
        "'https://*.us-east-1.on.aws' covers a public suffix, so strangers can have names below "
        "us-east-1.on.aws; list the origins, or serve previews from a domain of your own and "
        "write 'https://*.preview.example.com'",
    ),
    (
        "regular expression",
        r"https://.*\.example\.com",
        r"'https://.*\\.example\\.com' is a regular expression; write each origin, or "
        "'https://*.' and a domain of your own",
    ),
    (
        "quotes that docker keeps",
        '"https://a.example"',
        "'\"https://a.example\"' has quotes, which docker --env-file keeps; "
        "write 'https://a.example'",
    ),
    (
        "JSON",
        '["https://a.example"]',
        "'[\"https://a.example\"]' is a JSON list; write origins separated by commas, "
        "without brackets or quotes",
    ),
    (
        "JSON with a password, which is not shown",
        '["https://me:secret@a.example"]',
        "'[\"https://***@a.example\"]' is a JSON list; write origins separated by commas, "
        "without brackets or quotes",
    ),
    (
        "empty JSON",
        "[]",
        "'[]' is an empty JSON list; write 'none' for nobody, or list the origins you trust",
    ),
    (
        "blank for a comma",
        "https://a.example https://b.example",
        "'https://a.example https://b.example' has a blank inside; separate origins with commas",
    ),
    (
        "semicolon for a comma",
        "https://a.example;https://b.example",
        "'https://a.example;https://b.example' has a separator other than a comma; "
        "separate origins with commas",
    ),
    (
        "placeholder",
        "https://<your-app>.example",
        "'https://<your-app>.example' is a placeholder; "
        "write the origin that your front end is served from",
    ),
    (
        "empty label",
        "https://a..example",
        "'https://a..example' has an empty label between its dots; "
        "write the name of the host in full",
    ),
    (
        "trailing dot",
        "https://a.example.",
        "'https://a.example.' has a dot at its end; write 'https://a.example'",
    ),
    (
        "Unicode",
        "https://bücher.example",
        "'https://bücher.example' has a host beyond ASCII; write 'https://xn--bcher-kva.example'",
    ),
    (
        "IPv6 address without brackets",
        "http://::1:3000",
        "'http://::1:3000' has a colon too many; write an IPv6 address in brackets, 'http://[::1]'",
    ),
    (
        "IPv6 address in full",
        "http://[0:0:0:0:0:0:0:1]",
        "'http://[0:0:0:0:0:0:0:1]' has an IPv6 address that browsers shorten; "
        "write 'http://[::1]'",
    ),
    (
        "malformed IPv6 address",
        "http://[::1",
        "'http://[::1' has a malformed IPv6 address; write it in brackets, 'http://[::1]:3000'",
    ),
    (
        "short IPv4 address",
        "http://127.1",
        "'http://127.1' has a malformed IPv4 address; write four decimal numbers up to 255",
    ),
]


@pytest.mark.parametrize(("text", "origin"), [pytest.param(*r[1:], id=r[0]) for r in MATCHES])
def test_trusted(text: str, origin: str) -> None:
    parsed = origins.parse_origins(text)

    assert parsed.match(origin)
    assert parsed.pattern.match(origin)


@pytest.mark.parametrize(("text", "origin"), [pytest.param(*r[1:], id=r[0]) for r in LOOK_ALIKES])
def test_not_trusted(text: str, origin: str) -> None:
    parsed = origins.parse_origins(text)

    assert not parsed.match(origin)
    assert not parsed.pattern.match(origin)


@pytest.mark.parametrize(("text", "problem"), [pytest.param(*r[1:], id=r[0]) for r in REFUSED])
def test_refused_with_a_reason_and_a_fix(text: str, problem: str) -> None:
    with pytest.raises(origins.OriginError) as error:
        origins.parse_origins(text, is_shared=suffixes.is_shared)

    assert error.value.problems == (problem,)


SHARED = [
    ("public suffix", "vercel.app", True),
    ("public suffix, two labels deeper", "on.aws", True),
    ("public suffix, one label deeper", "us-east-1.on.aws", True),
    ("private section of another registry", "amazonaws.com.cn", True),
    ("company with a public suffix among its names", "scw.cloud", True),
    ("wildcard rule below", "compute.amazonaws.com", True),
    ("name beside public suffixes", "mine.on.aws", False),
    ("name below a public suffix", "mine.vercel.app", False),
    ("exception of a wildcard rule", "city.kobe.jp", False),
    ("domain of one's own", "example.com", False),
    ("deeper domain of one's own", "preview.example.co.uk", False),
    ("domain that no rule knows", "corp.internal", False),
]


@pytest.mark.parametrize(("domain", "shared"), [pytest.param(*r[1:], id=r[0]) for r in SHARED])
def test_strangers_can_have_names_below(domain: str, shared: bool) -> None:
    assert suffixes.is_shared(domain) is shared


def test_every_bad_entry_is_reported() -> None:
    with pytest.raises(origins.OriginError) as error:
        origins.parse_origins("https://good.example,a.example,https://b.example/")

    assert len(error.value.problems) == 2


def test_everybody_is_trusted_only_where_that_is_allowed() -> None:
    anybody = origins.parse_origins("*", any_allowed=True)

    assert anybody.match("https://evil.example")
    assert str(anybody) == "*"
