"""The door's own description: OpenAPI 3.1 from the table and its models, and a page of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

import orjson
from pydantic import TypeAdapter

from fakecord.control.operation import Operation
from fakecord.entities import Json

REF = "#/components/schemas/{model}"
ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
STREAMS: Json = {
    "/_control/clock/stream": {
        "get": {
            "summary": "NDJSON: the time at once, then at each change by hand",
            "responses": {
                "200": {"description": "A stream", "content": {"application/x-ndjson": {}}}
            },
        }
    },
    "/_control/events": {
        "get": {
            "summary": "Server-sent events: version and kind at each change",
            "responses": {"200": {"description": "A stream", "content": {"text/event-stream": {}}}},
        }
    },
}


def document(operations: Sequence[Operation]) -> Json:
    schemas, definitions = _schemas(operations)
    paths: Json = {}
    for number, operation in enumerate(operations):
        at = paths.setdefault("/_control" + operation.path, {})
        at[operation.method.lower()] = _described(operation, schemas, number)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fakecord control door",
            "version": "1",
            "description": "People act, time moves, faults strike. Ids are strings; times are seconds.",
        },
        "paths": paths | STREAMS,
        "components": {"schemas": definitions | {"Error": ERROR}},
    }


def page(described: Json) -> str:
    """Plain HTML, nothing loaded."""
    body = "\n".join(_sections(described))
    models = "\n".join(
        f'<h3 id="{escape(name)}">{escape(name)}</h3><pre>{_linked(schema)}</pre>'
        for name, schema in sorted(described["components"]["schemas"].items())
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>fakecord control door</title>'
        "<style>body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "pre{background:#f3f3f6;padding:.6rem;overflow:auto}code{font-weight:600}</style>"
        f"<h1>fakecord control door</h1><p>{escape(described['info']['description'])} "
        '<a href="/_control/openapi.json">OpenAPI 3.1</a></p>'
        f"{body}<h2>Models</h2>{models}"
    )


def _schemas(operations: Sequence[Operation]) -> tuple[dict[tuple[int, str], Json], Json]:
    wanted: list[tuple[tuple[int, str], str, TypeAdapter[object]]] = []
    for number, operation in enumerate(operations):
        if operation.body is not None:
            wanted.append(((number, "body"), "validation", operation.reader))
        if operation.answer is not None:
            wanted.append(((number, "answer"), "serialization", operation.writer))
    found, definitions = TypeAdapter.json_schemas(wanted, ref_template=REF)  # type: ignore[arg-type]
    return {key: schema for (key, _), schema in found.items()}, definitions.get("$defs", {})


def _described(operation: Operation, schemas: dict[tuple[int, str], Json], number: int) -> Json:
    names = re.findall(r"\{(\w+)\}", operation.path)
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in operation.query.items()
    ]
    described: Json = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            **_answer(operation, schemas.get((number, "answer"))),
            "4XX": {
                "description": "No, and why",
                "content": _json({"$ref": REF.format(model="Error")}),
            },
        },
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(schemas[number, "body"])}
    return described


def _answer(operation: Operation, schema: Json | None) -> Json:
    if schema is None:
        return {"204": {"description": "Done"}}
    return {"200": {"description": operation.summary, "content": _json(schema)}}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _sections(described: Json) -> Iterator[str]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"<h3><code>{method.upper()} {escape(path)}</code></h3><p>{escape(operation['summary'])}</p>"
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    yield f"<p>?{escape(parameter['name'])}: {escape(parameter['description'])}</p>"
            if "requestBody" in operation:
                yield f"<pre>{_linked(operation['requestBody']['content']['application/json']['schema'])}</pre>"


def _linked(schema: Json) -> str:
    text = escape(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode(), quote=False)
    return re.sub(r'"#/components/schemas/(\w+)"', r'<a href="#\1">\1</a>', text)
