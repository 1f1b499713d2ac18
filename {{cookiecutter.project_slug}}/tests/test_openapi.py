"""The document at /api/openapi.json has every route, and the page at /api/docs shows it."""

import json
import re
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient

from .conftest import TRUSTED

DOCUMENT = "/api/openapi.json"
# Endpoints that are no operations, such as pages and their files.
UNDESCRIBED = {"docs.show_page", "docs.start_page", "docs.static"}


def test_every_route_is_in_the_document_under_a_name_of_its_own(app: Flask) -> None:
    paths = app.test_client().get(DOCUMENT).get_json()["paths"]
    names = [view["operationId"] for path in paths.values() for view in path.values()]
    missing = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint not in UNDESCRIBED
        and method.lower() not in paths.get(re.sub("<(?:.*?:)?(.*?)>", r"{\1}", rule.rule), {})
    ]

    assert missing == [], "decorate these views with @operation(), or add them to UNDESCRIBED"
    twice = {name for name in names if names.count(name) > 1}
    assert twice == set(), "give each of these functions a name of its own"


def test_the_document_has_the_headers_that_pages_may_read(client: FlaskClient) -> None:
    response = client.get(DOCUMENT, headers={"Origin": TRUSTED})
    described = response.get_json()["paths"][DOCUMENT]["get"]["responses"]["200"]

    assert ", ".join(described["headers"]) == response.headers["Access-Control-Expose-Headers"]


def test_the_command_prints_the_document(app: Flask) -> None:
    printed = json.loads(app.test_cli_runner().invoke(args=["openapi"]).output)
    served = app.test_client().get(DOCUMENT, environ_overrides={"SCRIPT_NAME": "/shop"})

    assert served.get_json() == printed | {"servers": [{"url": "/shop"}]}


def test_the_page_runs_scripts_of_this_host_only(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    urls = [urljoin("/api/docs", url) for url in re.findall(r'(?:src|href)="(.+?)"', page.text)]

    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert page.text.count("<script") == page.text.count("<script src=")
    assert {client.get(url, buffered=True).status_code for url in urls} == {200}
