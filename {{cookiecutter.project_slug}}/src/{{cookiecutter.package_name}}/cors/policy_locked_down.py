"""Who may call what. This table is the whole policy: the most specific row wins. Edit it here."""

from .row import Row, Variable

TABLE = (
    Row("/api/*", origins=Variable("CORS_ORIGINS")),
    # A row of its own opens or narrows one part; the README lists what a row may say:
    # Row("/api/v1/reports/*", origins="https://partner.example.org", methods=("GET", "HEAD")),
)
