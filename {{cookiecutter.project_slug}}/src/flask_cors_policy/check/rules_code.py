"""Rules about what stands beside the policy: the code of views, middleware and extensions."""

import ast
import re
from collections.abc import Iterator
from functools import partial
from types import FunctionType

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from .._layer import Layer
from .._middleware import links_behind, links_from
from .application import CORS_KINDS, Application, Function, Kind
from .rules import Found, Level, rule
from .sockets import SUBJECT, refused, socket_server
from .source import Source, is_installed, module_of, name_of

_HEADER = re.compile(r"access-control-(?!request-)[a-z-]+", re.IGNORECASE)
_READERS = {"get", "getlist", "pop", "remove"}
_OF_THE_FRAMEWORK = {"flask", "werkzeug", "flask_cors", "flask_cors_policy"}


@rule(
    "CORS011",
    Level.WARNING,
    "a route that other origins may call redirects",
    kinds=CORS_KINDS,
    about="""
    A page that asks for `/books` while the route is `/books/` gets 308, sends a second preflight,
    and behind a proxy may be led to http. After a redirect to another origin its own is `null`.
    Write the route without a slash at its end, or `strict_slashes=False`. Plain Flask-CORS lets
    the preflight itself be redirected, which browsers refuse.
    """,
)
def redirects(application: Application) -> Iterator[Found]:
    """Find addresses that cost another round trip, or fail."""
    for route in application.cross_origin_routes:
        view = application.app.view_functions.get(route.endpoint)
        if route.redirect_to is not None:
            yield Found(
                f"route '{route.rule}'",
                "redirects, and after a redirect to another origin a page has the origin 'null'",
                "answer at the address itself",
            )
        elif (
            route.strict_slashes
            and not route.is_leaf
            and route.rule != "/"
            and not _is_extension(application, view)  # such as Flask-RESTX's own `/api/`
        ):
            bare = route.rule.rstrip("/")
            yield Found(
                f"route '{route.rule}'",
                f"sends those who ask for '{bare}' away with 308, which costs them another "
                "preflight and, behind a proxy, may lead to http",
                f"write '{bare}', or strict_slashes=False",
            )


@rule(
    "CORS012",
    Level.ERROR,
    "a view or a blueprint sets CORS headers itself",
    kinds=CORS_KINDS,
    about="""
    Under the policy such a header is replaced, so it opens nothing and misleads its reader. Plain
    Flask-CORS keeps it, and the page gets the header of the view. Take it out, and write a row, or
    `cross_origin(...)` on the view.
    """,
)
def own_headers(application: Application) -> Iterator[Found]:
    """Find a second policy, which is replaced or, with Flask-CORS, wins."""
    effect = "which the policy replaces"
    fix = "take it out and write a row, or cross_origin(...) on the view"
    if application.kind is Kind.FLASK_CORS:
        effect = "which Flask-CORS leaves as it is"
        fix = (
            "take it out and write cross_origin(...) on the view, or a path in CORS(resources=...)"
        )
    for source in application.all_code:
        if name := _header_set(source):
            yield Found(
                source.where,
                f"{source.name} sets {name}, {effect}",
                fix,
            )


@rule(
    "CORS013",
    Level.ERROR,
    "Flask-CORS is registered a second time",
    kinds=CORS_KINDS,
    about="""
    Beside the policy, an old `CORS(app)` has no effect: its headers are replaced, and the origins
    that it lists are refused. Two plain ones add up: what the first refuses, the second grants.
    Take it out, and write a row for its paths.
    """,
)
def second_flask_cors(application: Application) -> Iterator[Found]:
    """Find CORS(app) and CORS(blueprint) of Flask-CORS beside another policy."""
    ours = application.kind is Kind.POLICY
    everywhere = [name for _, name, _ in application.flask_cors.registrations if name is None]
    for i, (place, name, _) in enumerate(application.flask_cors.registrations):
        if ours:
            yield Found(
                f"flask_cors.{place}",
                "has no effect, as the policy replaces its headers",
                "take it out and write a row for its paths",
            )
        elif (name is None and i > 0) or (name is not None and everywhere):
            yield Found(
                f"flask_cors.{place}",
                "is a second policy, which grants what the other one refuses",
                "write one CORS(app, resources={...}) with the paths of both",
            )


@rule(
    "CORS014",
    Level.ERROR,
    "a view reads JSON of any content type",
    kinds=CORS_KINDS,
    about="""
    With `force=True` a view reads what any page can send without a preflight, as `text/plain`. The
    guard refuses such a page, and older browsers without the headers it needs are let through.
    Write `get_json()`, which answers 415 to other types.
    """,
)
def forced_json(application: Application) -> Iterator[Found]:
    """Find get_json(force=True)."""
    for source in application.all_code:
        for arguments in source.calls("get_json"):
            if arguments.get("force", arguments.get("0", False)) is not False:
                yield Found(
                    source.where,
                    f"{source.name} calls get_json(force=True), which reads bodies that any page "
                    "can send without a preflight",
                    "write get_json()",
                )


@rule(
    "CORS021",
    Level.ERROR,
    "pages that are not trusted can change something",
    about="""
    The policy is a WSGI layer, and `app.wsgi_app` no longer leads to it. So no request is guarded,
    and no header is sent. Middleware has to keep what it wraps: `app.wsgi_app =
    Middleware(app.wsgi_app)`. The layer is looked for in attributes, closures and partials.
    """,
)
def guard(application: Application) -> Iterator[Found]:
    """Find an application whose requests pass by the policy."""
    if not application.leads_to_policy:
        yield Found(
            "app.wsgi_app",
            "does not lead to the policy, so nothing is guarded and no header is sent",
            "wrap what is there, 'app.wsgi_app = Middleware(app.wsgi_app)'",
        )


@rule(
    "CORS022",
    Level.ERROR,
    "WebSockets are open to every page",
    kinds=(*CORS_KINDS, Kind.NONE),
    about="""
    CORS does not apply to WebSockets: browsers open them from any page, with cookies.
    Flask-SocketIO with `cors_allowed_origins="*"` or `[]` accepts them all, and stands before the
    policy if it was initialised later. Routes of flask-sock check nothing, so without the policy
    any page may open them; under a row of `*` too. List the origins.
    """,
)
def open_websockets(application: Application) -> Iterator[Found]:
    """Find WebSockets that accept a handshake from any page."""
    for link in application.links:
        server = socket_server(link)
        if server and server.accepts_all:
            unguarded = application.kind is not Kind.POLICY or link.outside
            reach = "before the policy is asked" if unguarded else "beside the policy"
            reach = reach if application.state else "with their cookies"
            yield Found(
                SUBJECT,
                f"accepts connections from every page, {reach}",
                "list the origins of your pages",
            )
    for route in application.routes:
        if not route.websocket or application.kind is Kind.NONE:
            continue
        row = application.policy.row_for(route.rule, "GET")
        if application.kind is Kind.FLASK_CORS:
            yield Found(
                f"WebSocket '{route.rule}'",
                "is open to every page, as Flask-CORS does not look at handshakes",
                "compare request.origin with a list, or use flask_cors_policy, which does",
            )
        elif row and application.row_of_view(route, row).origins.any:
            yield Found(
                f"WebSocket '{route.rule}'",
                f"is open to every page, as its row '{row.name}' is",
                "give it a row of its own that lists origins",
            )


@rule(
    "CORS032",
    Level.WARNING,
    "SocketIO lists an origin that the policy around it refuses",
    about="""
    Flask-SocketIO that is initialised before `CORS(...)` stands behind the policy. A page then
    needs two things: `cors_allowed_origins`, and a row of `/socket.io/*` that trusts it. Otherwise
    it cannot read a polling GET, and its polling POST and WebSocket get 403. Clients that send
    cookies (`withCredentials`) need `supports_credentials` in the row as well. The API's own pages
    need no row; they are known from `TRUSTED_HOSTS`.
    """,
)
def refused_sockets(application: Application) -> Iterator[Found]:
    """Find pages that SocketIO would accept and the policy does not let through."""
    for link in links_behind(application.app):
        server = socket_server(link)
        if server and (pages := server.pages(application.hosts)):
            yield from refused(application.policy, server.path, pages)


@rule(
    "CORS023",
    Level.WARNING,
    "a mounted application stands beside the policy",
    about="""
    `DispatcherMiddleware` that is put around the application after `init_app` sends requests past
    the policy: no page of another origin can read them, and nothing guards their writes. Mount
    first, then install the policy; it then covers the mounted paths too. A dispatcher around the
    whole application, as in a `wsgi.py`, cannot be seen from here.
    """,
)
def mounted_beside(application: Application) -> Iterator[Found]:
    """Find applications that are reached past the policy."""
    for link in application.links:
        mounts = getattr(link.application, "mounts", None)
        if link.outside and isinstance(mounts, dict):
            for path, mounted in mounts.items():
                if not _has_a_policy(mounted):
                    yield Found(
                        f"mount '{path}'",
                        "is reached past the policy, so nothing guards its writes",
                        "mount it before CORS.init_app(app), so that the policy is around it",
                    )


@rule(
    "CORS031",
    Level.ERROR,
    "ProxyFix stands behind the policy",
    about="""
    Middleware that is added before `CORS(...)` stands behind the policy. The policy then judges a
    request by what the proxy sent, not by what the client sent to the proxy. Without
    Sec-Fetch-Site it takes a page on http for the API's own, and refuses the API's own pages. Add
    `ProxyFix` after `CORS(...)`.
    """,
)
def proxies_behind(application: Application) -> Iterator[Found]:
    """Find ProxyFix where the policy cannot see what it corrects."""
    if any(
        isinstance(link.application, ProxyFix) for link in application.links if not link.outside
    ):
        yield Found(
            "ProxyFix",
            "stands behind the policy, which so knows neither scheme nor host of the client",
            "write app.wsgi_app = ProxyFix(app.wsgi_app, ...) after CORS(...)",
        )


@rule(
    "CORS027",
    Level.WARNING,
    "an extension answers errors in a form of its own",
    kinds=CORS_KINDS,
    about="""
    The application has error handlers of its own, such as for `application/problem+json`, and an
    extension answers some errors in another form. flask-smorest registers a handler for all HTTP
    errors, Flask-RESTX and Flask-RESTful replace methods of the application. A front end then has
    to read two forms. Register your handlers after the extension; for Flask-RESTX and
    Flask-RESTful take their methods off again.
    """,
)
def other_errors(application: Application) -> Iterator[Found]:
    """Find error handlers of extensions beside the owner's."""
    app = application.app
    handlers = list(_error_handlers(app))
    if not any(_is_own(application, handler) for _, handler in handlers):
        return
    for error, handler in handlers:
        name = _module_of(handler)
        if _is_extension(application, handler):
            yield Found(
                f"error handler for {error.__name__}",
                f"is that of {name}, and the application has handlers of its own",
                f"register yours for {error.__name__} after {name.partition('.')[0]}",
            )
    replaced = [
        name
        for name in ("handle_exception", "handle_user_exception")
        if _is_extension(application, vars(app).get(name))
    ]
    if replaced:
        module = _module_of(vars(app)[replaced[0]]).partition(".")[0]
        yield Found(
            f"app.{replaced[0]}",
            f"is that of {module}, which answers errors of its routes in a form of its own",
            "write " + ", ".join(f"del app.{name}" for name in replaced) + f" after {module}",
        )


def _header_set(source: Source) -> str:
    """Return the CORS header that the code sets, as far as its text shows it."""
    passed_over = set(_read(source))
    for node in source.nodes:
        name = None if node in passed_over else source.value(node)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr.replace("_", "-")  # as response.access_control_allow_origin
        if isinstance(name, str) and _HEADER.fullmatch(name):
            return name.title()
    return ""


def _read(source: Source) -> Iterator[ast.AST]:
    """Return the nodes that are looked at, and not set."""
    for node in source.nodes:
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Store):
            yield node.slice
        elif isinstance(node, ast.Call) and name_of(node.func) in _READERS:
            yield from node.args


def _has_a_policy(mounted: object) -> bool:
    return any(isinstance(link.application, Layer) for link in links_from(mounted))


def _error_handlers(app: Flask) -> Iterator[tuple[type[Exception], Function]]:
    for by_code in app.error_handler_spec.values():
        for by_class in by_code.values():
            yield from by_class.items()


def _function_of(handler: object) -> FunctionType | None:
    if isinstance(handler, partial):
        handler = handler.func
    function = getattr(handler, "__func__", handler)
    return function if isinstance(function, FunctionType) else None


def _module_of(handler: object) -> str:
    function = _function_of(handler)
    return module_of(function) if function else ""


def _is_own(application: Application, handler: object) -> bool:
    function = _function_of(handler)
    return function is not None and bool(application.code(function))


def _is_extension(application: Application, handler: object) -> bool:
    function = _function_of(handler)
    if function is None or module_of(function).partition(".")[0] in _OF_THE_FRAMEWORK:
        return False
    return is_installed(function.__code__.co_filename) and not _is_own(application, handler)
