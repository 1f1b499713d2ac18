"""The entry for any WSGI server: `wsgi:app`."""

import sys

import {{ cookiecutter.package_name }}

try:
    app = {{ cookiecutter.package_name }}.create_app()
except {{ cookiecutter.package_name }}.ConfigurationError as error:
    print(error, file=sys.stderr)
    # 4 tells gunicorn that its workers will never boot; with 1 it would start them for ever.
    sys.exit(4)
