"""What people did before a lesson begins, as the commands they typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.usecases.demo.course.desk import RULES
from weighbridge.usecases.demo.course.repository import NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSPHRASE = "course"  # noqa: S105 - the docs say it
"""Of every key of the course: what lies in its folder is nobody's secret."""
OWNERS = ("ann", "ben")
CAST = {
    "bea": "builder",
    "carl": "checker",
    "mia": "ml-lead",
    "sam": "sre",
    "eva": "security",
    "pat": "platform",
}
"""Whom the owners trust, and as what."""


@dataclass(frozen=True, slots=True)
class Played:
    """A command that was typed.

    Attributes:
        words: What stands behind `weighbridge`.
        acting: Whose keys it unlocks.
    """

    words: tuple[str, ...]
    acting: tuple[str, ...] = ()


def people() -> list[Played]:
    """Make everybody's keys and the registry, and say whom the owners trust."""
    return [
        *(Played(("key", "new", name), (name,)) for name in (*OWNERS, *CAST)),
        Played(("registry", "init", *(f"--owner={name}={name}" for name in OWNERS))),
        *(
            _signed("key", "trust", name, "--person", name, "--role", role, by=OWNERS)
            for name, role in CAST.items()
        ),
    ]


def weighed(version: str) -> list[Played]:
    """Seal a release, sign it, weigh it, and sign the report."""
    release = f"{NAME}@{version}"
    return [
        Played(("advisories", "update", "--from", "../desk/advisories")),
        Played(("seal",)),
        _signed("sign", release, by=["bea"]),
        _signed("check", release, "--sign", by=["carl"]),
    ]


def demanded() -> list[Played]:
    """Publish the policies, and apply the environments."""
    policies, places = RULES[:2], RULES[2:]
    return [
        *(_signed("policy", "publish", f"../desk/rules/{one}", by=OWNERS) for one in policies),
        *(_signed("env", "apply", f"../desk/rules/{one}", by=OWNERS) for one in places),
    ]


def promoted(version: str) -> list[Played]:
    """Bring a release to staging, and with two approvals to production."""
    release = f"{NAME}@{version}"
    return [
        _signed("promote", release, "--to", "staging", by=["pat"]),
        _signed("approve", release, "--to", "production", by=["mia"]),
        _signed("approve", release, "--to", "production", by=["sam"]),
        _signed("promote", release, "--to", "production", by=["pat"]),
    ]


def _signed(*words: str, by: Sequence[str]) -> Played:
    keys = (word for name in by for word in ("--key", name))
    return Played((*words, *keys), tuple(by))
