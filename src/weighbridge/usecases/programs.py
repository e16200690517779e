"""A policy's expressions compiled from their texts, against the schemas of this version."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from weighbridge.gate.program import Compiler, Program

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle

SCHEMAS = resources.files("weighbridge.usecases") / "schemas"
"""What `scripts/kept_schemas.py` made of the classes: making it anew costs more than compiling."""
RELEASE_SCHEMA = "model-release.json"
ENVIRONMENT_SCHEMA = "environment.json"


@cache
def _schema(name: str) -> dict[str, Any]:
    """Read a schema once a process: they are this version's own, whatever the policy."""
    schema: dict[str, Any] = json.loads((SCHEMAS / name).read_bytes())
    return schema


def release_schema() -> dict[str, Any]:
    """Read the schema of manifests that expressions are compiled against."""
    return _schema(RELEASE_SCHEMA)


def compiler_for(bundle: PolicyBundle) -> Compiler:
    """Return what compiles the expressions of a bundle."""
    return Compiler(
        release_schema=release_schema(),
        environment_schema=_schema(ENVIRONMENT_SCHEMA),
        data=sorted(bundle.data),
    )


def program_of(bundle: PolicyBundle) -> Program:
    """Compile every expression of a bundle. No cache is asked: this decides.

    Raises:
        ExpressionError: An expression cannot be compiled.
    """
    return Program(bundle, compiler_for(bundle))
