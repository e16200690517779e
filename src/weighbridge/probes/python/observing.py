"""Observe a Python environment by its files. Runs, imports and unpacks nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.fact import PythonEnvironment, Unavailable
from weighbridge.probes.python.metadata import distributions_in
from weighbridge.probes.python.places import Place, find_place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def observe_python(
    root: Path, *, environ: Mapping[str, str], prefix: Path | None = None
) -> PythonEnvironment | Unavailable:
    """Observe the environment beside a release, else the active one, else our own.

    Args:
        root: The manifest's folder; `.venv` and `venv` are looked for there.
        environ: Environment variables; `VIRTUAL_ENV` names the active environment.
        prefix: Folder of the interpreter to fall back on; the running one's if left out.
    """
    place = find_place(root, environ=environ, prefix=prefix)
    return place if isinstance(place, Unavailable) else observe_place(place)


def observe_place(place: Place) -> PythonEnvironment:
    """Observe an environment that was found."""
    return PythonEnvironment(
        where=place.where,
        implementation=place.implementation,
        version=place.version,
        distributions=distributions_in(place.libraries),
        running=place.running,
    )
