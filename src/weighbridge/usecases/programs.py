"""A policy's expressions compiled from their texts, against the schemas of this version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.schemas import release_schema, schema_of
from weighbridge.gate.program import Compiler, Program
from weighbridge.model.environment import Environment

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle


def compiler_for(bundle: PolicyBundle) -> Compiler:
    """Return what compiles the expressions of a bundle."""
    return Compiler(
        release_schema=release_schema(),
        environment_schema=schema_of(Environment),
        data=sorted(bundle.data),
    )


def program_of(bundle: PolicyBundle) -> Program:
    """Compile every expression of a bundle. No cache is asked: this decides.

    Raises:
        ExpressionError: An expression cannot be compiled.
    """
    return Program(bundle, compiler_for(bundle))
