"""Who may call what. This table is the whole policy: the most specific row wins. Edit it here."""

from .row import Row, Variable

TRUSTED = Variable("CORS_ORIGINS")
PUBLIC = Variable("CORS_PUBLIC_ORIGINS", default="*")

TABLE = (
    Row("/api/*", origins=TRUSTED),
    # Public is for reading, and never with cookies; other methods are left to the row above.
    Row(
        "/api/v1/public/*",
        origins=(PUBLIC, TRUSTED),
        only=("GET", "HEAD"),
        methods=("GET", "HEAD"),
        allow_headers=("Content-Type", "X-Request-ID"),
        supports_credentials=False,
    ),
    # A row of its own opens or narrows one part; the README lists what a row may say:
    # Row("/api/v1/reports/*", origins="https://partner.example.org", methods=("GET", "HEAD")),
)
