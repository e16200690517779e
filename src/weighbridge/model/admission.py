"""Admission: what is known of releases at the door of a cluster, and what is answered there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.errors import Fault

RELEASE_MARK: Final = "weighbridge.dev/release"
"""Annotation (the whole release digest) and label (as far as it goes) of what runs a release."""
MARK_DIGITS: Final = 63
"""Characters a label of Kubernetes holds; a sha256 has one more digit."""
FORBIDDEN: Final = 403
UNREADABLE: Final = 400
UNAVAILABLE: Final = 503


class Place(StrEnum):
    """Where a release is in an environment."""

    HELD = "held"
    """The pointer holds it."""
    BEFORE = "before"
    """It is the one a promotion took the place of: a rollout under way may still start it."""
    LEFT = "left"
    """It was rolled back from, and has not come again."""
    ABSENT = "absent"
    """It is not there, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why a release does not start, wherever the pointer is.

    Attributes:
        why: One sentence without its subject, lower case: `is blocked`.
        seen: What is there.
        wanted: What is demanded.
        help: What to do, one step an entry.
    """

    why: str
    seen: str = ""
    wanted: str = ""
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRelease:
    """What stands in an environment of a release.

    Attributes:
        digest: The release digest.
        name: Its name.
        version: Its version.
        place: Where it is.
        images: Digests of the images its sealed manifest names, and of no others.
        points_to: What the pointer holds instead, `NAME@VERSION`; empty if nothing.
        elsewhere: Other environments whose pointer holds it, sorted.
        stops: Why it does not start.
        remarks: What people should know though it starts, a sentence each.
    """

    digest: str
    name: str
    version: str
    place: Place
    images: frozenset[str] = frozenset()
    points_to: str = ""
    elsewhere: tuple[str, ...] = ()
    stops: tuple[Stopped, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name and version, as people write them."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What stands in an environment, as far as somebody asked.

    Attributes:
        environment: Its name.
        namespace: The namespace it is delivered to; empty if it names none.
        companions: Digests of images that may run beside any release.
        releases: What is known of the releases that were asked about, by digest.
    """

    environment: str
    namespace: str = ""
    companions: frozenset[str] = frozenset()
    releases: Mapping[str, KnownRelease] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered to a review.

    Attributes:
        uid: The review it answers.
        subject: What was asked to be let in, for people: `Deployment web`.
        faults: Why it is not let in; it is if there are none.
        code: The HTTP status that goes with a refusal.
        remarks: What to tell who is let in, a sentence each.
        why: Why it was let in unjudged; empty if it was judged.
    """

    uid: str
    subject: str = ""
    faults: tuple[Fault, ...] = ()
    code: int = FORBIDDEN
    remarks: tuple[str, ...] = ()
    why: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it is let in."""
        return not self.faults
