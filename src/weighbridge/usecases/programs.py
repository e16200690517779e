"""A policy's expressions compiled from their texts, against the schemas of this version."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from weighbridge.codec.schemas import release_schema, schema_of
from weighbridge.gate.program import Compiler, Program
from weighbridge.model.environment import Environment

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle


@cache
def _schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """Make the schemas once a process: they are this version's own, whatever the policy."""
    return release_schema(), schema_of(Environment)


def compiler_for(bundle: PolicyBundle) -> Compiler:
    """Return what compiles the expressions of a bundle."""
    release, environment = _schemas()
    return Compiler(
        release_schema=release,
        environment_schema=environment,
        data=sorted(bundle.data),
    )


def program_of(bundle: PolicyBundle) -> Program:
    """Compile every expression of a bundle. No cache is asked: this decides.

    Raises:
        ExpressionError: An expression cannot be compiled.
    """
    return Program(bundle, compiler_for(bundle))
