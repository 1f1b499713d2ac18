"""Validate what requests carry by pydantic models; every wrong value goes into one 422."""

from functools import cache
from typing import Any, get_origin
from urllib.parse import quote

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import BadRequest

from .errors import Unprocessable

Model = type[BaseModel]
Errors = list[dict[str, str]]


def validate(query: Model | None, body: Model | None) -> dict[str, BaseModel]:
    """Return the `query` and the `body` of the request as instances of their models.

    Raises Unprocessable with every wrong value; a body that is not JSON is a 400 or 415.
    """
    values: dict[str, BaseModel] = {}
    errors: Errors = []
    if query:
        parameters = _parameters(query)
        try:
            values["query"] = query.model_validate(parameters, strict=False)  # all are text
        except ValidationError as error:
            errors += _wrong_values(error, parameters)
            for wrong in errors:
                wrong["parameter"] = wrong["pointer"][2:].partition("/")[0]
    if body:
        document = request.get_json()
        try:
            values["body"] = body.model_validate_json(request.get_data(), strict=True)
        except ValidationError as error:
            errors += _wrong_values(error, document)
    if errors:
        raise Unprocessable(errors)
    return values


def _parameters(model: Model) -> dict[str, Any]:
    """Return the query: a list where the model has one, and where a parameter is repeated."""
    lists = _names_of_lists(model)
    return {
        name: given if name in lists or len(given) > 1 else given[0]
        for name, given in request.args.lists()
    }


@cache
def _names_of_lists(model: Model) -> set[str]:
    fields = model.model_fields.items()
    return {field.alias or name for name, field in fields if get_origin(field.annotation) is list}


def _wrong_values(error: ValidationError, document: Any) -> Errors:
    if error.error_count() > 100:  # to list them takes longer than to find them
        return [{"pointer": "#", "detail": f"{error.error_count()} values are wrong"}]
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":  # in pydantic's reading, such as a lone surrogate
        raise BadRequest(f"{found[0]['msg']}.")
    return [{"pointer": _pointer(one, document), "detail": one["msg"]} for one in found]


def _pointer(error: ErrorDetails, value: Any) -> str:
    """Return the JSON pointer (RFC 6901) of a place that pydantic names with members of unions."""
    pointer = "#"
    for part in error["loc"]:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            if error["type"] != "missing" or part is not error["loc"][-1]:
                continue
        pointer += "/" + quote(str(part).replace("~", "~0").replace("/", "~1"))
    return pointer
