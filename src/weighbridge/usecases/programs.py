"""A policy's expressions compiled from their texts, against what they may speak of.

A bundle says what its expressions were checked against when it was published. They are compiled
against what of that still means the same: a field that came later is unknown to them, and one
that is gone, or of another kind today, makes the policy unusable instead of meaning something else.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from weighbridge.gate.cel import ExpressionError
from weighbridge.gate.program import Compiler, Program
from weighbridge.gate.speech import speech
from weighbridge.model.errors import OutdatedPolicyError
from weighbridge.model.policy.shapes import common_fields

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
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


@cache
def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / name).read_bytes())
    return schema


def release_schema() -> dict[str, Any]:
    """Read the schema of manifests that expressions are compiled against."""
    return _schema(RELEASE_SCHEMA)


def compiler_for(bundle: PolicyBundle) -> Compiler:
    """Return what compiles the expressions of a bundle."""
    today, data = speech_of_today(), tuple(sorted(bundle.data))
    if not bundle.speech or bundle.speech == today:
        return _compiler_of_today(data)
    return Compiler(known=common_fields(bundle.speech, today), data=data)


@lru_cache(maxsize=16)
def _compiler_of_today(data: tuple[str, ...]) -> Compiler:
    """Make what compiles; its languages know our own words and the names of data, nothing more."""
    return Compiler(known=speech_of_today(), data=data)


class Programs:
    """The programs of one run over many releases: each policy is compiled once, for that run."""

    def __init__(self) -> None:
        """Begin with none."""
        self._compiled: dict[str, Program] = {}

    def of(self, case: Case) -> Program:
        """Return the program of a case's policy.

        Raises:
            ExpressionError: An expression cannot be compiled.
        """
        if case.bundle_digest not in self._compiled:
            self._compiled[case.bundle_digest] = program_of(case.bundle)
        return self._compiled[case.bundle_digest]


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
