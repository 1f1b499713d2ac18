"""The entry for any WSGI server: `wsgi:app`."""

import sys

from {{ cookiecutter.package_name }} import (
    ConfigurationError,
    create_app,
)

try:
    app = create_app()
except ConfigurationError as error:
    print(error, file=sys.stderr)
    # 4 tells gunicorn that its workers will never boot; with 1 it would start them for ever.
    sys.exit(4)
