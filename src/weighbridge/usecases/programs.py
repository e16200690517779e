"""A policy's expressions compiled from their texts, against what they may speak of.

A bundle says what its expressions were checked against when it was published. They are compiled
against what of that still means the same: a field that came later is unknown to them, and one
that is gone, or of another kind today, makes the policy unusable instead of meaning something else.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from weighbridge.gate.cel import ExpressionError
from weighbridge.gate.program import Compiler, Program
from weighbridge.gate.speech import speech
from weighbridge.model.errors import OutdatedPolicyError
from weighbridge.model.policy.shapes import common_fields

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.shapes import Speech

SCHEMAS = resources.files("weighbridge.usecases") / "schemas"
"""What `scripts/kept_schemas.py` made of the classes: making it anew costs more than compiling."""
RELEASE_SCHEMA = "model-release.json"
ENVIRONMENT_SCHEMA = "environment.json"


@cache
def speech_of_today() -> Speech:
    """Say what policies may speak of in this version, whatever their data."""
    return speech(
        release_schema=_schema(RELEASE_SCHEMA), environment_schema=_schema(ENVIRONMENT_SCHEMA)
    )


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / name).read_bytes())
    return schema


def compiler_for(bundle: PolicyBundle) -> Compiler:
    """Return what compiles the expressions of a bundle."""
    today = speech_of_today()
    same = not bundle.speech or bundle.speech == today
    known = today if same else common_fields(bundle.speech, today)
    return Compiler(known=known, data=sorted(bundle.data))


def program_of(bundle: PolicyBundle) -> Program:
    """Compile every expression of a bundle. No cache is asked: this decides.

    Raises:
        OutdatedPolicyError: An expression cannot be compiled: what it speaks of is not what it
            was when the policy was published.
    """
    try:
        return Program(bundle, compiler_for(bundle))
    except ExpressionError as error:
        metadata = bundle.policy.metadata
        name = f"{metadata.name}@{metadata.version}"
        raise OutdatedPolicyError(
            f"the policy {name} decides nothing here, one of its expressions: {error}",
            cause="what it speaks of is not what it was when it was published",
            help=[
                "raise its version, `weighbridge policy publish PATH`, then env apply",
                "or decide with the version of weighbridge it was published by",
            ],
        ) from error
