"""The entry for every server and for the flask command: `wsgi:app`."""

import sys

from flask_cors_policy import ConfigurationError

from {{ cookiecutter.package_name }} import create_app

try:
    app = create_app()
except ConfigurationError as error:
    print(error, file=sys.stderr)
    sys.exit(4)  # gunicorn starts its workers again and again after any other status
