"""Rules about the table: which origins are trusted, and what the rows do to which routes."""

from collections.abc import Iterator

from .._coverage import methods_of
from .._environment import FIXED, PREFIX
from .._guard import SAFE_METHODS
from .._hints import add_methods
from .._middleware import is_behind_policy, is_below, links_behind, mounted_beside, mounts_in
from .._origins import Origin
from .._suffixes import is_loopback, is_public_suffix
from .._table import Row, may_cover
from .application import HOSTS, Application
from .rules import Found, Level, rule
from .sockets import socket_server

PLACEHOLDER = "https://app.example.com"
EXAMPLES = (".example", ".example.com", ".example.net", ".example.org")  # RFC 2606
# Pages of an app on a phone or a desktop have these origins, and no server behind them.
APPS = ("https://localhost", "http://tauri.localhost", "https://tauri.localhost")
LONGEST_AGE = 7200  # seconds; Chromium's limit, above which Firefox alone listens


@rule(
    "CORS001",
    Level.WARNING,
    "a placeholder is left in production",
    about="""
    `https://app.example.com` stands in documentation and templates, and nobody can serve a page
    there (RFC 2606). A host in `TRUSTED_HOSTS` below an example domain is as unreal, and requests
    for the real one get 400. It is a warning, as nothing is open. Write the origin of your front
    end, and the name of your API.
    """,
)
def placeholder(application: Application) -> Iterator[Found]:
    """Find values that were never replaced."""
    if not application.production:
        return
    for host in application.hosts:
        if f".{host.lstrip('.')}".endswith(EXAMPLES):
            yield Found(
                HOSTS,
                f"'{host}' is an example name, which nobody can register",
                "write the name by which this API is called, as requests for others get 400",
            )
    for place, origin, _ in application.trusted:
        if str(origin) == PLACEHOLDER:
            yield Found(
                place,
                f"'{origin}' is a placeholder",
                "write the origin that your front end is served from",
            )


@rule(
    "CORS002",
    Level.ERROR,
    "an origin of the visitor's own machine is trusted in production",
    about="""
    Any program on the visitor's machine can serve a page at `http://localhost:3000`. Leave
    `localhost`, `127.0.0.1` and `[::1]` to development. The pages of apps pass:
    `https://localhost` and `capacitor://localhost` (Capacitor), `http://tauri.localhost` and
    `https://tauri.localhost` (Tauri).
    """,
)
def loopback(application: Application) -> Iterator[Found]:
    """Find development values where real users are."""
    for place, origin, _ in application.trusted:
        if application.production and _is_loopback(origin) and str(origin) not in APPS:
            yield Found(
                place,
                f"'{origin}' is any program that listens on the visitor's own machine",
                "leave it out in production; if this is development, run 'flask --debug cors "
                "check'",
            )


@rule(
    "CORS003",
    Level.WARNING,
    "an origin without TLS is trusted in production",
    about="""
    Whoever sits on the network can rewrite a page that is served over `http://`, and read with it
    what the page may read. Serve the page over https, and write `https://`.
    """,
)
def plain_http(application: Application) -> Iterator[Found]:
    """Find pages that the network can rewrite."""
    for place, origin, credentials in application.trusted:
        if application.production and not credentials and _is_plain(origin):
            yield Found(
                place,
                f"'{origin}' has no TLS, so whoever sits on the network can rewrite its pages",
                f"serve the page over https and write '{_with_tls(origin)}'",
            )


@rule(
    "CORS004",
    Level.ERROR,
    "an origin without TLS is trusted with credentials",
    about="""
    As CORS003, and worse: a rewritten page acts as the user who is signed in. Serve the page over
    https, and write `https://`. The visitor's own machine is no network, and passes.
    """,
)
def plain_http_with_credentials(application: Application) -> Iterator[Found]:
    """Find pages that the network can rewrite and that act as the user."""
    for place, origin, credentials in application.trusted:
        if credentials and _is_plain(origin):
            yield Found(
                place,
                f"'{origin}' has no TLS and may send credentials, so whoever sits on the network "
                "can act as your users",
                f"serve the page over https and write '{_with_tls(origin)}'",
            )


@rule(
    "CORS005",
    Level.WARNING,
    "a wildcard is trusted with credentials",
    about="""
    One subdomain that is lost to somebody else acts as your users. List the origins that need
    credentials.
    """,
)
def wildcard_with_credentials(application: Application) -> Iterator[Found]:
    """Find subdomains that act as the user, whoever runs them."""
    for place, origin, credentials in application.trusted:
        if credentials and origin.subdomains:
            yield Found(
                place,
                f"'{origin}' with credentials trusts every host below {origin.host} with your "
                "users' cookies",
                "list the origins that need it",
            )


@rule(
    "CORS006",
    Level.WARNING,
    "a wildcard covers a whole domain, or all ports of a host",
    about="""
    `https://*.example.com` also trusts the forgotten blog and the name that points at a service
    you no longer pay for. Give front ends a domain of their own, `https://*.preview.example.com`,
    and write the port of the page.
    """,
)
def broad_wildcard(application: Application) -> Iterator[Found]:
    """Find wildcards over more than was set up for it."""
    for place, origin, _ in application.trusted:
        if origin.subdomains and _is_registrable(origin.host):
            yield Found(
                place,
                f"'{origin}' trusts everything below {origin.host}, a forgotten host as well",
                "list the origins, or give them a domain of their own and write "
                f"'{origin.scheme}://*.preview.{origin.host}'",
            )
        if origin.port == "*" and not _is_loopback(origin):
            yield Found(
                place,
                f"'{origin}' trusts whatever listens on any port of {origin.host}",
                "write the port of the page",
            )


@rule(
    "CORS007",
    Level.WARNING,
    "a max-age is longer than browsers remember a preflight",
    about="""
    Chromium remembers a preflight for at most 7200 seconds, Safari for 600, and Firefox alone for
    up to 86400. A longer time only delays the day on which a corrected policy is known in Firefox.
    Write at most 7200.
    """,
)
def max_age(application: Application) -> Iterator[Found]:
    """Find times that most browsers cut."""
    found = {row.sources["max_age"][0].name: row.max_age for row in application.rows}
    for place, seconds in found.items():
        if seconds > LONGEST_AGE:
            yield Found(
                place,
                f"'{seconds}' is obeyed by Firefox alone; Chromium remembers a preflight for "
                f"{LONGEST_AGE} seconds and Safari for 600",
                f"write at most '{LONGEST_AGE}', so that a corrected policy is soon known "
                "everywhere",
            )


@rule(
    "CORS008",
    Level.WARNING,
    "a row grants nothing, as another one takes all its methods",
    about="""
    Two rows have the same path, and the one with `for_methods` decides on every method that the
    other lists. Take methods out of `for_methods`, or remove the row that grants nothing.
    """,
)
def shadowed(application: Application) -> Iterator[Found]:
    """Find rows that no granted request reaches."""
    for row in application.policy.rows:
        for other in application.policy.rows:
            same = other.base == row.base and not row.for_methods
            if same and set(row.methods) <= set(other.for_methods):
                yield Found(
                    _place(row),
                    f"grants nothing, as the row with for_methods={other.for_methods!r} decides "
                    "on all methods that it lists",
                    "take methods out of that row, or remove this one",
                )


@rule(
    "CORS009",
    Level.WARNING,
    "a row covers no route",
    about="""
    Most often its path has a slip, so that the routes it was meant for have another row, or none.
    Correct the path or `for_methods`; `flask routes` shows what there is. Rows of SocketIO and of
    mounted applications are no finding. Other middleware behind the policy may answer paths too:
    ignore this rule for a row of such a path.
    """,
)
def without_routes(application: Application) -> Iterator[Found]:
    """Find rows that decide on nothing."""
    correct = "correct its path, or remove the row"
    if is_behind_policy(application.app):
        correct = "correct its path, remove the row, or ignore CORS009 if middleware answers there"
    for row in application.policy.rows:
        if _covers_others(application, row):
            continue
        below = [one for one in application.routes if may_cover(row.base, one.rule)]
        if not below:
            yield Found(
                _place(row),
                "covers no route of this application",
                f"{correct}; 'flask routes' shows the paths",
            )
        elif row.for_methods and not any(
            set(methods_of(one)) & {*row.for_methods} for one in below
        ):
            yield Found(
                _place(row),
                f"is for {_and(row.for_methods)}, which no route below it takes",
                "correct for_methods, or remove the row",
            )


@rule(
    "CORS010",
    Level.WARNING,
    "a route beside the rows has no row",
    about="""
    The route begins like the paths of your rows, and no row covers it, or not for all its methods.
    No page of another origin can read it, and none can write to it. Add a row. If it is for the
    API's own pages alone, ignore this rule.
    """,
)
def without_a_row(application: Application) -> Iterator[Found]:
    """Find routes that were probably meant to have a row."""
    areas = {_area(row.base) for row in application.policy.rows}
    for route in application.routes:
        decided = dict(application.rows_of(route))
        closed = [method for method, row in decided.items() if row is None]
        beside = _area(route.rule) in areas - {""} and not route.rule.startswith("/<")
        if closed and (beside or len(closed) < len(decided)):
            limited = application.policy.row_at(route.rule)
            yield Found(
                f"route '{route.rule}'",
                f"no row covers {', '.join(closed)}, so no page of another origin can call it",
                add_methods(limited, closed)
                if limited
                else f"add a row that does, such as '{_area(route.rule)}/*'",
            )


@rule(
    "CORS024",
    Level.WARNING,
    "the methods of a view's cross_origin are none that the view takes",
    about="""
    `cross_origin(methods=...)` narrows the row of the view's path. Where it lists none of the
    view's methods, no page of another origin can call the view. List the methods of the route.
    """,
)
def methods_of_a_view(application: Application) -> Iterator[Found]:
    """Find views that their own decorator closes."""
    for route in application.routes:
        decided = [(method, row) for method, row in application.rows_of(route) if row and row.own]
        taken = {method: row for method, row in decided if method != "HEAD"}
        if taken and not any(method in row.methods for method, row in taken.items()):
            row = next(iter(taken.values()))
            yield Found(
                row.subject,
                f"lists {_and(row.methods)}, and the view of '{route.rule}' takes "
                f"{_and([*taken])}, so no page of another origin can call it",
                f"write methods={tuple(taken)!r}",
            )


@rule(
    "CORS025",
    Level.WARNING,
    "a row takes writes away from origins that the wider row trusts",
    about="""
    The most specific row decides alone. A row such as `{"origins": "*", "methods": ("GET",
    "HEAD")}` below another one also refuses the writes that the wider row would let pass. If that
    is not meant, limit the row to its methods with `for_methods`; the wider row then decides on
    the rest.
    """,
)
def writes_taken_away(application: Application) -> Iterator[Found]:
    """Find routes whose writes are refused because a row about reading covers them."""
    rows = application.policy.rows
    for route in application.routes:
        for method in methods_of(route):
            covering = [row for row in rows if row.covers(route.rule, method)]
            if method in SAFE_METHODS or len(covering) < 2 or method in covering[0].methods:
                continue
            narrow, wide = covering[:2]
            if method in wide.methods and (wide.origins.any or wide.origins.entries):
                yield Found(
                    _place(narrow),
                    f"takes {method} on '{route.rule}' away from the origins that '{wide.name}' "
                    "trusts",
                    f"write 'for_methods': {narrow.methods!r} in it, or ignore CORS025 if it is "
                    "meant",
                )


@rule(
    "CORS030",
    Level.WARNING,
    "a CORS_ variable is set that nothing reads",
    about="""
    The variable changes nothing, whatever its author expects of it. A name close to one that is
    read stops the start; this is any other. Remove it, or read it in a row with
    `Variable("CORS_...")`. Some are options of Flask-CORS that cannot be chosen here.
    """,
)
def unread_variables(application: Application) -> Iterator[Found]:
    """Find variables without effect."""
    for name in application.policy.unread:
        fixed = FIXED.get(name.upper().removeprefix(PREFIX).lower())
        fix = "unset it" if fixed else f"unset it, or write Variable('{name}') in a row"
        yield Found(name, fixed or "is set, and nothing reads it", fix)


def _place(row: Row) -> str:
    limit = f" for {_and(row.for_methods)}" if row.for_methods else ""
    return f"{row.subject}{limit}"


def _covers_others(application: Application, row: Row) -> bool:
    """Return whether SocketIO or a mounted application has paths of a row."""
    links = links_behind(application.app)
    servers = [server for link in links if (server := socket_server(link))]
    paths = [*mounts_in(links), *(server.path for server in servers)]
    inside = any(is_below(path, row.base) or is_below(row.base, path) for path in paths)
    # What is mounted beside the policy is found by CORS023, whose fix brings it under the row.
    return inside or bool(mounted_beside(application.app, row.base))


def _area(path: str) -> str:
    """Return the first part of a path, such as `/api`."""
    first = path.split("/")[1:2]
    return f"/{first[0]}" if first and first[0] else ""


def _and(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _is_loopback(origin: Origin) -> bool:
    return origin.scheme in ("http", "https") and is_loopback(origin.host)


def _is_plain(origin: Origin) -> bool:
    return origin.scheme == "http" and not _is_loopback(origin)


def _with_tls(origin: Origin) -> str:
    return str(origin).replace("http://", "https://", 1)


def _is_registrable(host: str) -> bool:
    return host.count(".") == 1 or is_public_suffix(host.partition(".")[2])
