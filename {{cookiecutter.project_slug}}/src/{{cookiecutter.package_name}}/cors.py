"""Who may call the API from a browser: this table is the whole policy. README.md explains it.

The most specific row wins. What it leaves out comes from the CORS_ variables of the environment,
and what these leave out from the arguments below the table.
"""

from flask_cors_policy import CORS, Variable

cors = CORS(
    resources={
# {% if cookiecutter.cors_policy == "permissive" %}
        # Any page may call this API, so it must not rely on cookies, client certificates or the
        # network it stands in: a hostile page in somebody's browser would have all three.
        "/api/*": {
            "origins": Variable("CORS_ORIGINS", default="*"),
            "supports_credentials": False,
        },
# {% else %}
        "/api/*": {"origins": Variable("CORS_ORIGINS")},
# {% endif %}
# {% if cookiecutter.cors_policy == "mixed" %}
        # Any page may read this part, without cookies. Other methods follow the row above.
        "/api/v1/public/*": {
            "for_methods": ["GET", "HEAD"],
            "origins": [Variable("CORS_PUBLIC_ORIGINS", default="*"), Variable("CORS_ORIGINS")],
            "allow_headers": ["Content-Type", "X-Request-ID"],
            "supports_credentials": False,
        },
# {% endif %}
# {% if cookiecutter.cors_supports_credentials %}
        # A row of its own opens or narrows one part; README.md shows one.
# {% else %}
        # A row of its own opens or narrows one part:
# {% if cookiecutter.cors_policy == "permissive" %}
        # "/api/v1/reports/*": {
        #     "origins": "https://partner.example.org",
        #     "for_methods": ["GET"],
        #     "supports_credentials": False,
        # },
# {% else %}
        # "/api/v1/reports/*": {"origins": "https://partner.example.org", "for_methods": ["GET"]},
# {% endif %}
# {% endif %}
    },
    allow_headers=["Authorization", "Content-Type", {{ '"If-Match", ' if cookiecutter.database != "none" else "" }}"X-Request-ID"],
    expose_headers=[{{ '"ETag", "Link", ' if cookiecutter.database != "none" else "" }}"Location", {{ '"Retry-After", ' if cookiecutter.database != "none" or cookiecutter.auth != "none" else "" }}{{ '"WWW-Authenticate", ' if cookiecutter.auth == "oidc" else "" }}"X-Request-ID"],
    supports_credentials={{ cookiecutter.cors_supports_credentials }},
)
