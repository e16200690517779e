"""The scalar types of policies and environments, beside those they share with manifests."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from weighbridge.model.authoring.base import fault
from weighbridge.model.authoring.fields import Text, matching
from weighbridge.model.parity import DELIVERY, ROOTS

Expression = Annotated[Text, Field(json_schema_extra={"x-language": "cel"})]
"""A text in the Common Expression Language; the gate compiles it, nothing here reads it."""

Collection = Literal[
    "release.images",
    "release.artifacts",
    "release.parameters",
    "release.targets",
    "release.externalServices",
    "release.alerts",
    "evidence",
    "findings",
]
"""What a condition can be asked of, item by item."""

EVIDENCE_TYPES = (
    "report",
    "provenance",
    "replay",
    "behaviour",
    "sbom",
    "spdx",
    "vex",
    "advisories",
    "sarif",
    "tests",
    "opa",
    "conftest",
    "publish",
    "summary",
    "parity",
    "delivery",
    "drill",
    "rendering",
)
"""Evidence of kinds that have a short name; any other goes by the URI of its predicate type."""

_NAME = r"[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,126}"
_ROLE = re.compile(_NAME)
_REFERENCE = re.compile(f"{_NAME}@{_VERSION}")
_BESIDE = r"\./[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*"
_INCLUDED = re.compile(f"{_NAME}|{_NAME}@{_VERSION}|{_BESIDE}")
_PREDICATE = re.compile(r"[a-z][a-z0-9+.-]*://[\x21-\x7e]{1,500}")
_ZONE = re.compile(r"[A-Za-z_]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")


def _read_role(value: object) -> str:
    """Read `role:ml-lead` as `ml-lead`: it is the same."""
    name = value.removeprefix("role:") if isinstance(value, str) else ""
    if not _ROLE.fullmatch(name):
        wanted = "lower-case letters, digits, `.`, `_` and `-`, such as ml-lead"
        raise fault("role", "is not the name of a role", wanted=wanted)
    return name


def _check_reference(value: str) -> str:
    if not _REFERENCE.fullmatch(value):
        hint = "" if "@" in value else "name the version, too: a policy is never followed blindly"
        raise fault("policy", "is not a policy", wanted="name@version", hint=hint)
    return value


def _check_included(value: str) -> str:
    if not _INCLUDED.fullmatch(value):
        wanted = "baseline, ./NAME beside the policy, or name@version of a published one"
        raise fault("include", "is not a collection of conditions", wanted=wanted)
    return value


def is_beside(included: str) -> bool:
    """Tell whether what is included lies beside the policy that includes it."""
    return included.startswith("./")


def _check_evidence_type(value: str) -> str:
    if value not in EVIDENCE_TYPES and not _PREDICATE.fullmatch(value):
        wanted = f"{', '.join(EVIDENCE_TYPES)}, or the URI of a predicate type"
        raise fault("evidence-type", "is not a type of evidence", wanted=wanted)
    return value


def _check_zone(value: str) -> str:
    if not _ZONE.fullmatch(value):
        raise fault("timezone", "is not a time zone", wanted="a name such as Europe/Berlin or UTC")
    return value


Role = Annotated[
    str,
    BeforeValidator(_read_role),
    WithJsonSchema({"type": "string", "pattern": f"^(?:role:)?{_NAME}$"}),
]
PolicyReference = Annotated[
    str,
    AfterValidator(_check_reference),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME}@{_VERSION}$"}),
]
Included = Annotated[
    str,
    AfterValidator(_check_included),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_INCLUDED.pattern})$"}),
]
EvidenceType = Annotated[
    str,
    AfterValidator(_check_evidence_type),
    WithJsonSchema(
        {
            "type": "string",
            "anyOf": [{"enum": [*EVIDENCE_TYPES]}, {"pattern": f"^{_PREDICATE.pattern}$"}],
        }
    ),
]
TimeZone = Annotated[
    str,
    AfterValidator(_check_zone),
    WithJsonSchema({"type": "string", "pattern": f"^{_ZONE.pattern}$"}),
]

_NAMED = sorted((*ROOTS, DELIVERY))
_PART = r"(?:[^/*~\x00-\x20\x7f]|~[01])+"
EntryName = matching(
    rf"^(?:{'|'.join(_NAMED)})(?:/(?:\*|{_PART}))*$",
    f"the name of an entry, which begins with one of {', '.join(_NAMED)}: "
    "environment/system/env/TZ, externalServices/*/endpoint",
)
"""The name of an entry of parity, or a pattern of such names."""
