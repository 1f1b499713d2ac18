"""Rules about the origins of plain Flask-CORS: whom they let in, to read and to write."""

import ast
import re
from collections.abc import Iterator

from werkzeug.routing import Rule as Route

from .._coverage import methods_of
from .._hosts import is_ipv4
from .._origins import parse_origin
from .._problems import Refused, accepts, shown
from .application import PLAIN, Application
from .plain import Grant
from .rules import Found, Level, rule
from .rules_cookies import cookie_used
from .source import Source, name_of

STRANGER = "https://evil.example"

# The parts of a regular expression: an escape, a class, a character, and how often it stands
# there. Of alternatives the first counts, and every option is taken.
_PART = re.compile(
    r"\\(.)|\[\^?((?:\\.|[^\]\\])+)\]|\(\?:|\|[^()]*|[()^$*+?]"
    r"|([^\\\[{*+?|()^$])|\{([0-9]+)[^}]*\}"
)

_HOST = re.compile(r"[a-z0-9-]+(?:\\?\.[a-z0-9-]+)+|(?<=//)[a-z0-9-]+", re.IGNORECASE)


@rule(
    "CORS101",
    Level.ERROR,
    "an origin is a regular expression that trusts strangers",
    kinds=PLAIN,
    about=r"""
    Flask-CORS takes an origin with one of `* \ ] ? $ ^ [ ] ( )` for a regular expression, and
    looks for it at the start alone. So `https://*.example.org` trusts
    `https://xexample.org.evil.example`, and not the subdomains. An unescaped dot stands for any
    character. Write each origin, or close the expression with `\Z` and escape its dots. In
    flask_cors_policy `https://*.example.org` means the subdomains.
    """,
)
def open_pattern(application: Application) -> Iterator[Found]:
    """Find patterns by an origin that they let in, and that their text does not name."""
    for grant in application.flask_cors.grants:
        for pattern in grant.patterns:
            if stranger := _stranger(pattern):
                yield Found(
                    grant.subject,
                    f"{shown(pattern.pattern)} is a regular expression, and trusts '{stranger}'",
                    _closed(pattern),
                )


@rule(
    "CORS102",
    Level.ERROR,
    "an origin matches no page",
    kinds=PLAIN,
    about="""
    Flask-CORS compares text and checks nothing. A trailing slash, a missing scheme, a default
    port, a blank, or several origins in one text are never equal to what a browser sends. Brackets
    of an IPv6 address make the origin a regular expression, which does not match itself.
    """,
)
def never_matches(application: Application) -> Iterator[Found]:
    """Find origins that no browser sends."""
    for grant in application.flask_cors.grants:
        for literal in grant.literals:
            if str(literal).lower() != "null" and (mistake := _mistake_of_origin(literal)):
                yield Found(grant.subject, f"{shown(literal)} {mistake[0]}", mistake[1])
        for pattern in grant.patterns:
            text = pattern.pattern
            if accepts(parse_origin, text) and not pattern.match(text):
                yield Found(
                    grant.subject,
                    f"{shown(text)} is read as a regular expression, which does not match it",
                    f'write re.compile(r"{re.escape(text)}\\Z")',
                )


@rule(
    "CORS103",
    Level.ERROR,
    "the origin null is trusted",
    kinds=PLAIN,
    about="""
    Any local file, any sandboxed frame and any page after a redirect to another origin sends
    `Origin: null`, so trusting it trusts every page. Serve the page over http(s), and list its
    origin.
    """,
)
def null(application: Application) -> Iterator[Found]:
    """Find `null` among the origins."""
    for grant in application.flask_cors.grants:
        named = any(str(literal).lower() == "null" for literal in grant.literals)
        if named or any(_matches_null(pattern) for pattern in grant.patterns):
            yield Found(
                grant.subject,
                "trusts 'null', which any page can send from a sandboxed frame",
                "serve the page over http(s) and list its origin",
            )


@rule(
    "CORS104",
    Level.ERROR,
    "every origin is trusted with credentials",
    kinds=PLAIN,
    about="""
    With `supports_credentials`, Flask-CORS answers `*` by echoing the origin of the request. So
    any page in the world reads with the cookies of your users. List the origins, or leave
    `supports_credentials` out.
    """,
)
def every_origin_with_credentials(application: Application) -> Iterator[Found]:
    """Find `*`, and patterns that mean it, beside credentials."""
    for grant in application.flask_cors.grants:
        if grant.options.supports_credentials and _trusts_all(grant):
            yield Found(
                grant.subject,
                "lets every page read with your users' cookies",
                "list the origins, or leave supports_credentials out",
            )


@rule(
    "CORS105",
    Level.WARNING,
    "`*` is answered by echoing the origin",
    kinds=PLAIN,
    about="""
    Caches then keep an answer for each origin, for nothing. With `send_wildcard=True` the answer
    is `*` itself, the same for all.
    """,
)
def echoed(application: Application) -> Iterator[Found]:
    """Find `*` that is not sent as it is."""
    for grant in application.flask_cors.grants:
        options = grant.options
        if grant.every_origin and not options.send_wildcard and not options.supports_credentials:
            yield Found(
                grant.subject,
                "answers '*' with the origin of each request, so caches keep one answer for each",
                "write send_wildcard=True",
            )


@rule(
    "CORS110",
    Level.WARNING,
    "an answer that depends on the origin has no Vary",
    kinds=PLAIN,
    about="""
    A refused answer has no `Vary: Origin`, and with a single origin no answer has it. A cache may
    then give it to a page that is trusted. Add `response.vary.add("Origin")` in a function that
    runs after each request; flask_cors_policy does so.
    """,
)
def without_vary(application: Application) -> Iterator[Found]:
    """Find grants whose answers differ, and have no Vary."""
    adds = any(name_of(node) == "vary" for one in application.all_code for node in one.nodes)
    for grant in application.flask_cors.grants if not adds else ():
        options = grant.options
        echoes = grant.every_origin and not options.send_wildcard
        if (echoes and not options.vary_header) or (not grant.every_origin and options.origins):
            yield Found(
                grant.subject,
                "sends no Vary: Origin with answers that depend on it, so a cache may mix them up",
                "add response.vary.add('Origin') in app.after_request",
            )


@rule(
    "CORS111",
    Level.WARNING,
    "requests without an origin get the name of a front end",
    kinds=PLAIN,
    about="""
    Of several origins Flask-CORS sends the first by alphabet to whoever asks without one. It names
    a front end to anybody, and is wrong for the others if a cache keeps it. Write
    `always_send=False`.
    """,
)
def named_to_anybody(application: Application) -> Iterator[Found]:
    """Find grants that answer requests without Origin with one of several origins."""
    for grant in application.flask_cors.grants:
        if grant.options.always_send and not grant.every_origin and len(grant.literals) > 1:
            yield Found(
                grant.subject,
                f"sends {shown(min(map(str, grant.literals)))} to requests without an Origin",
                "write always_send=False",
            )


@rule(
    "CORS118",
    Level.WARNING,
    "an origin is also matched in letters beyond ASCII",
    kinds=PLAIN,
    about="""
    Origins are compared with `casefold()`, for which the German sharp s is `ss`, and the client's
    spelling is echoed. No browser sends it; a proxy or a scanner may. A compiled pattern that ends
    with `\\Z` is compared letter for letter.
    """,
)
def folded(application: Application) -> Iterator[Found]:
    """Find origins that another text is folded to."""
    for grant in application.flask_cors.grants:
        for literal in grant.literals:
            if isinstance(literal, str) and "ss" in literal.lower():
                other = literal.lower().replace("ss", "\N{LATIN SMALL LETTER SHARP S}", 1)
                yield Found(
                    grant.subject,
                    f"{shown(literal)} also matches {other!a}",
                    f'write re.compile(r"{re.escape(literal)}\\Z")',
                )


@rule(
    "CORS119",
    Level.ERROR,
    "any page can write with the cookies of your users",
    kinds=PLAIN,
    about="""
    CORS keeps pages from reading; it does not keep a form of another site from being sent. A view
    that relies on cookies and takes such a body runs for any page. The guard of flask_cors_policy
    refuses these requests; Flask-WTF's CSRFProtect asks for a token.
    """,
)
def forged_writes(application: Application) -> Iterator[Found]:
    """Find views that write for whoever brings the cookie."""
    for route, with_cookies in _open_writes(application):
        if with_cookies:
            yield Found(
                f"route '{route.rule}'",
                "runs POST of any page, with the cookies of your users",
                "use flask_cors_policy, whose guard refuses it, or Flask-WTF's CSRFProtect",
            )


@rule(
    "CORS120",
    Level.WARNING,
    "any page can send writes",
    kinds=PLAIN,
    about="""
    As CORS119, for views that use no cookie. It matters where the network, an address or a client
    certificate stands for the user, and not where each request brings a token.
    """,
)
def unguarded_writes(application: Application) -> Iterator[Found]:
    """Find views that run for any page, although its answer is kept from it."""
    for route, with_cookies in _open_writes(application):
        if not with_cookies:
            yield Found(
                f"route '{route.rule}'",
                "runs POST of any page, as CORS only keeps the answer back",
                "use flask_cors_policy, whose guard refuses it, or ask each request for a token",
            )


@rule(
    "CORS125",
    Level.WARNING,
    "every page on the internet is let in",
    kinds=PLAIN,
    about="""
    `CORS(app)` without origins trusts every page, for every route that there is and will be. Write
    `origins=[...]`. Where an API is public on purpose, write `send_wildcard=True`, which keeps one
    answer in caches, and ignore this rule with that reason.
    """,
)
def open_to_all(application: Application) -> Iterator[Found]:
    """Find `*` without credentials, and the routes that it opens."""
    routes = application.routes
    for grant in application.flask_cors.grants:
        opened = [one for one in routes if grant in application.flask_cors.grants_of(one)]
        if grant.every_origin and not grant.options.supports_credentials and opened:
            others = f" and {len(opened) - 1} more" if len(opened) > 1 else ""
            what = "every route" if opened == routes else f"'{opened[0].rule}'{others}"
            yield Found(
                grant.subject,
                f"lets every page on the internet read {what}",
                "write origins=[...] with those you trust, or ignore CORS125 if the API is public "
                "on purpose",
            )


def _stranger(pattern: re.Pattern[str]) -> str | None:
    """Return an origin that a pattern matches, and that is not at or below a host it names."""
    if pattern.match(STRANGER):
        return STRANGER
    hosts = [found.replace("\\", "").lower() for found in _HOST.findall(pattern.pattern)]
    names = re.findall(r"[a-z0-9-]+", pattern.pattern.partition("//")[2].lower())
    heads = ["", "x", "x.", *(f"{name}." for name in dict.fromkeys(names))]
    own = _instance(pattern.pattern).partition("//")[2]
    for host in (*hosts, own):
        dots = [i for i, character in enumerate(host) if character == "."]
        bodies = [host, *(f"{host[:i]}x{host[i + 1 :]}" for i in dots)]
        for tail in (".evil.example", "x", ""):
            for candidate in (f"{head}{body}{tail}" for body in bodies for head in heads):
                name = candidate.partition(":")[0]
                inside = any(f".{name}".endswith(f".{one}") for one in hosts)
                for scheme in ("https", "http") if not inside and not is_ipv4(name) else ():
                    origin = f"{scheme}://{candidate}"
                    if pattern.match(origin) and accepts(parse_origin, origin):
                        return origin
    return None


def _instance(pattern: str) -> str:
    """Return a text that a simple pattern matches: a letter or a digit for each of its classes."""
    found: list[str] = []
    for escaped, inside, plain, number in _PART.findall(pattern):
        if number:
            found += found[-1:] * (int(number) - 1)
        elif escaped:
            found.append({"d": "1", "w": "x", "Z": ""}.get(escaped, escaped))
        elif inside:
            found.append("1" if inside.startswith(("0", "\\d")) else "a")
        elif plain:
            found.append("x" if plain == "." else plain)
    return "".join(found)


def _closed(pattern: re.Pattern[str]) -> str:
    """Return what to write in place of a pattern that is open."""
    plain = pattern.pattern.strip("^$").replace("\\", "")
    if accepts(parse_origin, plain):
        return f"write '{plain}'"
    if accepts(parse_origin, plain.removesuffix(":*")):
        return "write the port of the page"
    with_end = f"{pattern.pattern}\\Z"
    if _stranger(re.compile(with_end)) is None:
        return f'write re.compile(r"{with_end}")'
    hosts = [found.replace("\\", "").lower() for found in _HOST.findall(pattern.pattern)]
    if not hosts or "." not in hosts[0]:
        return "list the origins"
    return (
        "list the origins, or write "
        f're.compile(r"https://([a-z0-9-]+\\.)+{re.escape(hosts[0])}\\Z") for the subdomains'
    )


def _trusts_all(grant: Grant) -> bool:
    return grant.every_origin or any(one.match(STRANGER) for one in grant.patterns)


def _matches_null(pattern: re.Pattern[str]) -> bool:
    return bool(pattern.match("null")) and not pattern.match(STRANGER)


def _mistake_of_origin(literal: object) -> tuple[str, str] | None:
    """Return why no browser sends an origin, and what to write."""
    if not isinstance(literal, str):
        return "is not text, and matches no page", "set the variable that it comes from"
    if "," in literal:
        return "is one text, which no page sends", "split it, value.split(','), or write a list"
    try:
        origin = str(parse_origin(literal))
    except Refused as error:
        _, reason, fix = error.faults[0]
        return reason, fix
    if origin != literal.lower():
        return "has a blank around it", f"write '{origin}'"
    return None


def _open_writes(application: Application) -> Iterator[tuple[Route, bool]]:
    """Return routes that run POST for any page, and whether cookies stand for a user there."""
    if "csrf" in application.app.extensions:  # Flask-WTF's CSRFProtect
        return
    for route in application.cross_origin_routes:
        if "POST" not in methods_of(route):  # the only unsafe method that needs no preflight
            continue
        code = application.code(application.app.view_functions.get(route.endpoint))
        if not any(map(_reads_json, code)):
            credentials = any(
                grant.options.supports_credentials
                for grant in application.flask_cors.grants_of(route)
            )
            yield route, credentials or any(map(cookie_used, code))


def _reads_json(source: Source) -> bool:
    """Return whether code asks for JSON, which no page sends without a preflight."""
    calls = any(True for _ in source.calls("get_json"))
    return calls or any(ast.unparse(node) == "request.json" for node in source.nodes)
