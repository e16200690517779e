"""Servers for releases that bring none: what runs here is the release's Python, not ours."""

from __future__ import annotations

from pathlib import Path


def reference_server() -> Path:
    """Return the reference inference server: a program, with its folder `reference` beside it."""
    return Path(__file__).parent / "reference_server.py"


def command(python: str, model: str, name: str, version: str, port: int | str) -> tuple[str, ...]:
    """Return the command that serves a model on 127.0.0.1.

    Args:
        python: Interpreter of the release's environment, which has onnxruntime and numpy.
        model: The ONNX file.
        name: Name the model is asked by.
        version: Its version; empty for the one of the configuration.
        port: Where it listens, or a placeholder for that.
    """
    versioned = ("--version", version) if version else ()
    # Isolated: neither the folder it is started in nor PYTHONPATH adds to what is imported.
    start = (python, "-I", str(reference_server()), "--model", model, "--name", name)
    return (*start, *versioned, "--host", "127.0.0.1", "--port", str(port))
