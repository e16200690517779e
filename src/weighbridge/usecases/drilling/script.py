"""What a twin is played from: the steps of a promotion, and what reports are made with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.sections import depended_sections
from weighbridge.gate.times import moment, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.ports import AdvisorySource
    from weighbridge.model.reading import FileReader
    from weighbridge.model.report import RuleSet
    from weighbridge.usecases.drilling.origin import Origin, Place, Saying
    from weighbridge.usecases.images import Access

    Manifest = dict[str, Any]

NEXT = "-drill"
"""What is put behind the version of a release that is sealed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a report is made with.

    Attributes:
        rule_set: What the rules are called together.
        ignore: Rules that are switched off.
        reader: Who reads files; None for this process.
        images: Where container images may be read.
        advisories: Who knows advisories.
        clock: Tells what time it is in the world: of that the data is, too.
    """

    rule_set: RuleSet
    ignore: tuple[str, ...]
    reader: FileReader | None
    images: Access | None
    advisories: AdvisorySource | None
    clock: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened on the way of the release, and happens in the twin again.

    Attributes:
        at: When.
        saying: The evidence that was given, or
        place: the environment it came to.
    """

    at: str
    saying: Saying | None = None
    place: Place | None = None


def came_at(origin: Origin, index: int) -> str:
    """Say when the release came to a place; as late as it could, if nobody knows."""
    place, following = origin.places[index], origin.places[index + 1]
    latest = moment(following.at or origin.place.at) - span(
        following.record["spec"].get("soak", "0s")
    )
    asked = place.at or latest.strftime("%Y-%m-%dT%H:%M:%SZ")
    return min(asked, latest.strftime("%Y-%m-%dT%H:%M:%SZ"))


def said_of(origin: Origin, digest: str, manifest: Manifest) -> Origin:
    """Have all that was said of a release be said of another, section by section."""
    old, new = depended_sections(origin.manifest), depended_sections(manifest)
    names = {origin.release: digest, **dict.fromkeys((d for _, d in origin.others), digest)}
    names |= {
        was: now for name, was in old.items() if was and (now := new.get(name)) and was != now
    }
    sayings = []
    for one in origin.sayings:
        payload = one.payload
        for was, now in names.items():
            payload = payload.replace(_hex(was), _hex(now))
        sayings.append(replace(one, payload=payload, release=digest))
    version = str(manifest["metadata"]["version"])
    return replace(
        origin,
        release=digest,
        version=version,
        manifest=manifest,
        sayings=tuple(sayings),
        others=(),
    )


def _hex(digest: str) -> bytes:
    return digest.removeprefix("sha256:").encode()
