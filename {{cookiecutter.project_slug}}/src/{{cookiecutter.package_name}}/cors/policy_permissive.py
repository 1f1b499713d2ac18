"""Who may call what. This table is the whole policy: the most specific row wins. Edit it here."""

from .row import Row, Variable

TABLE = (
    # Any page may call this API, so it must not rely on cookies, client certificates or the network
    # it stands in: browsers would add those for a hostile page as well.
    Row("/api/*", origins=Variable("CORS_ORIGINS", default="*"), supports_credentials=False),
    # A row of its own narrows one part; the README lists what a row may say:
    # Row("/api/v1/reports/*", origins="https://partner.example.org", methods=("GET", "HEAD")),
)
