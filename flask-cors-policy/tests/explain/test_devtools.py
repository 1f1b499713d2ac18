import json
from pathlib import Path
from typing import Any

import pytest
from click import BadParameter

from flask_cors_policy.explain.devtools import parse_curl, parse_har
from flask_cors_policy.explain.draft import Draft

PAGE, URL = "https://app.example.com", "https://api.example.com/api/books"

CHROME_BASH = f"""curl '{URL}' \\
  -X 'PUT' \\
  -H 'accept: */*' \\
  -H 'accept-language: en-GB,en;q=0.9' \\
  -H 'authorization: Bearer x' \\
  -H 'cache-control: no-cache' \\
  -H 'content-type: application/json' \\
  -b 'session=abc' \\
  -H 'origin: {PAGE}' \\
  -H 'pragma: no-cache' \\
  -H 'priority: u=1, i' \\
  -H 'referer: {PAGE}/' \\
  -H 'sec-ch-ua: "Chromium";v="142"' \\
  -H 'sec-fetch-site: cross-site' \\
  -H 'user-agent: Mozilla/5.0' \\
  --data-raw $'{{"name":"O\\'Neill \\u00fc\\\\n"}}'"""
CHROME_CMD = f"""curl ^"{URL}^" ^
  -H ^"content-type: application/json^" ^
  -H ^"origin: {PAGE}^" ^
  --data-raw ^"^{{^\\^"name^\\^":^\\^"Ada^\\^"^}}^\""""
CHROME_OLDER_CMD = f"""curl "{URL}" ^
  -H "authority: api.example.com" ^
  -H "content-type: application/json" ^
  -H "origin: {PAGE}" ^
  --data-raw "{{\\"name\\":\\"Ada\\"}}" ^
  --compressed"""
ANNOUNCED = f"""curl '{URL}' -X OPTIONS -H 'access-control-request-headers: content-type,x-trace'
  -H 'access-control-request-method: PUT' -H 'origin: {PAGE}'"""

JSON = ("content-type", "application/json")

COMMANDS = [
    pytest.param(
        CHROME_BASH,
        Draft(
            "PUT",
            URL,
            PAGE,
            (
                ("accept", "*/*"),
                ("accept-language", "en-GB,en;q=0.9"),
                ("authorization", "Bearer x"),
                JSON,
            ),
            '{"name":"O\'Neill \u00fc\\n"}'.encode(),
            credentials=True,
        ),
        id="Chrome, bash",
    ),
    pytest.param(
        CHROME_CMD,
        Draft("POST", URL, PAGE, (JSON,), b'{"name":"Ada"}'),
        id="Chrome, cmd.exe",
    ),
    pytest.param(
        CHROME_OLDER_CMD.replace("\n", "\r\n"),
        Draft("POST", URL, PAGE, (JSON,), b'{"name":"Ada"}'),
        id="older Chrome, cmd.exe",
    ),
    pytest.param(
        ANNOUNCED,
        Draft(
            "PUT",
            URL,
            PAGE,
            (("content-type", "application/json"), ("x-trace", "x")),
            preflighted=True,
        ),
        id="preflight",
    ),
    pytest.param(
        f"curl -sSL -XDELETE -H'Cache-Control: no-cache' {URL}",
        Draft("DELETE", URL, None, (("Cache-Control", "no-cache"),)),
        id="short options",
    ),
    pytest.param(
        f"curl --json '{{}}' --referer {PAGE}/a/b {URL}",
        Draft("POST", URL, PAGE, (("Content-Type", "application/json"),), b"{}"),
        id="json",
    ),
    pytest.param(
        f"curl -G -d a=b -d c=d {URL}?x=y",
        Draft("GET", f"{URL}?x=y&a=b&c=d"),
        id="data in the query",
    ),
    pytest.param(
        f"curl -d a=b --data c=d {URL}",
        Draft(
            "POST", URL, None, (("Content-Type", "application/x-www-form-urlencoded"),), b"a=b&c=d"
        ),
        id="form",
    ),
    pytest.param(
        f"curl -F file=@x.png {URL}",
        Draft("POST", URL, None, (("Content-Type", "multipart/form-data; boundary=x"),), b"x"),
        id="upload",
    ),
    pytest.param(
        f"curl -u ada:secret -r 0-9 --url {URL}",
        Draft(
            "GET", URL, None, (("Authorization", "Basic YWRhOnNlY3JldA=="), ("Range", "bytes=0-9"))
        ),
        id="user and range",
    ),
    pytest.param(f"curl.exe -I {URL}", Draft("HEAD", URL), id="head"),
    pytest.param(
        f"curl -H 'X-Empty;' {URL}", Draft("GET", URL, None, (("X-Empty", ""),)), id="empty"
    ),
]


@pytest.mark.parametrize(("command", "draft"), COMMANDS)
def test_curl_is_parsed(command: str, draft: Draft) -> None:
    assert parse_curl(command.replace("\n  -H 'access", " -H 'access")) == draft


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("wget http://a/", "is no curl command; choose 'Copy as cURL'"),
        ("", "is no curl command"),
        ("curl 'http://a/", "has a quote that does not end"),
        ("curl", "names no addresses"),
        ("curl http://a/ http://b/", "names 2 addresses"),
        ("curl http://a/ -H", "has nothing behind --header"),
        ("curl http://a/ --aws-sigv4 x", "has the option --aws-sigv4, which is not known here"),
        (f"curl http://a/ -d '{'x' * 100_000}'", "has more than 100,000 characters; put a long"),
        (f"curl http://a/{' -H a:b' * 201}", "sets 201 headers; write 200 at most"),
        ("curl http://a/ -d @/no/such", "cannot be read: No such file or directory"),
    ],
)
def test_curl_that_is_not_understood_is_refused(command: str, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        parse_curl(command)


def test_curl_reads_the_body_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text("{}", encoding="utf-8")

    assert parse_curl(f"curl {URL} --data-binary @{file}").body == b"{}"


def entry(
    method: str = "GET",
    url: str = URL,
    *,
    origin: str | None = PAGE,
    status: int = 0,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    both = ({"Origin": origin} if origin else {}) | (headers or {})
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "headers": [{"name": name, "value": value} for name, value in both.items()],
    }
    posted = more.pop("posted", None)
    if posted:
        request["postData"] = {"text": posted}
    request |= more.pop("request", {})
    response = {"status": status} | more.pop("response", {})
    return {"request": request, "response": response} | more


def har(*entries: dict[str, Any], pages: list[dict[str, str]] | None = None) -> str:
    return json.dumps({"log": {"entries": entries, "pages": pages or []}})


ANNOUNCEMENT = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "content-type",
}
BODY: dict[str, Any] = {"headers": {"Content-Type": "application/json"}, "posted": "{}"}


@pytest.mark.parametrize(
    ("entries", "drafts"),
    [
        pytest.param([entry(status=200)], [], id="nothing failed"),
        pytest.param([entry(url=f"{PAGE}/x", status=500)], [], id="the page's own server"),
        pytest.param([entry(origin=None)], [], id="no page"),
        pytest.param([entry()], [Draft("GET", URL, PAGE)], id="blocked"),
        pytest.param([entry(), entry()], [Draft("GET", URL, PAGE)], id="blocked twice"),
        pytest.param([entry(status=-1)], [Draft("GET", URL, PAGE)], id="blocked, as of Playwright"),
        pytest.param(
            [
                entry(status=302, response={"redirectURL": "/login?next=/api/books"}),
                entry(status=200, url=f"{PAGE}/x"),
                entry(url="https://api.example.com/login?next=/api/books"),
                entry(url="https://api.example.com/login?next=/api/books"),
            ],
            [
                Draft("GET", URL, PAGE),
                Draft("GET", "https://api.example.com/login?next=/api/books", PAGE),
            ],
            id="redirected, and the same address asked for",
        ),
        pytest.param([entry(status=403)], [Draft("GET", URL, PAGE)], id="refused"),
        pytest.param(
            [entry(status=200, _error="net::ERR_FAILED")], [Draft("GET", URL, PAGE)], id="error"
        ),
        pytest.param(
            [entry("OPTIONS", status=403, headers=ANNOUNCEMENT), entry("PUT", **BODY)],
            [Draft("PUT", URL, PAGE, (("Content-Type", "application/json"),), b"{}")],
            id="preflight and its call",
        ),
        pytest.param(
            [entry("OPTIONS", status=403, headers=ANNOUNCEMENT)],
            [Draft("PUT", URL, PAGE, (("content-type", "application/json"),), preflighted=True)],
            id="preflight alone",
        ),
        pytest.param(
            [entry(request={"cookies": [{"name": "a", "value": "b"}]})],
            [Draft("GET", URL, PAGE, credentials=True)],
            id="cookies",
        ),
        pytest.param(
            [entry(url="wss://api.example.com/x", status=403)],
            [Draft("GET", "wss://api.example.com/x", PAGE)],
            id="socket",
        ),
        pytest.param([entry(url="wss://api.example.com/x", status=101)], [], id="open socket"),
        pytest.param([entry(url=f"ws{PAGE[4:]}/x")], [], id="socket of the page's own server"),
    ],
)
def test_har_gives_the_failed_cross_origin_calls(
    entries: list[dict[str, Any]], drafts: list[Draft]
) -> None:
    assert parse_har(har(*entries)) == drafts


def test_har_names_the_page_where_the_request_does_not() -> None:
    pages = [{"id": "page_1", "title": f"{PAGE}/a?b"}]
    (draft,) = parse_har(har(entry(origin=None, status=404, pageref="page_1"), pages=pages))

    assert (draft.origin, draft.refused) == (PAGE, False)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"log": {}}', '{"log": {"entries": [{}]}}', "[" * 100_000]
)
def test_other_file_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="is no HAR file; export one"):
        parse_har(text)
