"""mlserver, as any command a user may serve a release with.

It is ready when `/v2/health/ready` at its port says so, and answers the Open Inference Protocol.
Its metrics are at another port, `/metrics`:

- `rest_server_requests_total{method, path, status_code, app_name}`: requests, so those that failed
  are those with `status_code=~"5.."`; health and metadata are counted, too, so `path` has to be
  that of inference: `path=~".*/infer"`. It holds the words of the route, such as
  `/v2/models/{model_name}/infer`. A series is there from its first request on.
- `rest_server_request_duration_seconds_bucket{le, …}`, with `_sum` and `_count`: how long it took.
- `model_infer_request_success_total`, `model_infer_request_failure_total` and the summary
  `model_infer_request_duration`, by `model` and `version`.

What the model raises is a 500; so is much that a client did wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools import mlserver

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNTIME = Path(__file__).parent / "programs" / "mlserver" / "runtime.py"
VARIABLES = {
    "MLSERVER_HOST": "127.0.0.1",
    # Any free one: nobody asks it by gRPC.
    "MLSERVER_GRPC_PORT": "0",
    # In the process itself: two of them and their workers would be many for two cores.
    "MLSERVER_PARALLEL_WORKERS": "0",
    "MLSERVER_DEBUG": "false",
    # The folder of the release stays as it was weighed.
    "PYTHONDONTWRITEBYTECODE": "1",
}


def served_by_mlserver(
    name: str, version: str, model: str = "model.onnx"
) -> tuple[tuple[str, ...], dict[str, bytes], Mapping[str, str]]:
    """Return how mlserver serves a release: a command, files it needs, and variables.

    Args:
        name: Name the model is asked by.
        version: Its version.
        model: The ONNX file, in the folder of the release.

    Returns:
        The command, to be run in the folder of the release, with `{port}` and `{metricsPort}` to be
        filled in; what the files hold, by their names in that folder; variables of the environment.
    """
    ports = ("MLSERVER_HTTP_PORT={port}", "MLSERVER_METRICS_PORT={metricsPort}")
    settings = {
        "name": name,
        "implementation": "runtime.OnnxModel",
        "parameters": {"uri": f"./{model}", "version": version},
    }
    files = {
        "model-settings.json": json.dumps(settings, indent=2).encode(),
        "runtime.py": RUNTIME.read_bytes(),
    }
    return ("env", *ports, str(mlserver()), "start", "."), files, VARIABLES
