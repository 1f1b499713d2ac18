"""The entry for every server and for the flask command: `wsgi:app`."""

import sys

from flask_cors_policy import ConfigurationError

from {{ cookiecutter.package_name }} import create_app

try:
    app = create_app()
except ConfigurationError as error:
    print(error, file=sys.stderr)
    sys.exit(4)  # 4 stops gunicorn; after status 1 it would start its workers again and again
