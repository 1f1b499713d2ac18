"""The grammar of origins: what is accepted matches that and nothing else."""

import ast
import re
from typing import NoReturn

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flask_cors_policy._origins import LONGEST, parse_origin, parse_origins
from flask_cors_policy._problems import Refused
from flask_cors_policy._suffixes import is_known_to_be_shared, is_shared
from grammar import (
    any_port,
    entries,
    exact,
    faults_of,
    members,
    near,
    shared,
    should_match,
    subdomains,
    texts,
    values,
)

APP = "https://app.example.com"
BELOW = "https://*.example.com"
BELOW_8443 = "https://*.example.com:8443"
LOCAL = "http://localhost:*"

# What it is: the entry, and an origin that it stands for.
MATCHES = {
    "exact": (APP, APP),
    "exact, with a port": ("http://localhost:5173", "http://localhost:5173"),
    "exact, an IPv4 address": ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    "exact, an IPv6 address": ("http://[::1]:3000", "http://[::1]:3000"),
    "exact, an IPv4 address in an IPv6 one": ("http://[::ffff:102:304]", "http://[::ffff:102:304]"),
    "exact, an app in a shell": ("capacitor://localhost", "capacitor://localhost"),
    "exact, a browser extension": (
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    ),
    "exact, an app of its own scheme": ("app://.", "app://."),
    "exact, an app of its own scheme, with a name": ("app://obsidian.md", "app://obsidian.md"),
    "exact, an app of its own scheme, with a port": (
        "tauri://localhost:1420",
        "tauri://localhost:1420",
    ),
    "exact, an app written in capitals": ("App://Obsidian.md", "app://obsidian.md"),
    "exact, a name of one label": ("http://intranet", "http://intranet"),
    "exact, in punycode": ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    "exact, below a public suffix": ("https://mine.vercel.app", "https://mine.vercel.app"),
    "exact, a domain below a public suffix of its own": (
        "https://a.b.github.io",
        "https://a.b.github.io",
    ),
    "exact, written in capitals": ("HTTPS://APP.Example.COM", APP),
    "exact, the last port": ("https://app.example.com:65535", "https://app.example.com:65535"),
    "exact, the other scheme's default port": ("http://a.example:443", "http://a.example:443"),
    "subdomains, one label": (BELOW, APP),
    "subdomains, two labels": (BELOW, "https://a.b.example.com"),
    "subdomains, with a port": (BELOW_8443, "https://app.example.com:8443"),
    "subdomains, an underscore": (BELOW, "https://a_b.example.com"),
    "subdomains, written in capitals": ("HTTPS://*.EXAMPLE.com", APP),
    "any port": (LOCAL, "http://localhost:5173"),
    "any port: none": (LOCAL, "http://localhost"),
    "any port: the last": (LOCAL, "http://localhost:65535"),
    "any port of an IPv6 address": ("http://[::1]:*", "http://[::1]:3000"),
    "second of a list": ("http://localhost:1,https://app.example.com", APP),
    "blanks around the comma": (" http://localhost:1 ,\thttps://app.example.com ", APP),
}

# What it is: the entry, and an origin that it does not stand for.
LOOK_ALIKES = {
    "suffix attached": (APP, "https://app.example.com.evil.example"),
    "suffix attached without a dot": (APP, "https://app.example.comevil.example"),
    "prefix attached": (APP, "https://evilapp.example.com"),
    "label in front": (APP, "https://x.app.example.com"),
    "dot read as any character": (APP, "https://appXexample.com"),
    "other scheme": (APP, "http://app.example.com"),
    "scheme attached in front": (APP, "xhttps://app.example.com"),
    "a port": (APP, "https://app.example.com:8443"),
    "the default port": (APP, "https://app.example.com:443"),
    "empty port": (APP, "https://app.example.com:"),
    "trailing dot": (APP, "https://app.example.com."),
    "trailing slash": (APP, "https://app.example.com/"),
    "path": (APP, "https://app.example.com/x"),
    "query": (APP, "https://app.example.com?"),
    "fragment": (APP, "https://app.example.com#"),
    "capitals": (APP, "https://APP.example.com"),
    "capital scheme": (APP, "HTTPS://app.example.com"),
    "line break at the end": (APP, "https://app.example.com\n"),
    "line break in front": (APP, "\nhttps://app.example.com"),
    "null byte": (APP, "https://app.example.com\0"),
    "null byte and more": (APP, "https://app.example.com\0.evil.example"),
    "blank": (APP, "https://app.example.com "),
    "userinfo": (APP, "https://app.example.com@evil.example"),
    "userinfo in front": (APP, "https://evil@app.example.com"),
    "backslash": (APP, "https://app.example.com\\.evil.example"),
    "percent sign": (APP, "https://app%2eexample.com"),
    "full-width letters": (APP, "https://ａpp.example.com"),
    "ideographic full stop": (APP, "https://app。example.com"),
    "Kelvin sign": ("https://k.example.com", "https://\u212a.example.com"),
    "sharp s": ("https://assets.example.com", "https://aßets.example.com"),
    "dotless i": ("https://id.example.com", "https://ıd.example.com"),
    "long s": ("https://s.example.com", "https://ſ.example.com"),
    "soft hyphen": (APP, "https://app.exam\u00adple.com"),
    "two origins": (APP, "https://app.example.com,https://app.example.com"),
    "two origins with a blank": (APP, "https://app.example.com https://app.example.com"),
    "null": (APP, "null"),
    "empty": (APP, ""),
    "scheme alone": (APP, "https://"),
    "brackets read as a class": ("http://[::1]:3000", "http://::3000"),
    "port of another scheme": ("http://localhost:5173", "https://localhost:5173"),
    "port with a digit more": ("http://localhost:5173", "http://localhost:51730"),
    "port left out": ("http://localhost:5173", "http://localhost"),
    "apex under a wildcard": (BELOW, "https://example.com"),
    "dot and apex": (BELOW, "https://.example.com"),
    "wildcard: attached in front": (BELOW, "https://evilexample.com"),
    "wildcard: suffix attached": (BELOW, "https://a.example.com.evil.example"),
    "wildcard: as a label": (BELOW, "https://evil.example/a.example.com"),
    "wildcard: in the query": (BELOW, "https://evil.example?.example.com"),
    "wildcard: in the fragment": (BELOW, "https://evil.example#.example.com"),
    "wildcard: behind a userinfo": (BELOW, "https://evil.example@x.example.com"),
    "wildcard: behind a colon": (BELOW, "https://evil.example:.example.com"),
    "wildcard: behind a backslash": (BELOW, "https://evil.example\\.example.com"),
    "wildcard: behind a line break": (BELOW, "https://evil.example\n.example.com"),
    "wildcard: behind a null byte": (BELOW, "https://evil.example\0.example.com"),
    "wildcard: empty label": (BELOW, "https://a..example.com"),
    "wildcard: the star itself": (BELOW, "https://*.example.com"),
    "wildcard: capitals": (BELOW, "https://A.example.com"),
    "wildcard: beyond ASCII": (BELOW, "https://ä.example.com"),
    "wildcard: Kelvin sign": (BELOW, "https://\u212a.example.com"),
    "wildcard: dot read as any character": (BELOW, "https://a.exampleXcom"),
    "wildcard: other scheme": (BELOW, "http://a.example.com"),
    "wildcard: a port": (BELOW, "https://a.example.com:8443"),
    "wildcard: trailing dot": (BELOW, "https://a.example.com."),
    "wildcard: line break at the end": (BELOW, "https://a.example.com\n"),
    "wildcard with a port: no port": (BELOW_8443, "https://a.example.com"),
    "wildcard with a port: another": (BELOW_8443, "https://a.example.com:84430"),
    "any port: other scheme": (LOCAL, "https://localhost:5173"),
    "any port: other host": (LOCAL, "http://localhost.evil.example:5173"),
    "any port: attached": (LOCAL, "http://localhostevil.example"),
    "any port: userinfo": (LOCAL, "http://localhost:80@evil.example"),
    "any port: label in front": (LOCAL, "http://a.localhost:5173"),
    "any port: empty": (LOCAL, "http://localhost:"),
    "any port: a letter": (LOCAL, "http://localhost:80a"),
    "any port: six digits": (LOCAL, "http://localhost:123456"),
    "any port: 5000 digits": (LOCAL, "http://localhost:" + "1" * 5000),
    "any port: digits of another script": (LOCAL, "http://localhost:٣"),
    "any port: line break at the end": (LOCAL, "http://localhost:80\n"),
    "any port: path": (LOCAL, "http://localhost:80/"),
    "any port of 127.0.0.1: dot read as any character": (
        "http://127.0.0.1:*",
        "http://127a0b0c1:80",
    ),
    "any port: zero": (LOCAL, "http://localhost:0"),
    "any port: leading zero": (LOCAL, "http://localhost:080"),
    "any port: 65536": (LOCAL, "http://localhost:65536"),
    "app of its own scheme: another host": ("app://.", "app://obsidian.md"),
    "app of its own scheme: no host": ("app://.", "app://"),
    "app of its own scheme: a path": ("app://.", "app://./x"),
    "app of its own scheme: another scheme": ("app://.", "apps://."),
    "no origin: empty": ("none", ""),
    "no origin: none": ("none", "none"),
    "no origin: null": ("none", "null"),
    "no origin: an origin": ("none", APP),
}

_SUFFIX = (
    "trusts strangers, who can have names below {}; list the origins, or serve previews from a "
    "domain of your own and write 'https://*.preview.example.com'"
)
_WILDCARD = (
    "has a wildcard where none is understood; write 'https://*.example.com', 'http://localhost:*' "
    "or each origin by its name"
)
_PATTERN = "is a regular expression; write each origin, or 'https://*.' and a domain of your own"
_PLACEHOLDER = "is a placeholder; write the origin that your front end is served from"
_SEPARATOR = "has a separator other than a comma; separate origins with commas"
_USER = "has a user name or password, which no origin has; write 'https://app.example.com'"
_PORT = "has a bad port; write a number from 1 to 65535, or leave it out"
_NULL = (
    "is sent by any local file or sandboxed frame; serve the page over http(s), or let the form of "
    "another site come back with GET"
)
_WORD = (
    "is a word or a number, not an origin; list the origins you trust, or write 'none' for no "
    "origin"
)
_MISSPELT = "has a misspelt scheme; write 'https://app.example.com'"
_HOST = "has a malformed host; write letters, digits and hyphens between its dots"
_PUNYCODE = "has a label in broken punycode; write the name as a browser shows it"
_IPV4 = "has a malformed IPv4 address; write four decimal numbers up to 255"
_IPV6 = "has a malformed IPv6 address; write it in brackets, 'http://[::1]:3000'"
_JSON = "is a JSON list; write origins separated by commas, without brackets or quotes"
_EMPTY_LABEL = "has an empty label between its dots; write the name of the host in full"
_OPAQUE = "is no origin, as pages of {} have none to send; serve the page over http(s)"
_LOCAL_FILE = (
    "is what local files and some WebViews send, any of them; serve the page from a scheme or "
    "address with an origin, such as 'capacitor://localhost', 'https://localhost' or 'app://.'"
)
_PATH = "has a path; write 'https://app.example.com'"
_LINES = "has a line break or an unusual blank; write all on one line"
_TYPED = "has a character that cannot be printed; type the origin again"
_SINGLE = "has a wildcard over a single label; write it over a domain of your own"
_OVER_IP = "has a wildcard over an IP address; write each address"
_ANY = (
    "is accepted only if the table has it as the default of the variable; list the origins you "
    "trust, or open a part of the API with a row of its own"
)
_NONE = "stands alone, in lower case; write 'none' for no origin, or list origins"
_EMPTY = "has an empty entry; remove the extra comma"
_BARE = "write scheme, host and port alone"
_SCHEME = "has no scheme; write it with its scheme, such as 'https://app.example.com'"
_NO_ITEMS = "is an empty JSON list; write 'none' for no origin, or list the origins you trust"

# What it is: the value, and its only problem but for the value in quotes.
REFUSED = {
    "empty": ("", "is empty; list the origins you trust, or write 'none' for no origin"),
    "blank": (" ", "is empty; list the origins you trust, or write 'none' for no origin"),
    "null": ("null", _NULL),
    "NULL": ("NULL", _NULL),
    "path": (f"{APP}/app", _PATH),
    "trailing slash": (f"{APP}/", _PATH),
    "trailing slash of another scheme": (
        "capacitor://localhost/",
        "has a path; write 'capacitor://localhost'",
    ),
    "trailing slash under a wildcard": (f"{BELOW}/", "has a path; write 'https://*.example.com'"),
    "path of any port": (f"{LOCAL}/", "has a path; write 'http://localhost:*'"),
    "path behind a default port": (f"{APP}:443/", _PATH),
    "query": (f"{APP}?x", "has a query; write 'https://app.example.com'"),
    "fragment": (f"{APP}#x", "has a fragment; write 'https://app.example.com'"),
    "missing scheme": ("app.example.com", "has no scheme; write 'https://app.example.com'"),
    "missing scheme, with a port": (
        "app.example.com:8443",
        "has no scheme; write 'https://app.example.com:8443'",
    ),
    "a name for a scheme": (
        "localhost://3000",
        "has no scheme; write 'http://localhost:' and the port",
    ),
    "missing scheme, local": ("localhost:3000", "has no scheme; write 'http://localhost:3000'"),
    "missing scheme, a wildcard": (
        "*.example.com",
        "has no scheme; write 'https://*.example.com'",
    ),
    "two slashes alone": ("//app.example.com", "has no scheme; write 'https://app.example.com'"),
    "one slash too few": (
        "https:/app.example.com",
        "has no scheme; write 'https://app.example.com'",
    ),
    "scheme without a letter": ("htps://app.example.com", _MISSPELT),
    "scheme without its first letter": ("ttps://app.example.com", _MISSPELT),
    "scheme without its first letters": ("ps://app.example.com", _MISSPELT),
    "scheme with a letter twice": ("hhttps://app.example.com", _MISSPELT),
    "scheme with letters in another order": ("thtps://app.example.com", _MISSPELT),
    "scheme with a wrong letter of its own": ("hppts://app.example.com", _MISSPELT),
    "scheme with a key beside the right one": ("httos://app.example.com", _MISSPELT),
    "scheme with a letter in front": ("xhttps://app.example.com", _MISSPELT),
    "scheme with a letter behind": ("HTTPX://app.example.com", _MISSPELT),
    "scheme that was made harmless": ("hxxps://app.example.com", _MISSPELT),
    "scheme without its first letter, local": (
        "ttp://localhost:3000",
        "has a misspelt scheme; write 'http://localhost:3000'",
    ),
    "scheme of a local page, misspelt with s": (
        "htps://localhost:3000",
        "has a misspelt scheme; write 'https://localhost:3000'",
    ),
    "value of a switch": ("true", _WORD),
    "value of a switch, in capitals": ("OFF", _WORD),
    "number": ("7200", _WORD),
    "method": ("POST", _WORD),
    "word for any origin": ("all", _WORD),
    "a socket": (
        "wss://app.example.com",
        "is the address of a socket, not of a page; write 'https://app.example.com'",
    ),
    "a local socket": (
        "ws://localhost:3000",
        "is the address of a socket, not of a page; write 'http://localhost:3000'",
    ),
    "file": ("file:///index.html", _LOCAL_FILE),
    "file alone": ("file://", _LOCAL_FILE),
    "ftp": ("ftp://app.example.com", _OPAQUE.format("ftp")),
    "about": ("about:blank", _OPAQUE.format("about")),
    "data": ("data:text/html;base64", _OPAQUE.format("data")),
    "script": ("javascript:alert(1)", _OPAQUE.format("javascript")),
    "host called like a scheme": ("data:3000", "has no scheme; write 'https://data:3000'"),
    "two slashes too few": ("chrome-extension:abcdefgh", _SCHEME),
    "slash in front": (
        "/https://app.example.com/",
        "has a malformed scheme; write 'https://app.example.com'",
    ),
    "slash in front, without a host": ("/https:.../", _SCHEME),
    "scheme in front": (
        "blob:https://app.example.com/5b3f2c1e",
        "has a malformed scheme; write 'https://app.example.com'",
    ),
    "empty scheme": ("://app.example.com", "has no scheme; write 'https://app.example.com'"),
    "wildcard for the scheme": (
        "*://app.example.com",
        "has a wildcard for a scheme; write 'https://app.example.com'",
    ),
    "wildcard in the scheme": (
        "http*://*.example.com",
        "has a wildcard for a scheme; write 'https://*.example.com'",
    ),
    "wildcard for all three": (
        "*://*/*",
        "has a wildcard for a scheme; write 'https://' and the name of the host",
    ),
    "at sign in a path": (f"{APP}/@x", _PATH),
    "path under a wildcard over a suffix": (
        "https://*.vercel.app/",
        _SUFFIX.format("vercel.app"),
    ),
    "path under a wildcard over a single label": ("https://*.com/", _SINGLE),
    "wildcard over a suffix without a scheme": ("*.vercel.app", _SUFFIX.format("vercel.app")),
    "comment without a blank before it": (
        f"{APP}#the front end",
        "has a fragment; write 'https://app.example.com'",
    ),
    "comment before another origin": (
        f"{APP}#the front end https://b.example.com",
        "has a blank inside; separate origins with commas",
    ),
    "missing host": ("https://", "has no host; write 'https://' and the name of the host"),
    "missing host before a port": (
        "https://:8443",
        "has no host; write 'https://' and the name of the host",
    ),
    "missing host before a path": (
        "https:///x",
        "has no host; write 'https://' and the name of the host",
    ),
    "default port of https": (
        f"{APP}:443",
        "names the default port, which browsers leave out; write 'https://app.example.com'",
    ),
    "default port of http": (
        "http://localhost:80",
        "names the default port, which browsers leave out; write 'http://localhost'",
    ),
    "default port under a wildcard": (
        f"{BELOW}:443",
        "names the default port, which browsers leave out; write 'https://*.example.com'",
    ),
    "empty port": (f"{APP}:", _PORT),
    "port 0": (f"{APP}:0", _PORT),
    "port 65536": (f"{APP}:65536", _PORT),
    "port with a leading zero": (f"{APP}:08443", _PORT),
    "port that is a word": (f"{APP}:https", _PORT),
    "port in digits of another script": (f"{APP}:٣٠٠٠", _PORT),
    "port with a sign": (f"{APP}:-1", _PORT),
    "port of 5000 digits": (f"{APP}:{'1' * 5000}", _PORT),
    "two wildcards": (f"{BELOW}:*", "has two wildcards; name the port or the host"),
    "wildcard over an IPv4 address": ("http://*.127.0.0.1", _OVER_IP),
    "wildcard over an IPv6 address": ("http://*.[::1]", _OVER_IP),
    "wildcard over a single label": ("https://*.com", _SINGLE),
    "wildcard over localhost": ("http://*.localhost", _SINGLE),
    "wildcard over nothing": ("https://*.", _SINGLE),
    "wildcard for the whole host": ("https://*", _WILDCARD),
    "wildcard in the middle": ("https://app.*.example.com", _WILDCARD),
    "wildcard inside a label": ("https://app-*.example.com", _WILDCARD),
    "wildcard at the end": ("https://app.*", _WILDCARD),
    "wildcard twice": ("https://*.*.example.com", _WILDCARD),
    "wildcard inside a port": ("http://localhost:80*", _WILDCARD),
    "wildcard of any port of another scheme": ("capacitor://localhost:*", _WILDCARD),
    "subdomains of another scheme": ("capacitor://*.example.com", _WILDCARD),
    "wildcard inside a label over a public suffix": (
        "https://app-*-team.vercel.app",
        _SUFFIX.format("vercel.app"),
    ),
    "wildcard inside a label over a tunnel": (
        "https://*-3000.app.github.dev",
        _SUFFIX.format("app.github.dev"),
    ),
    "two schemes": (
        "https://https://app.example.com",
        "has two schemes; write 'https://app.example.com'",
    ),
    "two schemes, a slash too few": (
        "http:/https://app.example.com",
        "has two schemes; write 'https://app.example.com'",
    ),
    "app of its own scheme without a host": (
        "app://",
        "has no host; write 'app://' and the name of the host",
    ),
    "app of its own scheme with a path": ("app://./index.html", "has a path; write 'app://.'"),
    "app of its own scheme, malformed": (
        "app://a!b",
        "has a malformed host; write 'app://' and the name of the host",
    ),
    "wildcard for any extension": ("chrome-extension://*", _WILDCARD),
    "wildcard for any installation of an extension": (
        "moz-extension://*",
        (
            "has a wildcard, and each installation of that extension has an id of its own; call "
            "the API from its background script with a host permission, which needs no CORS"
        ),
    ),
    "public suffix of the registries": ("https://*.co.uk", _SUFFIX.format("co.uk")),
    "public suffix of a company": ("https://*.vercel.app", _SUFFIX.format("vercel.app")),
    "public suffix, with a port": ("https://*.github.io:8443", _SUFFIX.format("github.io")),
    "public suffix in capitals": ("https://*.Netlify.App", _SUFFIX.format("netlify.app")),
    "domain with public suffixes below": (
        "https://*.amazonaws.com",
        _SUFFIX.format("amazonaws.com"),
    ),
    "domain with public suffixes two labels below": ("https://*.on.aws", _SUFFIX.format("on.aws")),
    "regular expression": (r"https://.*\.example\.com", _PATTERN),
    "regular expression, between slashes": ("/example/i", _PATTERN),
    "regular expression, optional s": ("https?://app.example.com", _PATTERN),
    "regular expression, anchored": ("^https://app.example.com$", _PATTERN),
    "regular expression, alternatives": ("https://(a|b).example.com", _PATTERN),
    "regular expression, class": ("https://[a-z].example.com", _PATTERN),
    "regular expression, plus": ("https://.+.example.com", _PATTERN),
    "regular expression without a scheme": (".*", _PATTERN),
    "quotes around all": (
        f'"{APP},https://b.example.com"',
        (
            "has quotes, which docker --env-file keeps; write "
            "'https://app.example.com,https://b.example.com'"
        ),
    ),
    "single quotes around all": (
        f"'{APP}'",
        "has quotes, which docker --env-file keeps; write 'https://app.example.com'",
    ),
    "quotes that do not close": (
        f'"{APP}',
        "has quotes; write origins separated by commas, without quotes",
    ),
    "JSON list": (f'["{APP}"]', _JSON),
    "JSON list of two": (f'["{APP}", "https://b.example.com"]', _JSON),
    "list without quotes": (f"[{APP}]", _JSON),
    "list without quotes and schemes": ("[app.example.com:8443]", _JSON),
    "empty JSON list": ("[]", _NO_ITEMS),
    "empty JSON object": ("{ }", _NO_ITEMS),
    "quotes around a bad origin": (
        f"'{APP}/'",
        (
            "has quotes, which docker --env-file keeps; write origins separated by commas, "
            "without quotes"
        ),
    ),
    "quotes around quotes": (
        "'\"" * 1000 + "'",
        (
            "has quotes, which docker --env-file keeps; write origins separated by commas, "
            "without quotes"
        ),
    ),
    "JSON object": (f'{{"origins": "{APP}"}}', _JSON),
    "semicolon": (f"{APP};https://b.example.com", _SEPARATOR),
    "bar": (f"{APP}|https://b.example.com", _SEPARATOR),
    "nothing between two": (f"{APP}https://b.example.com", _SEPARATOR),
    "full-width comma": (f"{APP}，https://b.example.com", _SEPARATOR),
    "blank between two": (
        f"{APP} https://b.example.com",
        "has a blank inside; separate origins with commas",
    ),
    "line break between two": (f"{APP}\nhttps://b.example.com", _LINES),
    "line break at the end": (f"{APP}\n", _LINES),
    "non-breaking blank": (f"\u00a0{APP}", _LINES),
    "placeholder in angle brackets": ("https://<your-domain>", _PLACEHOLDER),
    "placeholder of a shell": ("$FRONTEND_ORIGIN", _PLACEHOLDER),
    "placeholder of compose": ("${FRONTEND_ORIGIN}", _PLACEHOLDER),
    "placeholder of Windows": ("%FRONTEND_ORIGIN%", _PLACEHOLDER),
    "placeholder of a template": ("https://{{domain}}", _PLACEHOLDER),
    "placeholder in words": ("https://your-domain.com", _PLACEHOLDER),
    "changeme": ("changeme", _PLACEHOLDER),
    "empty label": ("https://app..example.com", _EMPTY_LABEL),
    "leading dot": ("https://.example.com", _EMPTY_LABEL),
    "empty label under a wildcard": ("https://*..example.com", _EMPTY_LABEL),
    "trailing dot": (f"{APP}.", "has a dot at its end; write 'https://app.example.com'"),
    "trailing dot before a port": (
        f"{APP}.:8443",
        "has a dot at its end; write 'https://app.example.com:8443'",
    ),
    "raw Unicode host": (
        "https://bücher.example",
        "has a host beyond ASCII; write 'https://xn--bcher-kva.example'",
    ),
    "raw Unicode host in capitals, with a port": (
        "https://BÜCHER.example:8443",
        "has a host beyond ASCII; write 'https://xn--bcher-kva.example:8443'",
    ),
    "raw Unicode host under a wildcard": (
        "https://*.bücher.example",
        "has a host beyond ASCII; write 'https://*.xn--bcher-kva.example'",
    ),
    "sharp s": (
        "https://straße.example",
        "has a host beyond ASCII; write 'https://xn--strae-oqa.example'",
    ),
    "another script": (
        "https://例え.example",
        "has a host beyond ASCII; write 'https://xn--r8jz45g.example'",
    ),
    "full-width letters": (
        "https://ＡＰＰ.example",
        "has a host beyond ASCII; write 'https://app.example'",
    ),
    "emoji with a variation selector, which browsers drop": (
        "https://i\u2764\ufe0f.example",
        "has a host beyond ASCII; write 'https://xn--i-7iq.example'",
    ),
    "punycode of nothing": ("https://xn--.example", _PUNYCODE),
    "punycode of ASCII": ("https://xn--a-.example", _PUNYCODE),
    "punycode that cannot be read": ("https://xn--a.example", _PUNYCODE),
    "punycode of capitals": ("https://xn--wca.example", _PUNYCODE),
    "malformed IPv6 address": ("http://[::g]", _IPV6),
    "IPv6 address without its end": ("http://[::1", _IPV6),
    "IPv6 address with a zone": ("http://[fe80::1%25eth0]", _IPV6),
    "empty IPv6 address": ("http://[]:3000", _IPV6),
    "text behind an IPv6 address": ("http://[::1]x", _IPV6),
    "IPv6 address without brackets": (
        "http://::1",
        "has a colon too many; write an IPv6 address in brackets, 'http://[::1]'",
    ),
    "IPv6 address in full": (
        "http://[0:0:0:0:0:0:0:1]:3000",
        "has an IPv6 address that browsers shorten; write 'http://[::1]:3000'",
    ),
    "IPv6 address with an IPv4 one": (
        "http://[::ffff:1.2.3.4]",
        "has an IPv6 address that browsers shorten; write 'http://[::ffff:102:304]'",
    ),
    "IPv4 address of three numbers": ("http://127.0.1", _IPV4),
    "IPv4 address above 255": ("http://127.0.0.256", _IPV4),
    "IPv4 address with a leading zero": ("http://127.0.0.01", _IPV4),
    "IPv4 address in hexadecimal": ("http://0x7f000001", _IPV4),
    "IPv4 address as one number": ("http://2130706433", _IPV4),
    "label of 64 characters": (f"https://{'a' * 64}.example.com", _HOST),
    "host of 254 characters": ("https://" + "a." * 125 + "exam", _HOST),
    "percent sign": ("https://app%2eexample.com", _HOST),
    "two ports": (
        f"{APP}:80:80",
        "has a colon too many; write an IPv6 address in brackets, 'http://[::1]'",
    ),
    "null byte": (f"{APP}\0", _TYPED),
    "escape character": (f"{APP}\x1b[0m", _TYPED),
    "zero-width blank": (f"{APP}\u200b", _TYPED),
    "text turned around": (f"{APP}\u202e", _TYPED),
    "half of a surrogate pair": (f"{APP}\ud83d", _TYPED),
    "any origin, not allowed": ("*", _ANY),
    "none in capitals": ("NONE", _NONE),
    "Python's None": ("None", _NONE),
}

# What it is: the value, and the whole of each problem.
REFUSED_IN_PART = {
    "trailing comma": (f"{APP},", [f"'{APP},' {_EMPTY}"]),
    "leading comma": (f",{APP}", [f"',{APP}' {_EMPTY}"]),
    "two commas": (
        f"{APP}, ,https://b.example.com",
        [f"'{APP}, ,https://b.example.com' {_EMPTY}"],
    ),
    "comma alone": (",", [f"',' {_EMPTY}"]),
    "comma behind a password": (
        "https://jane:s3cr3t@app.example.com,",
        [
            f"'https://***@app.example.com' {_USER}",
            f"'https://***@app.example.com,' {_EMPTY}",
        ],
    ),
    "duplicate": (f"{APP},{APP}", [f"'{APP}' is listed twice; remove one of the two"]),
    "duplicate in another case": (
        f"{APP},HTTPS://APP.EXAMPLE.COM",
        ["'HTTPS://APP.EXAMPLE.COM' is listed twice; remove one of the two"],
    ),
    "null in a list": (f"{APP},null", [f"'null' {_NULL}"]),
    "none in a list": (f"none,{APP}", [f"'none' {_NONE}"]),
    "any origin in a list": (f"{APP},*", ["'*' stands alone; list the origins you trust"]),
    "one bad entry of three": (
        f"{APP},https://b.example.com/,http://localhost:*",
        ["'https://b.example.com/' has a path; write 'https://b.example.com'"],
    ),
    "all problems at once": (
        f"{APP}/,null,https://*.vercel.app,",
        [
            f"'{APP}/' {_PATH}",
            f"'null' {_NULL}",
            f"'https://*.vercel.app' {_SUFFIX.format('vercel.app')}",
            f"'{APP}/,null,https://*.vercel.app,' {_EMPTY}",
        ],
    ),
    "the same problem twice": ("null,null", [f"'null' {_NULL}"]),
    "quotes around each": (
        f'"{APP}","https://b.example.com"',
        [
            (
                f'\'"{APP}","https://b.example.com"\' has quotes, which docker --env-file keeps; '
                "write origins separated by commas, without quotes"
            )
        ],
    ),
    "long value": (
        f"https://{'a' * 200}.example.com",
        [f"'https://{'a' * 112}…' {_HOST}"],
    ),
    "user name": ("https://jane@app.example.com", [f"'https://***@app.example.com' {_USER}"]),
    "password": ("https://jane:s3cr3t@app.example.com", [f"'https://***@app.example.com' {_USER}"]),
    "empty user name": ("https://@app.example.com", [f"'https://***@app.example.com' {_USER}"]),
    "password with a comma": (
        "https://jane:s3,cr3t@app.example.com",
        [f"'https://***@app.example.com' {_USER}"],
    ),
    "password with a slash": (
        "https://jane:s3/cr3t@app.example.com",
        [f"'https://***@app.example.com' {_USER}"],
    ),
    "password with an at sign": (
        "https://jane:s3@cr3t@app.example.com",
        [f"'https://***@app.example.com' {_USER}"],
    ),
    "password without a scheme": (
        "jane:s3cr3t@app.example.com",
        [f"'***@app.example.com' {_USER}"],
    ),
    "password of the second": (
        f"{APP},https://jane:s3cr3t@app.example.com",
        [f"'https://***@app.example.com' {_USER}"],
    ),
    "password in a JSON list": (
        '["https://jane:s3cr3t@app.example.com"]',
        [f"'[\"https://***@app.example.com\"]' {_JSON}"],
    ),
    "password of the second in a JSON list": (
        '["https://b.example.com/x", "https://jane:s3cr3t@app.example.com"]',
        [f"'[\"https://b.example.com/***@app.example.com\"]' {_JSON}"],
    ),
    "user name and a path": (
        "https://jane@app.example.com/x",
        [f"'https://***@app.example.com/x' {_USER}"],
    ),
    "user name alone": (
        "https://jane@",
        [f"'https://***@' has a user name or password, which no origin has; {_BARE}"],
    ),
    "at sign deep in a path": (
        f"{APP}/x/@y",
        [f"'{APP}/***@y' {_PATH}"],
    ),
    "at sign in a query": (
        f"{APP}?x@y",
        [f"'{APP}?***@y' has a query; write '{APP}'"],
    ),
    "at sign in a path behind a port, which may be a password": (
        "http://localhost:3000/@x",
        [f"'http://localhost:***/@x' has a path; {_BARE}"],
    ),
    "at sign in a path of a host that may be a user": (
        "http://api/@x",
        [f"'http://***/@x' has a path; {_BARE}"],
    ),
    "at sign in a path of the second": (
        f"{APP},https://b.example.com/@x",
        [f"'https://***/@x' has a path; {_BARE}"],
    ),
    "at sign in a path without a scheme": (
        "app.example.com/@x",
        ["'app.example.com/@x' has no scheme; write 'https://app.example.com'"],
    ),
    "password of a digit and a slash": (
        "https://jane:3/cr3t@app.example.com",
        [f"'https://***:***/***@app.example.com' has a path; {_BARE}"],
    ),
    "password with an at sign and a slash": (
        "https://jane:s3@cr/3t@app.example.com",
        [f"'https://***@app.example.com' {_USER}"],
    ),
    "password behind a comma and a path": (
        f"{APP}/,jane:s3cr3t@b.example.com",
        [f"'{APP}/***@b.example.com' {_PATH}"],
    ),
    "password in a list": (
        ["https://jane:s3cr3t@app.example.com"],
        ["\"['https://***@app.example.com']\" is not text; write origins between commas"],
    ),
    "nothing": (None, ["'None' is not text; write origins between commas"]),
    "a number": (5, ["'5' is not text; write origins between commas"]),
    "true": (True, ["'True' is not text; write origins between commas"]),
    "bytes": (b"x", ["\"b'x'\" is not text; write origins between commas"]),
}

# Real names that only resemble a placeholder, a pattern or a suffix.
ACCEPTED = """
https://todo.example.com https://changemenow.example.com https://yourteams.example.com
https://mytodo.com https://vercel.app.example.com https://null.example.com https://none.example.com
https://null https://a--b.example.com https://1.example.com https://1password.com https://3.com
https://*.preview.example.com https://*.mine.vercel.app https://*.corp.internal https://*.a.co
https://xn--bcher-kva.example https://xn--fa-hia.example https://xn--ls8h.example
https://xn--mgba3gch31f060k.example moz-extension://5b3f2c1e-0a7d-4d5e-9c36-1a2b3c4d5e6f
tauri://localhost app://obsidian.md ionic://localhost chrome-extension://a vscode-webview://a
obs://a steps://a tips://a top://a https://true https://all http://localhost:1
http://192.168.0.10:* http://my_api:8000 https://user.example.com
""".split()


@pytest.mark.parametrize(("value", "origin"), MATCHES.values(), ids=MATCHES.keys())
def test_origin_matches_its_entry(value: str, origin: str) -> None:
    assert parse_origins(value).match(origin)


@pytest.mark.parametrize(("value", "origin"), LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_look_alike_does_not_match(value: str, origin: str) -> None:
    assert not parse_origins(value).match(origin)


@pytest.mark.parametrize(("value", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_value_refused_with_reason_and_fix(value: str, message: str) -> None:
    (line,) = faults_of(value)
    assert line.endswith(f" {message}")
    shown = ast.literal_eval(line.removesuffix(f" {message}"))
    assert shown == (value if len(value) <= 120 else f"{value[:120]}…")


@pytest.mark.parametrize(("value", "lines"), REFUSED_IN_PART.values(), ids=REFUSED_IN_PART.keys())
def test_list_refused_with_every_fault(value: object, lines: list[str]) -> None:
    assert list(faults_of(value)) == lines


def test_host_that_normalises_to_a_path_is_not_suggested() -> None:
    (line,) = faults_of("https://a℀b.example")  # NFKC makes it a/cb
    assert re.fullmatch(r"'https://a℀b.example' has a host beyond ASCII; write [^']+", line)


@pytest.mark.parametrize("value", ACCEPTED)
def test_unusual_origin_accepted(value: str) -> None:
    assert faults_of(value) == ()


@pytest.mark.parametrize("suffix", ["kobe.jp", "s3.amazonaws.com", "sagemaker.aws"])
def test_wildcard_over_a_suffix_of_the_full_list_refused(suffix: str) -> None:
    value = f"https://*.{suffix}"
    assert faults_of(value) == ()
    assert faults_of(value, is_shared=is_shared) == (f"'{value}' {_SUFFIX.format(suffix)}",)


def test_any_origin_where_it_is_allowed() -> None:
    any_origin = parse_origins("*", any_allowed=True)
    assert any_origin.any
    assert str(any_origin) == "*"
    assert all(map(any_origin.match, (APP, "null", "", "x\n")))
    assert faults_of(f"*,{APP}", any_allowed=True) == (
        "'*' stands alone; write '*' for any origin, or list the origins you trust",
    )
    assert faults_of('"*"', any_allowed=True) == (
        "'\"*\"' has quotes, which docker --env-file keeps; write '*'",
    )


def test_none_is_an_empty_list() -> None:
    assert str(parse_origins(" none ")) == "none"
    assert parse_origins("none").entries == ()


def test_two_lists_add_up_without_repetition() -> None:
    both = parse_origins(f"{APP},{LOCAL}") + parse_origins(f"{APP},{BELOW}")
    assert str(both) == f"{APP},{LOCAL},{BELOW}"
    assert (both + parse_origins("*", any_allowed=True)).any


@given(st.lists(entries, min_size=1, max_size=4, unique=True), st.data())
def test_accepted_list_matches_its_members_and_nothing_else(
    listed: list[str], data: st.DataObject
) -> None:
    parsed = parse_origins(",".join(listed))
    member = data.draw(members(data.draw(st.sampled_from(listed))))
    assert parsed.match(member)
    for origin in (member, data.draw(near(member)), data.draw(near(member)), data.draw(st.text())):
        assert parsed.match(origin) == any(should_match(entry, origin) for entry in listed)


@given(exact | subdomains | any_port, st.sampled_from([str.upper, str.title, str.swapcase, str]))
def test_case_is_folded_in_the_configuration(value: str, spell: type[str]) -> None:
    assert parse_origins(spell(value)) == parse_origins(value)
    assert str(parse_origins(spell(value))) == value


@given(texts | st.lists(entries, unique=True).map(" , ".join))
def test_parsed_list_written_back_parses_alike(value: str) -> None:
    if not faults_of(value, any_allowed=True):
        parsed = parse_origins(value, any_allowed=True)
        again = parse_origins(str(parsed), any_allowed=True)
        assert again == parsed
        assert str(again) == str(parsed)


@given(values, st.booleans())
@example("https://a℀b.example", False)
@example("@", False)
@example('"*"', True)
def test_any_value_is_accepted_or_refused_in_one_line_each(
    value: object, any_allowed: bool
) -> None:
    for line in faults_of(value, any_allowed=any_allowed):
        assert line.isprintable()
        assert re.fullmatch(r"""(?:'.*'|".*") .+; .+""", line)
        if fix := re.search(r"; write '([^']+)'\Z", line):
            assert faults_of(fix[1], any_allowed=any_allowed) == ()


@given(st.data(), entries | shared)
def test_origin_that_a_fix_names_is_accepted(data: st.DataObject, entry: str) -> None:
    for line in faults_of(data.draw(near(entry)), is_shared=is_known_to_be_shared):
        if fix := re.search(r"; write '([^']+)'\Z", line):
            assert faults_of(fix[1], is_shared=is_known_to_be_shared) == ()


@given(shared, st.sampled_from(["", "/", "/x", "?x", "#x y", ":443", ":443/"]), st.booleans())
def test_wildcard_over_a_suffix_is_refused_for_that_whatever_else_is_wrong(
    entry: str, rest: str, has_scheme: bool
) -> None:
    value = (entry if has_scheme else entry.removeprefix("https://")) + rest
    assert faults_of(value) == (f"'{value}' {_SUFFIX.format(entry.partition('*.')[2])}",)


@given(st.text() | texts, st.text() | texts, st.sampled_from(["https://", "x://", "", f"{APP},"]))
@example("", ",A,A://", "https://")
@example("//", ".com/", "")
def test_passwords_are_masked(before: str, after: str, scheme: str) -> None:
    password = f"{before}Pa55w0rd{after}"
    if re.search(r"(?i),\s*[a-z][a-z0-9+.-]*://", password):  # which starts another entry
        password = password.replace(",", "")
    for line in faults_of(f"{scheme}jane:{password}@app.example.com"):
        assert "Pa55w0rd" not in line


@given(st.lists(st.one_of(exact, any_port), unique=True, min_size=1))
def test_suffix_list_is_not_asked_about_whole_names(listed: list[str]) -> None:
    def broken(domain: str) -> NoReturn:
        raise AssertionError(domain)

    assert parse_origins(",".join(listed), is_shared=broken) == parse_origins(",".join(listed))


@given(subdomains)
def test_suffix_list_is_asked_about_the_domain_of_a_wildcard(value: str) -> None:
    asked: list[str] = []

    def note(domain: str) -> bool:
        asked.append(domain)
        return False

    parse_origins(value, is_shared=note)
    domain = value.partition("*.")[2].partition(":")[0]
    assert asked == [domain]
    assert faults_of(value, is_shared=lambda _: True) == (f"'{value}' {_SUFFIX.format(domain)}",)


# What it is: the text, and the reason why it is not the origin of one page.
NOT_ONE_PAGE = {
    "two origins": (f"{APP},{LOCAL}", "is not one origin"),
    "a wildcard": (BELOW, "is not one origin"),
    "any port": (LOCAL, "is not one origin"),
    "any origin": ("*", "is not one origin"),
    "no origin": ("none", "is not one origin"),
    "null": ("null", "is sent by any local file or sandboxed frame"),
    "a path": (f"{APP}/", "has a path"),
}


@pytest.mark.parametrize(("text", "reason"), NOT_ONE_PAGE.values(), ids=NOT_ONE_PAGE.keys())
def test_origin_of_one_page_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_origin(text)
    assert [fault.reason for fault in refused.value.faults] == [reason]


def test_origin_of_one_page() -> None:
    assert str(parse_origin("HTTPS://App.example.com")) == APP


def test_text_longer_than_an_origin_is_not_parsed() -> None:
    with pytest.raises(Refused) as refused:
        parse_origin("x" + "," * LONGEST)  # an empty entry for each comma, were it parsed
    assert [fault.reason for fault in refused.value.faults] == ["is longer than an origin can be"]


@given(st.sampled_from([BELOW, LOCAL, APP]), st.integers(LONGEST, 100_000))
def test_text_longer_than_an_origin_matches_nothing(entry: str, length: int) -> None:
    parsed = parse_origins(entry)
    assert not parsed.match(f"https://{'a.' * length}example.com")
    assert not parsed.match(f"http://localhost:{'1' * length}")
