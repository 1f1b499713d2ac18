"""Serve the OpenAPI document, and Swagger UI, which loads nothing from other hosts."""

import json
from importlib.resources import files
from typing import Any

import click
from flask import Blueprint, Response, current_app, request

from .openapi import describe, operation

# The addresses are relative, so that they hold below any prefix.
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>API</title>
<link rel="icon" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<div id="api"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
"""
SCRIPT = 'SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true });\n'
# Swagger UI writes style attributes and draws its icons from data: addresses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)

bp = Blueprint(
    "docs",
    __name__,
    url_prefix="/api",
    static_folder=str(files("flask_swagger_ui") / "dist"),
    static_url_path="/docs/assets",
    cli_group=None,  # the command is one of `flask` itself
)


@bp.get("/openapi.json")
@operation()
def show_document() -> dict[str, Any]:
    """Describe every operation in OpenAPI 3.1."""
    return describe(current_app) | {"servers": [{"url": request.root_path or "/"}]}


@bp.get("/docs")
def show_page() -> Response:
    """Show every operation, with a form to try it."""
    return Response(PAGE, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


@bp.get("/docs/start.js")
def start_page() -> Response:
    """Start Swagger UI from a file of its own, as the page's policy runs no inline script."""
    return Response(SCRIPT, mimetype="text/javascript")


@bp.cli.command("openapi")
def print_document() -> None:
    """Print the OpenAPI document."""
    click.echo(json.dumps(describe(current_app), indent=2))
