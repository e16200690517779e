"""The OpenAPI description: what the framework knows, and the routes of bytes beside it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from weighbridge import __version__
from weighbridge.server.access import TABLE
from weighbridge.server.documents import DIGEST, FaultDocument, ProblemDocument, problems

if TYPE_CHECKING:
    from fastapi import FastAPI

_BEARER: Final = "bearer"
_BYTES: Final = "application/octet-stream"
_DIGEST: Final = {"type": "string", "pattern": DIGEST}
_FILES: Final[dict[str, tuple[str, str, dict[str, Any], tuple[int, ...]]]] = {
    "/healthz": ("Whether the process lives", "text/plain", {}, (200,)),
    "/readyz": ("Whether it can answer", "text/plain", {}, (200, 503)),
    "/metrics": ("Metrics for Prometheus", "text/plain", {}, (200, 404)),
    "/v1/ledger/checkpoint": ("The signed checkpoint (C2SP)", "text/plain", {}, (200, 404)),
    "/v1/ledger/tile/{path}": (
        "A tile or bundle of the log (C2SP tlog-tiles)",
        _BYTES,
        {"path": {"type": "string", "pattern": r"^[0-9a-z./]{1,80}$"}},
        (200, 304, 404),
    ),
    "/v1/ledger/entries/{index}": (
        "One entry, byte for byte",
        "application/json",
        {"index": {"type": "integer", "minimum": 0}},
        (200, 304, 404),
    ),
    "/v1/manifests/{digest}": (
        "A sealed manifest, byte for byte",
        "application/json",
        {"digest": _DIGEST},
        (200, 304, 404),
    ),
    "/v1/evidence/{digest}": (
        "A signed bundle, byte for byte",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        {"digest": _DIGEST},
        (200, 304, 404),
    ),
    "/v1/blobs/{digest}": (
        "Bytes by digest, whole or a range of them",
        _BYTES,
        {"digest": _DIGEST},
        (200, 206, 304, 404, 416),
    ),
}
"""Path, as it is described: summary, media type, parameters, statuses of its own."""


def describe(app: FastAPI) -> dict[str, Any]:
    """Write the description; it is made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title="weighbridge",
            version=__version__,
            summary="Releases, their papers, and where they may go",
            description="`/v1` stays what it is: members are added, none taken away.",
            routes=app.routes,
        )
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        for model in (FaultDocument, ProblemDocument):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        found["components"]["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer"}}
        for path, (summary, media_type, parameters, statuses) in _FILES.items():
            found["paths"].setdefault(path, {})["get"] = _file(
                path, summary, media_type, parameters, statuses
            )
        _secure(found["paths"])
        app.openapi_schema = found
    return app.openapi_schema


def _file(
    path: str, summary: str, media_type: str, parameters: dict[str, Any], statuses: tuple[int, ...]
) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    wrong = problems(*statuses)
    for status in statuses:
        if status == HTTPStatus.NOT_MODIFIED:
            responses[str(status)] = {"description": "Not Modified"}
        elif status < HTTPStatus.BAD_REQUEST:
            content: dict[str, Any] = {media_type: {"schema": {}}}
            responses[str(status)] = {"description": "The bytes", "content": content}
            wrong.pop(status, None)
    wrong.pop(HTTPStatus.NOT_MODIFIED, None)
    responses |= {str(status): told for status, told in wrong.items()}
    return {
        "summary": summary,
        "operationId": "get" + path.replace("/", "_").replace("{", "").replace("}", ""),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": schema}
            for name, schema in parameters.items()
        ],
        "responses": responses,
    }


def _secure(paths: dict[str, Any]) -> None:
    """Say which operations need a credential."""
    rows = {
        (method.lower(), path.replace(":path}", "}")): row for (method, path), row in TABLE.items()
    }
    for path, operations in paths.items():
        for method, operation in operations.items():
            row = rows[method, path]
            if row.scope is not None:
                operation["security"] = [{_BEARER: []}]
                operation["description"] = f"Needs the scope `{row.scope}`."
