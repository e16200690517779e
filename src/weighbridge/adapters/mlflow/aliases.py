"""Aliases of MLflow's registry follow the pointers: who was promoted there is found by its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.posting import post
from weighbridge.adapters.servers.speaking import printable
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import NotFoundError, UnavailableError
from weighbridge.model.event import MOVING_KINDS
from weighbridge.model.imports import MLFLOW_MODEL, MLFLOW_VERSION

if TYPE_CHECKING:
    from weighbridge.adapters.posting import Reply
    from weighbridge.model.notification import Notice, Sink
    from weighbridge.model.ports import Reads

LONGEST = 10.0
"""Seconds an answer may take."""

_PATH = "/api/2.0/mlflow/registered-models/alias"
_BAD_REQUEST = 400


class Aliases:
    """A tracking server whose aliases are set."""

    def __init__(self, sink: Sink, *, secret: str, blobs: Reads | None) -> None:
        """Take where it is, what it lets one in with, and where manifests are read."""
        from weighbridge.adapters.mlflow.asking import authorization  # noqa: PLC0415 - few have one

        self._url = f"{sink.url.rstrip('/')}{_PATH}"
        self._alias = sink.alias
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": "weighbridge",
            **authorization(secret),
        }
        self._blobs = blobs

    def send(self, notice: Notice) -> str | None:
        """Set the alias of the environment whose pointer moved.

        Raises:
            UnavailableError: It was not set, or the manifest is not there.
            WeighbridgeError: The release's manifest cannot be read.
        """
        body = notice.event.body
        if notice.event.kind not in MOVING_KINDS:
            return self._try_out() if body.get("act") == "test" else None
        release = f"{body['name']}@{body['version']}"
        alias = self._alias.replace("{environment}", body["environment"])
        model, version = self._named(body["release"])
        if not (model and version):
            return f"{release} was not imported from MLflow: the alias {alias} stays where it is"
        reply = self._post({"name": model, "alias": alias, "version": version})
        if not 200 <= reply.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            message = f"MLflow does not make {alias} an alias of {model} {version}"
            raise UnavailableError(message, seen=f"{reply.status}: {_said(reply)}")
        return f"{alias} is {model} {version} now"

    def _named(self, digest: str) -> tuple[str, str]:
        """Read which version of which model a release was imported from."""
        if self._blobs is None:
            raise UnavailableError("there is no registry to read the manifest in")
        try:
            manifest = read_json(self._blobs.read(digest))
        except NotFoundError as error:
            # Given up after a while, like an answer that never comes: later entries count, too.
            raise UnavailableError(f"the manifest of {digest} is not there") from error
        notes = manifest["metadata"].get("annotations") or {}
        return str(notes.get(MLFLOW_MODEL, "")), str(notes.get(MLFLOW_VERSION, ""))

    def _try_out(self) -> str:
        """Ask for nothing: whoever is let in is told that something is missing."""
        reply = self._post({})
        if reply.status != _BAD_REQUEST or not _said(reply):
            raise UnavailableError(f"MLflow answers with {reply.status}", seen=_said(reply))
        return "MLflow answers; no alias was set"

    def _post(self, document: dict[str, str]) -> Reply:
        data = json.dumps(document).encode()
        return post(self._url, data, headers=self._headers, longest=LONGEST)


def _said(reply: Reply) -> str:
    """Say what MLflow says is wrong; of another server nothing."""
    try:
        found: Any = read_json(reply.body)
    except NotCanonicalError:
        return ""
    code = found.get("error_code") if isinstance(found, dict) else None
    return printable(f"{code}: {found.get('message', '')}") if isinstance(code, str) else ""
