"""The holes of plain Flask-CORS, each in an application written for it, open and closed."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from check.cases import found
from flask_cors_policy.check.command import check

LOADED = "shop_of_tests"

#: What every application begins with; CORS is set up below.
START = """
import os
import re
from flask import Flask, request, session
from flask_cors import CORS, cross_origin

app = Flask(__name__, static_folder=None)

@app.get("/api/x")
def x():
    return "x"

"""

Load = Callable[[str], Flask]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Return a function that makes a module of a text and returns the application in it."""

    def make(text: str) -> Flask:
        file = tmp_path / "shop.py"
        file.write_text(START + text, "utf-8")
        spec = importlib.util.spec_from_file_location(LOADED, file)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[LOADED] = module
        spec.loader.exec_module(module)
        app: Flask = module.app
        return app

    yield make
    sys.modules.pop(LOADED, None)


class Hole(NamedTuple):
    """What Flask-CORS leaves open, the rule that finds it, its line, and the application mended."""

    name: str
    id: str
    open: str
    found: str
    closed: str


HOLES = [
    Hole(
        "1: a wildcard is a regular expression",
        "CORS101",
        'CORS(app, origins=["https://*.example.org"])',
        "CORS(app) '/*': 'https://*.example.org' is a regular expression, and trusts "
        "'https://example.org.evil.example'; list the origins, or write "
        're.compile(r"https://([a-z0-9-]+\\.)+example\\.org\\Z") for the subdomains',
        'CORS(app, origins=[re.compile(r"https://([a-z0-9-]+\\.)+example\\.org\\Z")])',
    ),
    Hole(
        "2: a pattern without end",
        "CORS101",
        r'CORS(app, origins=[r"https://app\.example\.com"])',
        r"CORS(app) '/*': 'https://app\\.example\\.com' is a regular expression, and "
        "trusts 'https://app.example.com.evil.example'; write 'https://app.example.com'",
        'CORS(app, origins=["https://app.example.com"])',
    ),
    Hole(
        "2: a wildcard for ports",
        "CORS101",
        'CORS(app, origins=["https://app.example.com:*"])',
        "CORS(app) '/*': 'https://app.example.com:*' is a regular expression, and "
        "trusts 'https://app.example.com.evil.example'; write the port of the page",
        'CORS(app, origins=["https://app.example.com:8443"])',
    ),
    Hole(
        "2: a dot that is not escaped",
        "CORS101",
        'CORS(app, origins=["^https://app.example.com$"])',
        "CORS(app) '/*': '^https://app.example.com$' is a regular expression, and "
        "trusts 'https://appxexample.com'; write 'https://app.example.com'",
        'CORS(app, origins=["https://app.example.com"])',
    ),
    Hole(
        "2: a pattern with classes and without end",
        "CORS101",
        r'CORS(app, origins=[r"https://pr-\d+\.[a-z]{2}\.example\.com"])',
        r"CORS(app) '/*': 'https://pr-\\d+\\.[a-z]{2}\\.example\\.com' is a regular expression, "
        r"and trusts 'https://pr-1.aa.example.com.evil.example'; write "
        r're.compile(r"https://pr-\d+\.[a-z]{2}\.example\.com\Z")',
        r'CORS(app, origins=[re.compile(r"https://pr-\d+\.[a-z]{2}\.example\.com\Z")])',
    ),
    Hole(
        "2: every origin by a pattern",
        "CORS101",
        'CORS(app, origins=[r"https?://.*"])',
        "CORS(app) '/*': 'https?://.*' is a regular expression, and trusts "
        "'https://evil.example'; list the origins",
        'CORS(app, origins="*")',
    ),
    Hole(
        "2: an IPv6 address",
        "CORS102",
        'CORS(app, origins=["http://[::1]:3000"])',
        "CORS(app) '/*': 'http://[::1]:3000' is read as a regular expression, which "
        r'does not match it; write re.compile(r"http://\[::1\]:3000\Z")',
        r'CORS(app, origins=[re.compile(r"http://\[::1\]:3000\Z")])',
    ),
    Hole(
        "3: a path reaches another one",
        "CORS106",
        'app.add_url_rule("/apiary", "apiary", x)\n'
        'CORS(app, resources={r"/api/*": {"origins": "*"}})',
        "CORS(app) '/api/*': is also about '/apiary', which is not below '/api'; "
        r'write r"/api(/|\Z)"',
        'app.add_url_rule("/apiary", "apiary", x)\n'
        r'CORS(app, resources={r"/api(/|\Z)": {"origins": "*"}})',
    ),
    Hole(
        "3: a path may reach another one",
        "CORS107",
        'CORS(app, resources=r"/api/*")',
        "CORS(app) '/api/*': is also about '/api-other' and whatever else begins "
        r'like it; write r"/api(/|\Z)"',
        r'CORS(app, resources=r"/api(/|\Z)")',
    ),
    Hole(
        "4: a wider path wins",
        "CORS108",
        'app.add_url_rule("/api/admin/x", "admin", x)\n'
        'CORS(app, resources={r"/[a-z]+/[a-z0-9]+/.*": {"origins": "*"}, '
        'r"/api/.*": {"origins": ["https://app.example.com"]}})',
        "CORS(app) '/[a-z]+/[a-z0-9]+/.*': decides on '/api/admin/x', although "
        "'/api/.*' is narrower; write its path so that it begins with '/api/' or above it, without "
        "patterns",
        'app.add_url_rule("/api/admin/x", "admin", x)\n'
        'CORS(app, resources={r"/.*": {"origins": "*"}, '
        'r"/api/.*": {"origins": ["https://app.example.com"]}})',
    ),
    Hole(
        "5: a path is decoded twice",
        "CORS109",
        'app.add_url_rule("/<path:page>", "pages", lambda page: page)\n'
        'CORS(app, resources="/api/*")',
        "CORS(app) '/api/*': is also about '/%2561pi/x', which '/<path:page>' "
        "answers; give that route a fixed beginning, such as '/pages/<path:name>'",
        'app.add_url_rule("/pages/<path:page>", "pages", lambda page: page)\n'
        'CORS(app, resources="/api/*")',
    ),
    Hole(
        "6: no Vary",
        "CORS110",
        'CORS(app, origins="https://app.example.com")',
        "CORS(app) '/*': sends no Vary: Origin with answers that depend on it, so a "
        "cache may mix them up; add response.vary.add('Origin') in app.after_request",
        'CORS(app, origins="https://app.example.com")\n'
        "@app.after_request\n"
        "def vary(response):\n"
        '    response.vary.add("Origin")\n'
        "    return response",
    ),
    Hole(
        "6: no Vary beside an echo",
        "CORS110",
        "CORS(app, vary_header=False)",
        "CORS(app) '/*': sends no Vary: Origin with answers that depend on it, so a "
        "cache may mix them up; add response.vary.add('Origin') in app.after_request",
        "CORS(app)",
    ),
    Hole(
        "7: an origin for nobody",
        "CORS111",
        'CORS(app, origins=["https://b.example.com", "https://a.example.com"])',
        "CORS(app) '/*': sends 'https://a.example.com' to requests without an "
        "Origin; write always_send=False",
        'CORS(app, origins=["https://b.example.com", "https://a.example.com"], always_send=False)',
    ),
    Hole(
        "7: a list in one text",
        "CORS102",
        'CORS(app, origins="https://a.example,https://b.example")',
        "CORS(app) '/*': 'https://a.example,https://b.example' is one text, which no "
        "page sends; split it, value.split(','), or write a list",
        'CORS(app, origins="https://a.example,https://b.example".split(","))',
    ),
    Hole(
        "8: a method in lower case",
        "CORS112",
        'CORS(app, methods=["GET", "patch"])',
        "FILE CORS: lists the method 'patch', and methods are exact; write 'PATCH'",
        'CORS(app, methods=["GET", "PATCH"])',
    ),
    Hole(
        "9: any header",
        "CORS113",
        'app.add_url_rule("/api/y", "y", x, methods=["POST"])\n'
        'CORS(app, allow_headers=["X-Trace-*"])',
        "CORS(app) '/*': allows request headers by a pattern, 'X-Trace-*'; write "
        "allow_headers=['Authorization', 'Content-Type'], or those that pages send",
        'app.add_url_rule("/api/y", "y", x, methods=["POST"])\n'
        "CORS(app, allow_headers=['Authorization', 'Content-Type'])",
    ),
    Hole(
        "10: a redirect of the preflight",
        "CORS011",
        'app.add_url_rule("/api/s/", "s", x)\nCORS(app)',
        "route '/api/s/': sends those who ask for '/api/s' away with 308, which costs them another "
        "preflight and, behind a proxy, may lead to http; write '/api/s', or strict_slashes=False",
        'app.add_url_rule("/api/s/", "s", x, strict_slashes=False)\nCORS(app)',
    ),
    Hole(
        "11: a crash",
        "CORS114",
        "app.testing = True\nCORS(app)",
        "CORS(app) '/*': sends no headers with a crash, so the page sees a CORS "
        "error in place of the 500; register an error handler for Exception",
        'app.testing = True\napp.register_error_handler(Exception, lambda error: ("x", 500))\n'
        "CORS(app)",
    ),
    Hole(
        "12: * with credentials",
        "CORS104",
        "CORS(app, supports_credentials=True)",
        "CORS(app) '/*': lets every page read with your users' cookies; list the "
        "origins, or leave supports_credentials out",
        'CORS(app, origins=["https://app.example.com"], supports_credentials=True)',
    ),
    Hole(
        "13: * is an echo",
        "CORS105",
        "CORS(app)",
        "CORS(app) '/*': answers '*' with the origin of each request, so caches keep "
        "one answer for each; write send_wildcard=True",
        "CORS(app, send_wildcard=True)",
    ),
    Hole(
        "13: * by default",
        "CORS125",
        "CORS(app)",
        "CORS(app) '/*': lets every page on the internet read every route; write origins=[...] "
        "with those you trust, or ignore CORS125 if the API is public on purpose",
        'CORS(app, origins=["https://app.example.com"])',
    ),
    Hole(
        "13: * for some routes",
        "CORS125",
        'app.add_url_rule("/y", "y", x)\nCORS(app, resources={r"/api(/|\\Z)": {"origins": "*"}})',
        "CORS(app) '/api(/|\\\\Z)': lets every page on the internet read '/api/x'; write "
        "origins=[...] with those you trust, or ignore CORS125 if the API is public on purpose",
        "CORS(app, supports_credentials=True)",  # CORS104
    ),
    Hole(
        "14: a slash at the end",
        "CORS102",
        'CORS(app, origins=["https://app.example.com/"])',
        "CORS(app) '/*': 'https://app.example.com/' has a path; write 'https://app.example.com'",
        'CORS(app, origins=["https://app.example.com"])',
    ),
    Hole(
        "14: null",
        "CORS103",
        'CORS(app, origins=["null"])',
        "CORS(app) '/*': trusts 'null', which any page can send from a sandboxed "
        "frame; serve the page over http(s) and list its origin",
        'CORS(app, origins=["https://app.example.com"])',
    ),
    Hole(
        "15: a misspelt option",
        "CORS115",
        'CORS(app, resources={r"/api/.*": {"origin": ["https://app.example.com"]}})',
        "FILE CORS, '/api/.*': 'origin' is no option, and every page is trusted; write 'origins'",
        'CORS(app, resources={r"/api/.*": {"origins": ["https://app.example.com"]}})',
    ),
    Hole(
        "15: a misspelt option beside a setting",
        "CORS115",
        'app.config["CORS_ORIGINS"] = "https://app.example.com"\n'
        'CORS(app, origin="https://b.example.com")',
        "FILE CORS: 'origin' is no option; write 'origins'",
        'CORS(app, origins="https://b.example.com")',
    ),
    Hole(
        "15: a misspelt setting",
        "CORS115",
        'app.config["CORS_ORIGIN"] = "https://app.example.com"\nCORS(app)',
        "app.config['CORS_ORIGIN']: is read neither by Flask-CORS nor by your modules, and every "
        "page is trusted; write 'CORS_ORIGINS'",
        'app.config["CORS_ORIGINS"] = "https://app.example.com"\nCORS(app)',
    ),
    Hole(
        "16: text for a boolean",
        "CORS117",
        'CORS(app, origins="https://app.example.com", supports_credentials="false")',
        "FILE CORS: supports_credentials is the text 'false', and any text counts as true; write a "
        "boolean",
        'CORS(app, origins="https://app.example.com", supports_credentials=False)',
    ),
    Hole(
        "16: a variable for a boolean",
        "CORS117",
        'os.environ["COOKIES"] = "false"\n'
        'CORS(app, origins="https://app.example.com", supports_credentials=os.environ["COOKIES"])',
        "FILE CORS: supports_credentials is the text os.environ['COOKIES'], and any text counts as "
        "true; write os.environ['COOKIES'] == 'true'",
        'os.environ["COOKIES"] = "false"\n'
        "CORS(app, origins='https://app.example.com', "
        "supports_credentials=os.environ['COOKIES'] == 'true')",
    ),
    Hole(
        "17: letters beyond ASCII",
        "CORS118",
        'CORS(app, origins="https://assets.example.com")',
        "CORS(app) '/*': 'https://assets.example.com' also matches "
        r"""'https://a\xdfets.example.com'; write re.compile(r"https://assets\.example\.com\Z")""",
        r'CORS(app, origins=re.compile(r"https://assets\.example\.com\Z"))',
    ),
    Hole(
        "18: a header of the view's own",
        "CORS012",
        '@app.get("/api/y")\n'
        "def y():\n"
        '    return "y", {"Access-Control-Allow-Origin": "*"}\n\n'
        'CORS(app, origins="https://app.example.com")',
        "FILE: y sets Access-Control-Allow-Origin, which Flask-CORS leaves as it is; take it out "
        "and write cross_origin(...) on the view, or a path in CORS(resources=...)",
        '@app.get("/api/y")\n'
        '@cross_origin(origins="*")\n'
        "def y():\n"
        '    return "y"\n\n'
        'CORS(app, origins="https://app.example.com")',
    ),
    Hole(
        "18: a second CORS",
        "CORS013",
        'CORS(app, origins="https://app.example.com")\nCORS(app, resources="/api/.*")',
        "flask_cors.CORS(app): is a second policy, which grants what the other one "
        "refuses; write one CORS(app, resources={...}) with the paths of both",
        'CORS(app, resources={"/api/.*": {}, "/.*": {"origins": "https://app.example.com"}})',
    ),
    Hole(
        "19: a write with cookies",
        "CORS119",
        '@app.post("/api/y")\n'
        "def y():\n"
        '    return session["user"]\n\n'
        'CORS(app, origins="https://app.example.com")',
        "route '/api/y': runs POST of any page, with the cookies of your users; use "
        "flask_cors_policy, whose guard refuses it, or Flask-WTF's CSRFProtect",
        '@app.post("/api/y")\n'
        "def y():\n"
        "    request.get_json()\n"
        '    return session["user"]\n\n'
        'CORS(app, origins="https://app.example.com")',
    ),
    Hole(
        "19: a write",
        "CORS120",
        'app.add_url_rule("/api/y", "y", lambda: "y", methods=["POST"])\n'
        'CORS(app, origins="https://app.example.com")',
        "route '/api/y': runs POST of any page, as CORS only keeps the answer back; use "
        "flask_cors_policy, whose guard refuses it, or ask each request for a token",
        'app.extensions["csrf"] = object()  # as Flask-WTF\'s CSRFProtect does\n'
        'app.add_url_rule("/api/y", "y", lambda: "y", methods=["POST"])\n'
        'CORS(app, origins="https://app.example.com")',
    ),
    Hole(
        "20: a max-age of 0",
        "CORS121",
        "CORS(app, max_age=0)",
        "CORS(app) '/*': max_age=0 is not sent, so browsers remember a preflight for "
        "5 seconds; write max_age='0'",
        "CORS(app, max_age='0')",
    ),
    Hole(
        "20: private networks",
        "CORS122",
        "CORS(app, allow_private_network=True)",
        "CORS(app) '/*': allow_private_network is obsolete; leave it out",
        "CORS(app)",
    ),
    Hole(
        "a setting that nothing reads",
        "CORS116",
        'app.config["CORS_HEADERS"] = "Content-Type"\nCORS(app)',
        "app.config['CORS_HEADERS']: is read neither by Flask-CORS nor by your modules; remove it",
        'app.config["CORS_ALLOW_HEADERS"] = "Content-Type"\nCORS(app)',
    ),
    Hole(
        "a decorator above the route",
        "CORS123",
        '@cross_origin(origins="https://app.example.com")\n@app.get("/api/y")\ndef y():\n'
        '    return "y"\nCORS(app)',
        "FILE: cross_origin stands above the route, where it has no effect; write it directly "
        "below the route",
        '@app.get("/api/y")\n@cross_origin(origins="https://app.example.com")\ndef y():\n'
        '    return "y"\nCORS(app)',
    ),
    Hole(
        "a path without a slash",
        "CORS124",
        'CORS(app, resources="api/*")',
        "CORS(app) 'api/*': matches no route of this application; correct its path; "
        "'flask routes' shows what there is",
        'CORS(app, resources="/api/*")',
    ),
    Hole(
        "a WebSocket",
        "CORS022",
        'app.add_url_rule("/live", "live", x, websocket=True)\nCORS(app)',
        "WebSocket '/live': is open to every page, as Flask-CORS does not look at handshakes; "
        "compare request.origin with a list, or use flask_cors_policy, which does",
        "CORS(app)",
    ),
]

#: Origins by other ways than a list of CORS(app): what is found is the same.
ELSEWHERE = {
    "settings": 'app.config["CORS_ORIGINS"] = ["https://*.example.org"]\nCORS(app)',
    "init_app": 'cors = CORS()\ncors.init_app(app, origins=["https://*.example.org"])',
    "resources": 'CORS(app, resources={r"/api/.*": {"origins": "https://*.example.org"}})',
    "view": """
@app.get("/y")
@cross_origin(origins="https://*.example.org")
def y():
    return "y"
""",
    "blueprint": """
from flask import Blueprint

shop = Blueprint("shop", __name__, url_prefix="/shop")
shop.add_url_rule("/y", "y", x)
CORS(shop, origins="https://*.example.org")
app.register_blueprint(shop)
""",
}

#: Patterns that trust whom they name.
CLOSED_PATTERNS = [
    r"http://localhost:\d+$",
    r"https://example\.org(:\d+)?$",
    r"http://192\.168\.\d{1,3}\.\d{1,3}:3000$",
    r"https://app-[0-9a-f]{8}\.example\.org$",
    r"^https://(.+\.)?example\.com$",
    r"https://[a-z0-9-]+\.example\.com\Z",
    r"^https?://localhost(:\d+)?$",
    r"^http://localhost:\d+",
    r"^https://(app|admin)\.example\.com(:\d+)?$",
    r"^https://.*\.example\.com$",
]

#: Patterns that trust others, and whom.
OPEN_PATTERNS = [
    (r"https://app-[0-9a-f]{8}\.example\.org", "https://app-11111111.example.org.evil.example"),
    (r"https://(www|app)\.example\.org", "https://www.example.org.evil.example"),
    (r"https://.*example\.com$", "https://xexample.com"),
    (r"https://.*\.example\.com", "https://x.example.com.evil.example"),
    (r"http://localhost.*", "http://localhost.evil.example"),
    (r"^https://(app|admin)\.example.com$", "https://app.examplexcom"),
    (r"http://192.168.1.*", "http://192.168.1.evil.example"),
    (r".*", None),  # what Flask-CORS takes `*` for
    (r"https://[a-z]+", "https://evil.example"),
]


def test_decorator_without_effect_is_found_where_nothing_else_is_there(load: Load) -> None:
    app = load("@cross_origin()\n@app.get('/api/z')\ndef z():\n    return 'z'\n")

    assert len(found(app, "CORS123")) == 1


SETTINGS = """
CORS_OPTIONS = {"origins": ["https://app.example.com"]}

class Settings:
    CORS_OPTIONS = {"origins": ["https://app.example.com"]}

app.config["CORS_OPTIONS"] = CORS_OPTIONS
"""

#: Settings of a name that Flask-CORS does not know, which the module itself reads.
READ = {
    "spread": 'CORS(app, **app.config["CORS_OPTIONS"])',
    "by way of a variable": 'options = app.config["CORS_OPTIONS"]\nCORS(app, **options)',
    "get": 'CORS(app, **app.config.get("CORS_OPTIONS", {}))',
    "dict": 'CORS(app, resources={"/api/.*": dict(**app.config["CORS_OPTIONS"])})',
    "namespace": 'CORS(app, **app.config.get_namespace("CORS_"))',
    "constant": "CORS(app, **CORS_OPTIONS)",
    "class": "CORS(app, **Settings.CORS_OPTIONS)",
}


@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in READ.items()])
def test_setting_that_the_module_reads_is_no_finding(load: Load, text: str) -> None:
    app = load(f"{SETTINGS}{text}")

    assert (found(app, "CORS115"), found(app, "CORS116")) == ((), ())


def test_variable_of_the_same_name_does_not_make_a_setting_read(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_HEADERS", "Content-Type")
    app = load('app.config["CORS_HEADERS"] = os.environ["CORS_HEADERS"]\nCORS(app)')

    assert len(found(app, "CORS116")) == 1


def test_spread_options_are_not_seen(load: Load) -> None:
    app = load('app.config["CORS_OPTIONS"] = {}\nCORS(app, **app.config["CORS_OPTIONS"])')
    result = CliRunner().invoke(check, obj=ScriptInfo(create_app=lambda: app))

    (line,) = [one for one in result.output.splitlines() if one.startswith("not seen")]
    assert line.endswith(" app.config['CORS_OPTIONS'], which is known at run time only")


@pytest.mark.parametrize("hole", [pytest.param(one, id=one.name) for one in HOLES])
def test_hole_is_found(load: Load, hole: Hole) -> None:
    assert hole.found in found(load(hole.open), hole.id)


@pytest.mark.parametrize("hole", [pytest.param(one, id=one.name) for one in HOLES])
def test_hole_that_was_closed_is_not_found(load: Load, hole: Hole) -> None:
    assert found(load(hole.closed), hole.id) == ()


@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in ELSEWHERE.items()])
def test_origins_are_read_wherever_they_are_written(load: Load, text: str) -> None:
    assert len(found(load(text), "CORS101")) == 1


@pytest.mark.parametrize("pattern", CLOSED_PATTERNS)
def test_closed_pattern_is_no_finding(load: Load, pattern: str) -> None:
    assert found(load(f"CORS(app, origins=[{pattern!r}])"), "CORS101") == ()


@pytest.mark.parametrize(("pattern", "stranger"), OPEN_PATTERNS)
def test_open_pattern_is_shown_by_whom_it_lets_in(
    load: Load, pattern: str, stranger: str | None
) -> None:
    app = load(f"PATTERN = {pattern!r}\nCORS(app, origins=[PATTERN])")
    lines = found(app, "CORS101")

    assert [f"trusts '{stranger}'" in line for line in lines] == ([True] if stranger else [])
    if stranger:
        response = app.test_client().get("/api/x", headers={"Origin": stranger})
        assert response.headers["Access-Control-Allow-Origin"] == stranger


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("app.example.com", "has no scheme; write 'https://app.example.com'"),
        ("https://app.example.com ", "has a blank around it; write 'https://app.example.com'"),
        ("https://app.example.com:443", "names the default port"),
        ("", "is empty"),
        (None, "is not text, and matches no page; set the variable that it comes from"),
    ],
)
def test_origin_that_no_page_has_is_found(load: Load, origin: str | None, reason: str) -> None:
    (line,) = found(load(f"CORS(app, origins=[{origin!r}])"), "CORS102")

    assert reason in line


#: Set-ups as they are published again and again, in our words: none of them is wrong.
PUBLIC_SET_UPS = {
    "an open API that only reads": "CORS(app)",
    "one front end": (
        'CORS(app, resources={r"/api/*": {"origins": "https://www.shop.example"}})\n'
        '@app.post("/api/orders")\n'
        "def order():\n"
        "    return request.get_json(), 201"
    ),
    "front ends of a variable": (
        'os.environ["FRONT_ENDS"] = "https://a.shop.example, https://b.shop.example"\n'
        'origins = [one.strip() for one in os.environ["FRONT_ENDS"].split(",")]\n'
        "CORS(app, origins=origins, supports_credentials=True)\n"
        '@app.post("/api/orders")\n'
        "def order():\n"
        '    return {"user": session.get("user"), **request.get_json()}'
    ),
}


@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in PUBLIC_SET_UPS.items()])
def test_public_set_up_has_no_error(load: Load, text: str) -> None:
    app = load(text)
    script = ScriptInfo(create_app=lambda: app)
    result = CliRunner().invoke(check, ["--fail-level", "error"], obj=script)

    assert (result.exit_code, " error " in result.output) == (0, False), result.output
