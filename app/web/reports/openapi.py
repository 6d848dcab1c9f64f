"""Describe the addresses of figures (OpenAPI 3.1), from the types that requests are read by and answers written from.

There is no second text to keep in step: what a view reads, it is described to read. Pydantic makes the JSON Schemas.
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from app.web.platform.problems import MEDIA_TYPE
from app.web.reports.api_schema import Problem

VERSION = "1.0.0"
CSV = "text/csv"
REFUSALS = {
    "400": "A parameter is unknown, given twice or written wrongly.",
    "401": "There is no token, or one that is unknown, revoked or expired.",
    "405": "Figures can only be fetched.",
    "422": "The period or the part of the house is not there, or it is too much for one answer.",
    "429": "The token is used too often; `Retry-After` says how long to wait.",
}
TEXT = """\
The figures of Sluse's pages for managers, counted by the same functions. They are counts of mails without anything that names a
person. A token is made on the page *Data ud* and opens these addresses only. Addresses, parameters, keys and columns of version 1
stay; more may be added, so a program passes over what it does not know.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """A view: its address, what it reads, and the type it answers with, or CSV."""

    path: str
    name: str
    summary: str
    query: type[BaseModel]
    answer: Any


def described(operations: Iterable[Operation]) -> str:
    """Return the description as JSON."""
    operations = list(operations)
    answers = {each.answer.__name__: TypeAdapter(each.answer) for each in operations if each.answer is not CSV}
    answers["Problem"] = TypeAdapter(Problem)
    _refs, schemas = TypeAdapter.json_schemas(
        [(name, "serialization", adapter) for name, adapter in answers.items()],
        ref_template="#/components/schemas/{model}",
    )
    found = {
        "openapi": "3.1.0",
        "info": {"title": "Sluse: figures", "version": VERSION, "description": TEXT.replace("\n", " ").strip()},
        "security": [{"token": []}],
        "paths": {each.path: {"get": _operation(each)} for each in operations},
        "components": {
            "schemas": dict(sorted(schemas["$defs"].items())),
            "responses": {status: _refusal(text) for status, text in REFUSALS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made on the page Data ud."}
            },
        },
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _operation(operation: Operation) -> dict[str, Any]:
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": list(_parameters(operation.query)),
        "responses": {"200": _answer(operation)} | refused,
    }


def _parameters(query: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """Yield each parameter. A default is told in words; null is not written in an address, but left out."""
    _names, found = models_json_schema([(query, "validation")], ref_template="#/components/schemas/{model}")
    definitions = found["$defs"]
    for name, schema in definitions[query.__name__].get("properties", {}).items():
        plain = {
            key: value for key, value in schema.items() if key not in ("title", "default", "description", "examples")
        }
        kinds = [each for each in plain.pop("anyOf", []) if each.get("type") != "null"]
        plain |= kinds[0] if kinds else {}
        if "$ref" in plain:
            plain = {
                key: value
                for key, value in definitions[plain["$ref"].rpartition("/")[2]].items()
                if key in ("type", "enum")
            }
        made = {"name": name, "in": "query", "description": schema["description"], "schema": plain}
        yield made | ({"style": "form", "explode": False} if plain.get("type") == "array" else {})


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answer is CSV:
        return {"description": "A table.", "content": {CSV: {"schema": {"type": "string"}}}}
    reference = {"$ref": f"#/components/schemas/{operation.answer.__name__}"}
    said = inspect.getdoc(operation.answer) or ""
    return {"description": said, "content": {"application/json": {"schema": reference}}}


def _refusal(text: str) -> dict[str, Any]:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
