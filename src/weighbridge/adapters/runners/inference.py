"""Asking a model on a server: the Open Inference Protocol, v2, over HTTP.

What a server answers is untrusted, and it may never stop: bytes and seconds are bounded. Nothing
of the environment is used, no proxy and no redirect is followed.
"""

from __future__ import annotations

import contextlib
import json
import math
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from weighbridge.adapters.posting import within
from weighbridge.adapters.runners.depth import DEEPEST
from weighbridge.model.errors import UsageError
from weighbridge.model.oci_reference import is_loopback
from weighbridge.model.trial import Answer, NoAnswerError, WrongAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.trial import Served

DATATYPES: Final = {
    "bool": "BOOL",
    "bfloat16": "BF16",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "int8": "INT8",
    "string": "BYTES",
    "bytes": "BYTES",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "uint8": "UINT8",
}
"""Types of tensors, in NumPy's words and in those of the protocol."""

LARGEST: Final = 16 << 20
"""Bytes of an answer."""

PATIENCE: Final = 60.0
"""Seconds one answer may take."""

_OK: Final = 200
_REFUSED: Final = frozenset({400, 422, 500})
"""What a server answers that has the model, and does not come to an answer with it."""

_SAID: Final = 200


def check_endpoint(url: str, *, offline: bool) -> None:
    """Refuse an address that is no model's, or that may not be spoken with.

    Raises:
        UsageError: It is one of these.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    del port
    named = parts.path.partition("/v2/models/")[2]
    if parts.scheme not in {"http", "https"} or not host or not named or parts.query:
        help_ = ["for example http://127.0.0.1:8080/v2/models/NAME"]
        raise UsageError(f"{url} is no address of a model", help=help_)
    if parts.username or parts.password:
        raise UsageError("an address holds no name and no password", help=["leave them out"])
    if not is_loopback(host):
        if parts.scheme == "http":
            raise UsageError(f"{host} is another machine: plain http is for this one alone")
        if offline:
            raise UsageError(f"{host} is another machine, and --offline was said")


class InferenceRunner:
    """Asks models on servers."""

    def __init__(self, *, patience: float = PATIENCE, largest: int = LARGEST) -> None:
        """Say how long it waits for an answer, and how much of one it reads."""
        self._patience = patience
        self._largest = largest

    @property
    def where(self) -> str:
        """Say where they run."""
        return "on a server, from bytes nobody here has seen"

    @property
    def local(self) -> bool:
        """Whatever the server loaded, it was not us who gave it."""
        return False

    @contextlib.contextmanager
    def open(self, served: Served) -> Iterator[_Endpoint]:
        """Ask what the model takes."""
        endpoint = _Endpoint(served.endpoint, self._patience, self._largest)
        with contextlib.closing(endpoint):
            endpoint.dtypes = {
                **endpoint.described(),
                **{name: DATATYPES[one] for name, one in served.dtypes.items() if one in DATATYPES},
            }
            yield endpoint


class _Endpoint:
    """A model on a server.

    Attributes:
        dtypes: The protocol's types of its inputs, by name.
    """

    def __init__(self, url: str, patience: float, largest: int) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=patience)
        self._path = parts.path.rstrip("/")
        self._url, self._patience, self._largest = url, patience, largest
        self.dtypes: dict[str, str] = {}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def memory(self) -> int | None:
        """Say nothing: nobody sees from here what it holds."""
        return None

    def described(self) -> dict[str, str]:
        """Ask for the types of its inputs; a server need not say."""
        status, data = self._exchange("GET", self._path, None)
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            if status == _OK:
                return {
                    str(one["name"]): str(one["datatype"]) for one in json.loads(data)["inputs"]
                }
        return {}

    def ask(self, inputs: Mapping[str, Any]) -> Answer:
        """Ask it once."""
        asked = {"inputs": [self._tensor(name, value) for name, value in inputs.items()]}
        body = json.dumps(asked, allow_nan=False).encode()
        status, data = self._exchange("POST", f"{self._path}/infer", body)
        if status in _REFUSED:
            raise WrongAnswerError(f"it answers {status}: {data[:_SAID]!r}")
        if status != _OK:
            raise NoAnswerError(f"{self._url} answers {status}")
        try:
            said: Any = json.loads(data)
            tensors = [(str(one["name"]), one["data"], one["shape"]) for one in said["outputs"]]
            outputs = {name: _nested(data, shape) for name, data, shape in tensors}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            message = f"its answer is not of the protocol: {data[:_SAID]!r}"
            raise WrongAnswerError(message) from error
        by = f"{said.get('model_name', '')} {said.get('model_version', '')}".strip()
        return Answer(outputs=outputs, by=by[:_SAID])

    def _tensor(self, name: str, value: object) -> dict[str, object]:
        if name not in self.dtypes:
            help_ = "say so in spec.signature.inputs"
            raise NoAnswerError(f"nobody says of what type the input {name} is", help_)
        try:
            shape, flat = _flattened(value)
        except ValueError as error:
            raise NoAnswerError(f"the input {name} is no tensor: {error}") from error
        return {"name": name, "shape": shape, "datatype": self.dtypes[name], "data": flat}

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Exchange a request for an answer; a server may have hung up since the last one."""
        reused = self._connection.sock is not None
        try:
            try:
                return self._asked(method, path, body)
            except ConnectionError:  # RemoteDisconnected is one, too
                if not reused:
                    raise
                self._connection.close()
                return self._asked(method, path, body)
        except (OSError, HTTPException, ValueError) as error:
            self._connection.close()
            reason = str(error) or type(error).__name__
            raise NoAnswerError(f"{self._url} does not answer: {reason}") from error

    def _asked(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "User-Agent": "weighbridge"}
        connection = self._connection
        if connection.sock is None:
            connection.connect()
        with within(self._patience, connection.sock):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read(self._largest + 1)
            missing = response.length
        if len(data) > self._largest:
            connection.close()
            raise WrongAnswerError(f"its answer is longer than {self._largest} bytes")
        if missing:
            raise OSError(f"{missing} bytes are missing")
        return response.status, data


def _flattened(value: object) -> tuple[list[int], list[object]]:
    """Return the shape of nested lists, and their values in order (row-major)."""
    if not isinstance(value, list):
        return [1], [value]
    shape: list[int] = []
    flat = value
    while True:
        shape.append(len(flat) // math.prod(shape))
        if math.prod(shape) != len(flat) or len(shape) > DEEPEST:
            raise ValueError("its lists are not all of one length")
        if not flat or not all(isinstance(one, list) for one in flat):
            return shape, flat
        flat = [inner for one in flat for inner in one]


def _nested(data: Any, shape: Any) -> Any:  # noqa: ANN401 - lists within lists
    """Fold values into the shape they are said to have.

    Raises:
        ValueError: They are not as many.
    """
    sizes = [int(one) for one in shape[:DEEPEST]]
    _, flat = _flattened(data)
    if len(flat) != math.prod(sizes) or len(shape) > DEEPEST or any(one < 0 for one in sizes):
        raise ValueError("as many values as the shape says")
    for size in reversed(sizes[1:]) if flat else ():
        flat = [flat[at : at + size] for at in range(0, len(flat), size)]
    return flat
