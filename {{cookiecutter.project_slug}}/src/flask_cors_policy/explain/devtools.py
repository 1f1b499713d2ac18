"""Calls copied from a browser's network tab, as curl commands or HAR files, read into drafts."""

import base64
import json
import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import urljoin

from click import BadParameter

from . import standard
from .browser import Fields
from .draft import Draft, likely, origin_of, parse_body

CURL, HAR = "--curl", "--har"
# No server takes more, and to look at more takes longer than anybody waits.
MOST_CHARACTERS = 100_000
MOST_HEADERS = 200

# What browsers add to requests themselves, beside the headers that pages may not set at all.
_OWN = frozenset(
    "authority if-modified-since if-none-match priority upgrade-insecure-requests user-agent "
    "x-client-data".split()
)
_NO_CACHE = {("cache-control", "no-cache"), ("pragma", "no-cache")}  # by "Disable cache"

_WITH_VALUE = {
    "-A": "--user-agent", "-b": "--cookie", "-c": "--cookie-jar", "-d": "--data", "-e": "--referer",
    "-F": "--form", "-H": "--header", "-m": "--max-time", "-o": "--output", "-r": "--range",
    "-u": "--user", "-w": "--write-out", "-x": "--proxy", "-X": "--request",
}  # fmt: skip
_VALUED = frozenset(_WITH_VALUE.values()) | frozenset(
    "--cacert --cert --connect-timeout --data-ascii --data-binary --data-raw --data-urlencode "
    "--json --key --resolve --retry --url".split()
)
_SWITCHES = frozenset(
    "-4 -6 -f -G -g -I -i -k -L -N -s -S -v --compressed --fail --get --globoff --head --http1.1 "
    "--http2 --include --insecure --ipv4 --ipv6 --location --no-buffer --path-as-is --show-error "
    "--silent --verbose".split()
)
_DATA = frozenset("--data --data-ascii --data-binary --data-raw --data-urlencode --json".split())

# Quoted strings of a shell; the last form is the one of bash, with escapes.
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|(?<!\$)'[^']*'|\$'((?:\\.|[^'\\])*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a"}


def parse_curl(text: str) -> Draft:
    """Return the call of a curl command, as browsers copy it for a POSIX shell or for cmd.exe.

    Raises BadParameter for a command that is not curl's or that it does not understand.
    """
    if len(text) > MOST_CHARACTERS:
        _refuse(
            f"has more than {MOST_CHARACTERS:,} characters; put a long body into a file and name "
            "it with '--data @FILE'"
        )
    urls: list[str] = []
    given: dict[str, list[str]] = {}
    for option, value in _curl_options(text):
        (given.setdefault(option, []) if option else urls).append(value)
    urls += given.get("--url", [])
    if len(urls) != 1:
        _refuse(f"names {len(urls) or 'no'} addresses; copy the command of one request")
    headers = [_curl_header(line) for line in given.get("--header", [])]
    if len(headers) > MOST_HEADERS:
        _refuse(f"sets {len(headers)} headers; write {MOST_HEADERS} at most")
    data = [value for option in _DATA for value in given.get(option, [])]
    url, body = urls[0], None
    if data and ("-G" in given or "--get" in given):
        url += ("&" if "?" in url else "?") + "&".join(data)
    elif data:
        body = parse_body("POST", data[0] if len(data) == 1 else "&".join(data), None)
        kind = "application/json" if "--json" in given else "application/x-www-form-urlencoded"
        headers = _with_default(headers, "Content-Type", kind)
    elif "--form" in given:
        body = b"x"
        headers = _with_default(headers, "Content-Type", "multipart/form-data; boundary=x")
    if user := given.get("--user"):
        token = base64.b64encode(user[-1].encode()).decode()
        headers = _with_default(headers, "Authorization", f"Basic {token}")
    if ranges := given.get("--range"):
        headers.append(("Range", f"bytes={ranges[-1]}"))
    headers += [("Cookie", value) for value in given.get("--cookie", [])]
    headers += [("Referer", value) for value in given.get("--referer", [])]
    head = "-I" in given or "--head" in given
    method = given.get("--request", ["HEAD" if head else "GET" if body is None else "POST"])[-1]
    return _draft(method, url, tuple(headers), body)


def parse_har(text: str) -> list[Draft]:
    """Return the cross-origin calls of a HAR file that failed, each of them once.

    Raises BadParameter for a file that is no HAR.
    """
    try:
        log = json.loads(text)["log"]
        pages = {page.get("id"): page.get("title") for page in log.get("pages", [])}
        drafts = list(_failed_calls(log["entries"], pages))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadParameter(
            "is no HAR file; export one from the browser's network tab", param_hint=HAR
        ) from None
    crossing = [draft for draft in drafts if draft.url and _crosses(draft.url, draft.origin)]
    # Of a call that failed at its preflight, the network tab has both.
    announced = {(draft.method, draft.url) for draft in crossing if not draft.preflighted}
    kept = [
        draft
        for draft in crossing
        if not draft.preflighted or (draft.method, draft.url) not in announced
    ]
    return list(dict.fromkeys(kept))


def _draft(method: str, url: str, headers: Fields, body: bytes | None) -> Draft:
    """Return the draft of a request as it went over the network, with the browser's own headers.

    A preflight becomes the call that it announced.
    """
    origin = standard.field(headers, "origin") or origin_of(standard.field(headers, "referer"))
    credentials = standard.field(headers, "cookie") is not None
    announced = standard.field(headers, "access-control-request-method")
    if method == "OPTIONS" and announced:
        names = (standard.field(headers, "access-control-request-headers") or "").split(",")
        asked = tuple(likely(name.strip()) for name in names if name.strip())
        return Draft(announced, url, origin, asked, preflighted=True)
    pairs = {(name.lower(), value.lower()) for name, value in headers}
    own = _OWN | ({"cache-control", "pragma"} if pairs >= _NO_CACHE else frozenset())
    kept = tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in own
        and not name.startswith(":")
        and not standard.is_forbidden(name, value)
    )
    return Draft(method, url, origin, kept, body, credentials)


def _curl_options(text: str) -> Iterator[tuple[str, str]]:
    """Return the options of a command by their long names; those without one are addresses."""
    try:
        parts = deque(shlex.split(_QUOTED.sub(_plain_quotes, _without_carets(text))))
    except ValueError:
        _refuse("has a quote that does not end; copy the whole command")
    if not parts or parts.popleft() not in ("curl", "curl.exe"):
        _refuse("is no curl command; choose 'Copy as cURL' in the browser's network tab")
    while parts:
        part = parts.popleft()
        if not part.startswith("-") or part == "-":
            yield "", part
            continue
        if not part.startswith("--") and len(part) > 2:  # `-XPOST`, or switches such as `-sSL`
            behind = part[2:] if part[:2] in _WITH_VALUE else f"-{part[2:]}"
            parts.appendleft(behind)
            part = part[:2]
        option = _WITH_VALUE.get(part, part)
        if option in _SWITCHES:
            yield option, ""
        elif option not in _VALUED:
            _refuse(f"has the option {option}, which is not known here; leave it out")
        elif parts:
            yield option, parts.popleft()
        else:
            _refuse(f"has nothing behind {option}; copy the whole command")


def _without_carets(text: str) -> str:
    """Turn a command for cmd.exe into one for a POSIX shell."""
    text = re.sub(r"[\\^]\r?\n", " ", text)
    return re.sub(r"\^(.)", r"\1", text) if '^"' in text else text


def _plain_quotes(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    return shlex.quote(_ESCAPE.sub(_unescaped, match[1]))


def _unescaped(match: re.Match[str]) -> str:
    if digits := match[1] or match[2]:
        return chr(int(digits, 16))
    if match[3]:
        return chr(int(match[3], 8))
    return _LETTERS.get(match[4], match[4])


def _curl_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        name = line.removesuffix(";")  # how curl is told of an empty value
    return name, value.strip(" \t")


def _with_default(headers: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    return headers if standard.field(headers, name.lower()) else [*headers, (name, value)]


def _failed_calls(
    entries: Iterable[Mapping[str, Any]], pages: Mapping[str, str | None]
) -> Iterator[Draft]:
    """Return the failed calls; of one that was redirected, what the page itself has asked for."""
    redirected: dict[str, Mapping[str, Any]] = {}  # by the address to which it was
    for entry in entries:
        response, url = entry["response"], entry["request"]["url"]
        first = redirected.pop(url, entry)
        status = response.get("status", 0)
        unanswered = status <= 0 or bool(entry.get("_error"))  # Playwright writes -1
        if unanswered or status >= 400 or (url.startswith("ws") and status != 101):
            yield replace(_har_entry(first, pages), refused=status <= 0, status=max(status, 0))
        elif target := response.get("redirectURL"):
            redirected[urljoin(url, target)] = first


def _har_entry(entry: Mapping[str, Any], pages: Mapping[str, str | None]) -> Draft:
    request = entry["request"]
    headers = tuple((pair["name"], pair["value"]) for pair in request["headers"])
    posted = request.get("postData")
    body = str(posted.get("text", "")).encode() if posted else None
    draft = _draft(request["method"], request["url"], headers, body)
    if request.get("cookies"):
        draft = replace(draft, credentials=True)
    page = origin_of(pages.get(str(entry.get("pageref"))))
    return replace(draft, origin=draft.origin or page)


def _crosses(url: str, origin: str | None) -> bool:
    """Whether an address is not on the page's own origin."""
    own = origin_of(re.sub(r"\Aws", "http", url))
    return origin is not None and own is not None and own != origin


def _refuse(reason_and_fix: str) -> NoReturn:
    raise BadParameter(reason_and_fix, param_hint=CURL)
