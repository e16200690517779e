"""Serve an ONNX model by the Open Inference Protocol: run by the Python of the release.

    python -I reference_server.py --model FILE --name NAME [--version V] [--host H] [--port P]

It needs onnxruntime and numpy there, Python 3.9 or newer, and the folder `reference` beside it.
Nothing else of weighbridge is imported. SIGTERM ends it when requests in flight are answered.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from weighbridge.adapters.serving.reference.service import Service

PACKAGE = "weighbridge.adapters.serving.reference"
MAX_BODY = 16 << 20
ENDING = (signal.SIGTERM, signal.SIGINT)
DRAIN = 10.0
"""Seconds for requests in flight when it is to end."""


def stand_alone() -> None:
    """Let the folder beside this file be the package it is: this Python has no weighbridge."""
    parts = PACKAGE.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        module = ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
    sys.modules[PACKAGE].__path__ = [str(Path(__file__).resolve().parent / "reference")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Serve an ONNX model (Open Inference Protocol v2)."
    )
    parser.add_argument("--model", required=True, help="the ONNX file")
    parser.add_argument("--name", required=True, help="name the model is asked by")
    parser.add_argument("--version", default="", help="its version; that of the release by default")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="0 for a free one")
    parser.add_argument("--max-body", type=int, default=MAX_BODY, help="bytes of a request")
    return parser.parse_args()


def _end(status: int, message: str = "") -> NoReturn:
    """End at once: a thread inside ONNX Runtime would make an ordinary exit wait, or crash."""
    with contextlib.suppress(OSError, ValueError):  # nobody need read it any more
        if message:
            sys.stderr.write(f"reference_server: {message}\n")
        sys.stderr.flush()
    os._exit(status)


def main() -> None:
    """Listen, load the model, serve it until a signal comes."""
    # Before there are threads, which inherit it: the signals are waited for, and interrupt nobody.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    arguments = _arguments()
    configuration = import_module(f"{PACKAGE}.configuration")
    service = import_module(f"{PACKAGE}.service")
    try:
        read = configuration.read_configuration(os.environ)
        shared = service.Service(
            name=arguments.name,
            version=arguments.version or read.version,
            release=read.release,
            max_body=arguments.max_body,
        )
        server = service.Server(arguments.host, arguments.port, shared)
    except Exception as error:  # noqa: BLE001 - whatever it is, it cannot start
        _end(1, str(error))
    log = import_module(f"{PACKAGE}.answering").log
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log("listening", host=server.server_name, port=server.server_port)
    threading.Thread(
        target=_load, args=(shared, arguments.model, read.threads, read.batch), daemon=True
    ).start()
    signal.sigwait(ENDING)
    shared.draining = True
    idle = shared.metrics.wait_idle(DRAIN)
    log("ended", idle=idle)
    _end(0)


def _load(shared: Service, path: str, threads: int, batch: int) -> None:
    """Load the model beside the thread that waits for signals."""
    log = import_module(f"{PACKAGE}.answering").log
    try:
        model = import_module(f"{PACKAGE}.model").Model(
            path, name=shared.name, version=shared.version, threads=threads, batch=batch
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, there is nothing to serve
        _end(1, str(error))
    shared.use(model)
    log("ready", leftOut=model.left_out)


if __name__ == "__main__":
    stand_alone()
    main()
