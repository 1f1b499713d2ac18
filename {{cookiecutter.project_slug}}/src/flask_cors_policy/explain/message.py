"""Console messages of Chrome, Firefox and Safari, read into drafts of the calls they are about."""

import re
from dataclasses import replace

from click import BadParameter

from .draft import Draft, likely, origin_of

OPTION = "--message"
LONGEST = 20_000  # characters of a message that is analysed

_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")

# Each gives the address, the page, or both. Where a call was redirected, Chrome names both ends.
_CHROME = (
    (
        r"Access to [A-Za-z ]{1,40} at '[^']*' \(redirected from '(?P<url>[^']*)'\) from origin "
        r"'(?P<origin>[^']*)'"
    ),
    r"Access to [A-Za-z ]{1,40} at '(?P<url>[^']*)' from origin '(?P<origin>[^']*)'",
    (
        r"The page at '(?P<page>[^']*)' was loaded over HTTPS, but (?:requested|attempted to "
        r"connect to) (?:an|the) insecure [A-Za-z ]{1,40} '(?P<url>[^']*)'"
    ),
    r"WebSocket connection to '(?P<url>wss?://[^']*)' failed",
    r"Origin '(?P<origin>[^']*)' is therefore not allowed access",  # before Chrome 70
)
_FIREFOX = (
    r"disallows reading the remote resource at (?P<url>[a-z]+://\S+?)\. \(Reason",
    r"can't establish a connection to the server at (?P<url>wss?://\S+?)\.?(?:\s|\Z)",
    r"Blocked loading mixed (?:active )?content \"(?P<url>[^\"]*)\"",
)
_SAFARI = (
    r"(?:Fetch API|XMLHttpRequest|EventSource) cannot load (?P<url>[a-z]+://\S+?)\.? due to",
    r"Origin (?P<origin>[a-z][a-z0-9+.-]*:\S+|null) is not allowed by",
    (
        r"The page at (?P<page>https://\S+) requested insecure content from "
        r"(?P<url>[a-z]+://\S+?)\. "
    ),
)
_SENTENCES = tuple(map(re.compile, _CHROME + _FIREFOX + _SAFARI))
# Firefox speaks the language of its user, so the last resort is the first address.
_ADDRESS = re.compile(r"\b(?:http|ws)s?://[^\s'\"<>()]+[^\s'\"<>().,:;]")
# The line of the network that Chrome prints next to it names the method.
_REQUEST_LINE = re.compile(r"\b([A-Za-z]{3,20}) (?:https?://\S+) (?:net::ERR_|[0-9]{3} \()")
_METHOD = re.compile(r"Method (\S{1,40}) is not allowed by")
_HEADER = re.compile(
    r"(?:Request header field (\S{1,200}) is not allowed by"
    r"|header '([^']{1,200})' is not allowed according to)"
)
_CREDENTIALS = re.compile(
    r"credentials mode is 'include'|Credential is not supported|expected 'true' in CORS header"
    r"|credentials flag is true",
    re.IGNORECASE,
)
_PREFLIGHT = re.compile(r"preflight", re.IGNORECASE)
# On the user's permission a server has no influence.
_PERMISSION = re.compile(r"Permission was denied for this request to access the")


def parse_message(text: str) -> Draft:
    """Return what a message says of the call.

    Raises BadParameter where it names no address.
    """
    text = " ".join(text[:LONGEST].translate(_QUOTES).split())
    found: dict[str, str] = {}
    for sentence in _SENTENCES:
        if match := sentence.search(text):
            found = match.groupdict() | found
    if "url" not in found:
        addresses = (url for url in _ADDRESS.findall(text) if origin_of(url) != url)
        if address := next(addresses, None):
            found["url"] = address
    if "url" not in found:
        hint = "; with Safari, copy the line 'Fetch API cannot load ...' too" if found else ""
        raise BadParameter(
            "names no address; copy the whole message from the browser's console" + hint,
            param_hint=OPTION,
        )
    origin = found.get("origin") or origin_of(found.get("page"))
    names = [first or second for first, second in _HEADER.findall(text)]
    method = _METHOD.search(text) or _REQUEST_LINE.search(text)
    return Draft(
        method=method[1] if method else None,
        url=found["url"],
        origin=origin,
        headers=tuple(likely(name) for name in dict.fromkeys(names)),
        credentials=bool(_CREDENTIALS.search(text)),
        preflighted=bool(_PREFLIGHT.search(text)),
        refused=not _PERMISSION.search(text),
    )


def with_likely_method(draft: Draft, methods: list[str]) -> Draft:
    """Choose a method where the message names none, from those that the route takes."""
    if draft.method or (draft.url or "").startswith(("ws:", "wss:")):
        return draft
    if not draft.preflighted or draft.headers:
        method = "GET" if "GET" in methods or not methods else methods[0]
        return replace(draft, method=method, assumed=_assumed(method))
    for method in ("PUT", "PATCH", "DELETE"):
        if method in methods and "POST" not in methods:
            return replace(draft, method=method, assumed=_assumed(method))
    if "POST" in methods:
        return replace(
            draft,
            method="POST",
            headers=(likely("Content-Type"),),
            body=b"{}",
            assumed=_assumed("POST with a JSON body"),
        )
    return replace(
        draft,
        method="GET",
        headers=(likely("Authorization"),),
        assumed=_assumed("GET with the header Authorization"),
    )


def _assumed(what: str) -> str:
    return (
        f"the message does not name the method, so this is about {what}; for another call write "
        "its method first, flask cors explain PUT --message ..."
    )
