"""Declare what operations take and answer, and describe them in OpenAPI 3.1."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from inspect import iscoroutinefunction, signature
from typing import Any, NamedTuple, get_args, get_origin

from flask import Flask, Response, current_app
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from werkzeug.http import HTTP_STATUS_CODES

from .errors import CONTENT_TYPE, Problem
from .validation import validate

INFO = {"title": "{{ cookiecutter.project_slug }}", "version": "1"}
# What each annotation of a view can fail with; any other name is a part of the path, with 404.
ERRORS = {"query": {422}, "body": {413, 415, 422}, "return": set[int](), "problem": {400, 500}}
GIVEN = ("return", "problem")
View = Callable[..., Any]


class Operation(NamedTuple):
    """What a view declares; its types are those of its arguments, "return" and "problem"."""

    types: dict[str, TypeAdapter[Any]]
    status: int
    headers: tuple[str, ...]
    problems: tuple[int, ...]


def operation(
    status: int = 200, *, headers: tuple[str, ...] = (), problems: tuple[int, ...] = ()
) -> Callable[[View], View]:
    """Validate the `query` and `body` of a view by their annotations, and describe the view.

    A view returns what its annotation says, alone or with headers. `status` is its success;
    `headers` are those that requests need, `problems` the statuses of its own errors.
    """

    def decorate(view: View) -> View:
        declared = signature(view, eval_str=True)
        hints = {name: argument.annotation for name, argument in declared.parameters.items()}
        query, body, answer = hints.get("query"), hints.get("body"), declared.return_annotation
        answer = get_args(answer)[0] if get_origin(answer) is tuple else answer
        if get_origin(answer) in (dict, list):
            hints["return"] = answer
        for option in (answer, *get_args(answer)):  # a view may return a model or a Response
            if isinstance(option, type) and issubclass(option, BaseModel):
                hints.setdefault("return", option)
        types = {name: TypeAdapter(hint) for name, hint in hints.items()}
        awaited = iscoroutinefunction(view)

        @wraps(view)
        def validated(**arguments: Any) -> Any:
            arguments |= validate(query, body)
            result = (current_app.ensure_sync(view) if awaited else view)(**arguments)
            content, *rest = result if isinstance(result, tuple) else (result,)
            if content is None:
                return "", status, *rest
            if "return" in types and not isinstance(content, Response):
                text = types["return"].dump_json(content, by_alias=True) + b"\n"
                response = Response(text, status, mimetype="application/json")
                return (response, *rest) if rest else response
            return result

        types["problem"] = TypeAdapter(Problem)
        vars(validated)["operation"] = Operation(types, status, headers, problems)
        return validated

    return decorate


@lru_cache(maxsize=1)  # the routes of a running application stay the same
def describe(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of every view that `operation` decorates."""
    cors = app.extensions["flask_cors_policy"]
    views = [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    views = [(rule, view) for rule, view in views if hasattr(view, "operation")]
    types: list[tuple[tuple[str, str], JsonSchemaMode, TypeAdapter[Any]]] = [
        ((rule.endpoint, name), "serialization" if name in GIVEN else "validation", adapter)
        for rule, view in views
        for name, adapter in vars(view)["operation"].types.items()
    ]
    found, shared = TypeAdapter.json_schemas(types, ref_template="#/components/schemas/{model}")
    schemas: dict[str, dict[str, Any]] = defaultdict(dict)
    for ((endpoint, name), _mode), schema in found.items():
        schemas[endpoint][name] = schema
        if name == "query":  # its fields become parameters
            schemas[endpoint][name] = shared["$defs"][schema["$ref"].rpartition("/")[2]]
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for rule, view in views:
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            row = cors.policy.row_for(rule.rule, method)
            exposed = cors.views.row_for(rule.endpoint, row).expose_headers if row else ()
            described = _describe(view, method, schemas[rule.endpoint], exposed)
            paths[path][method.lower()] = {"tags": rule.endpoint.split(".")[-2:-1], **described}
    security = app.extensions.get("security_schemes")
    components = {"schemas": shared["$defs"]} | ({"securitySchemes": security} if security else {})
    return {"openapi": "3.1.0", "info": INFO, "paths": paths, "components": components}


def _describe(
    view: View, method: str, schemas: dict[str, Any], exposed: Sequence[str]
) -> dict[str, Any]:
    declared: Operation = vars(view)["operation"]
    query = schemas.get("query", {"properties": {}})
    needed = query.get("required", ())
    parameters = [
        *(("path", name, True, schema) for name, schema in schemas.items() if name not in ERRORS),
        *(("header", name, True, {"type": "string"}) for name in declared.headers),
        *(("query", name, name in needed, schema) for name, schema in query["properties"].items()),
    ]
    keys = ("in", "name", "required", "schema")
    body = {"required": True, "content": {"application/json": {"schema": schemas.get("body")}}}
    # A decorator that asks for a login sets it, such as {"bearer": []}.
    security = [vars(view)["security"]] if hasattr(view, "security") else []
    errors = {*declared.problems}.union(*(ERRORS.get(name, {404}) for name in schemas))
    errors |= ({401} if security else set()) | ({403} if method != "GET" else set())
    answers = {declared.status: schemas.get("return")} | dict.fromkeys(errors, schemas["problem"])
    return {
        "operationId": view.__name__,
        "summary": (view.__doc__ or "").partition("\n")[0],
        "security": security,
        "parameters": [dict(zip(keys, parameter, strict=True)) for parameter in parameters],
        **({"requestBody": body} if "body" in schemas else {}),
        "responses": {str(code): _answer(code, answers[code], exposed) for code in sorted(answers)},
    }


def _answer(code: int, schema: Any, exposed: Sequence[str]) -> dict[str, Any]:
    kind = CONTENT_TYPE if code >= 400 else "application/json"
    return {
        "description": HTTP_STATUS_CODES[code],
        "headers": {name: {"schema": {"type": "string"}} for name in exposed},
        **({"content": {kind: {"schema": schema}}} if schema else {}),
    }
