"""The header names of the CORS protocol, as the Fetch standard spells them."""

# Names and values, as WSGI servers take them.
Fields = list[tuple[str, str]]

ORIGIN = "Origin"
VARY = "Vary"
REQUEST_METHOD = "Access-Control-Request-Method"
REQUEST_HEADERS = "Access-Control-Request-Headers"

# Every answer of the protocol starts with this, the one that is never given included
# (Access-Control-Allow-Private-Network).
ANSWER_PREFIX = "access-control-"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"
MAX_AGE = "Access-Control-Max-Age"
