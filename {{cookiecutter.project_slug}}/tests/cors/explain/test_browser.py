import ast
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.cors.explain import browser
from {{ cookiecutter.package_name }}.cors.explain.address import (
    parse_address,
)
from {{ cookiecutter.package_name }}.cors.explain.exchange import (
    Call,
    Exchange,
    Outcome,
    Received,
)

PAGE, API = "https://app.example.com", "https://api.example.com"
ANYONE = ("Access-Control-Allow-Origin", "*")
GRANT = (ANYONE, ("Access-Control-Allow-Headers", "authorization"))


def fetch(url: str, answers: dict[str, Received], method: str = "GET", page: str = PAGE) -> Outcome:
    """Fetch from a web that has these answers, and nothing else."""

    def send(exchange: Exchange) -> Received:
        if exchange.method == "OPTIONS":
            return Received(204, GRANT)
        return answers[str(exchange.address)]

    headers = (("Authorization", "Bearer x"), ("Content-Type", "text/plain"))
    call = Call(method, parse_address(url), page, parse_address(page), headers, b"x")
    return browser.fetch(call, send)


def redirect(status: int, location: str) -> Received:
    return Received(status, (ANYONE, ("Location", location)))


def sent(exchange: Exchange) -> dict[str, str]:
    return {name: value for name, value in exchange.headers if name != "Accept"}


def test_a_simple_request_is_sent_at_once() -> None:
    call = Call("POST", parse_address(f"{API}/x"), PAGE, parse_address(PAGE), (), b"x")
    outcome = browser.fetch(call, lambda _: Received(200, (ANYONE,)))

    assert [it.method for it in outcome.exchanges] == ["POST"]
    assert outcome.exchanges[0].headers == (
        ("Accept", "*/*"),
        ("Origin", PAGE),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "same-site"),
    )


def test_any_other_is_announced() -> None:
    outcome = fetch(f"{API}/x", {f"{API}/x": Received(200, (ANYONE,))}, "PUT")

    assert outcome.failure is not None
    assert outcome.failure.code == "MethodDisallowedByPreflightResponse"
    assert outcome.exchanges[0].headers == (
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "authorization"),
        ("Origin", PAGE),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "same-site"),
    )


def test_where_others_can_listen_nothing_is_told_about_the_page() -> None:
    outcome = fetch(
        "http://api.example.com/",
        {"http://api.example.com/": Received(200, (ANYONE,))},
        page="http://app.example.com",
    )

    assert [name for it in outcome.exchanges for name in sent(it) if name.startswith("Sec-")] == []


def test_a_redirect_on_the_same_server_is_followed_with_everything() -> None:
    answers = {f"{API}/x": redirect(307, "/y"), f"{API}/y": Received(200, (ANYONE,))}
    outcome = fetch(f"{API}/x", answers, "POST")

    assert outcome.failure is None
    assert [it.method for it in outcome.exchanges] == ["OPTIONS", "POST", "OPTIONS", "POST"]
    assert sent(outcome.exchanges[-1])["Authorization"] == "Bearer x"
    assert sent(outcome.exchanges[-1])["Origin"] == PAGE


def test_a_redirect_to_another_server_hides_the_page_and_drops_authorization() -> None:
    answers = {f"{API}/x": redirect(307, "https://b.example/"), "https://b.example/": Received(200)}
    outcome = fetch(f"{API}/x", answers, "POST")

    last = sent(outcome.exchanges[-1])
    assert (last["Origin"], last["Sec-Fetch-Site"]) == ("null", "cross-site")
    assert "Authorization" not in last
    assert outcome.failure is not None
    assert outcome.failure.code == "MissingAllowOriginHeader"


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (301, "PUT", "PUT"),
    ],
)
def test_what_a_redirect_makes_of_the_method(status: int, method: str, then: str) -> None:
    answers = {f"{PAGE}/x": redirect(status, "/y"), f"{PAGE}/y": Received(200)}
    outcome = fetch(f"{PAGE}/x", answers, method)

    assert outcome.failure is None
    assert outcome.exchanges[-1].method == then
    assert (outcome.exchanges[-1].body is None) is (then != method)
    assert ("Content-Type" in sent(outcome.exchanges[-1])) is (then == method)


def test_the_answer_that_redirects_has_to_be_readable_too() -> None:
    answers = {f"{API}/x": Received(307, (("Location", "/y"),))}
    outcome = fetch(f"{API}/x", answers)

    assert outcome.failure is not None
    assert outcome.failure.code == "MissingAllowOriginHeader"
    assert outcome.step == "actual request"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://user:secret@b.example/", "RedirectContainsCredentials"),
        ("data:,x", "CorsDisabledScheme"),
        ("http://api.example.com/y", "MixedContent"),
        ("https://b example/", "InvalidResponse"),
        ("/x", "TooManyRedirects"),
    ],
)
def test_redirects_that_are_not_followed(location: str, code: str) -> None:
    outcome = fetch(f"{API}/x", {f"{API}/x": redirect(302, location)})

    assert outcome.failure is not None
    assert (outcome.step, outcome.failure.code) == ("redirect", code)
    assert "secret" not in outcome.failure.parameter


def test_a_redirect_away_from_the_page_s_own_server_becomes_cross_origin() -> None:
    answers = {f"{PAGE}/x": redirect(302, f"{API}/y"), f"{API}/y": Received(200, (ANYONE,))}
    outcome = fetch(f"{PAGE}/x", answers)

    assert outcome.failure is None
    assert sent(outcome.exchanges[-1])["Origin"] == PAGE  # it knows of no third party


def test_the_browser_shares_no_code_with_the_policy() -> None:
    folder = Path(browser.__file__).parent
    for name in ("address", "safelist", "judge", "exchange", "redirect", "browser"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        imports = [it for it in ast.walk(tree) if isinstance(it, ast.ImportFrom)]
        assert [it.module for it in imports if it.level > 1] == [], name
