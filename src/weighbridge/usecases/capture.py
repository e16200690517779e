"""`capture`: what was observed, and the edits that would put it into the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.base import TODO
from weighbridge.model.fact import Facts, ObservedDirectory, ObservedFile, Unavailable
from weighbridge.model.finding import Edit
from weighbridge.model.structure import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.image import ImagePapers
    from weighbridge.model.release import Artifact, ModelRelease
    from weighbridge.usecases.references import Named

    Papers = tuple[ImagePapers | Unavailable, ImagePapers | Unavailable]

IMAGE = "/spec/environment/image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One observed value.

    Attributes:
        pointer: Where in the manifest it belongs.
        observed: The value, or None if it could not be had.
        declared: What the manifest says now, None if nothing.
        reason: Why it could not be had.
        shown_only: Whether it is no reason to change what the manifest says.
        what: What of it was observed, where the manifest has no place for it.
    """

    pointer: str
    observed: str | int | None
    declared: Any = None
    reason: str = ""
    shown_only: bool = False
    what: str = ""

    @property
    def differs(self) -> bool:
        """Whether the manifest should say otherwise than it does."""
        known = self.observed is not None and not self.shown_only
        return known and self.observed != self.declared

    @property
    def mark(self) -> str:
        """One character for people: `?` not observed, `~` not what is declared, `=` just that.

        A blank is before what the manifest has no place for.
        """
        if self.observed is None:
            return "?"
        if self.what:
            return " "
        return "=" if self.observed == self.declared else "~"


def captured(release: ModelRelease, facts: Facts, papers: Papers | None = None) -> list[Captured]:
    """List what was observed, in the order of the manifest.

    Args:
        release: The manifest.
        facts: What was observed.
        papers: What the container image and its base say of themselves, if somebody asked.
    """
    return [
        *_source(release, facts),
        *_runtime(release, facts),
        *_image(release, papers),
        *_locks(release, facts),
        *_artifacts(release, facts),
    ]


def edits(named: Named, found: list[Captured]) -> list[Edit]:
    """List the edits that bring the manifest up to what was observed."""
    name = named.path.name if named.path is not None else named.document.file
    return [
        Edit(file=name, pointer=entry.pointer, value=entry.observed)
        for entry in found
        if entry.differs and entry.observed is not None
    ]


def _artifacts(release: ModelRelease, facts: Facts) -> Iterator[Captured]:
    for at, artifact in release.spec.files():
        if artifact.path is None:
            continue
        found = facts.directories.get(artifact.path) or facts.files.get(artifact.path)
        if isinstance(found, ObservedFile | ObservedDirectory):
            if at != "/spec/card":
                yield from _descriptor(at, artifact, found)
            yield Captured(pointer=f"{at}/digest", observed=found.digest, declared=artifact.digest)
        else:
            reason = found.reason if found is not None else "it was not looked at"
            yield Captured(
                pointer=f"{at}/digest", observed=None, declared=artifact.digest, reason=reason
            )


def _descriptor(
    at: str, artifact: Artifact, found: ObservedFile | ObservedDirectory
) -> Iterator[Captured]:
    """Name what a card, which has a path and a digest alone, does not say."""
    if isinstance(found, ObservedFile):
        yield from _format(at, artifact.format, found)
    yield Captured(pointer=f"{at}/size", observed=found.size, declared=artifact.size)


def _format(at: str, declared: str | None, found: ObservedFile) -> Iterator[Captured]:
    """Name the format by content where the manifest names none."""
    structure = found.structure
    if declared is None and not isinstance(structure, Unavailable):
        said = structure.format not in {"unknown", *PLAIN}
        known = structure.format if said else None
        if known is not None:
            yield Captured(pointer=f"{at}/format", observed=known)


def _image(release: ModelRelease, papers: Papers | None) -> Iterator[Captured]:
    """Name what the image says of itself; a digest that was pinned is left as it is."""
    declared = release.spec.environment.image
    if declared is None or papers is None:
        return
    image, base = papers
    yield _pinned(f"{IMAGE}/digest", declared.digest, image)
    if not isinstance(image, Unavailable):
        config = image.config
        for what, value in (
            ("platform", ", ".join(str(one) for one in image.platforms)),
            ("user", config.user or "root"),
            ("layers", len(config.diff_ids)),
        ):
            yield Captured(pointer=IMAGE, observed=value, shown_only=True, what=what)
    if declared.base is None:
        return
    yield _pinned(f"{IMAGE}/base/digest", declared.base.digest, base)
    if not isinstance(image, Unavailable) and not isinstance(base, Unavailable):
        below = base.config.diff_ids
        built = bool(below) and image.config.diff_ids[: len(below)] == below
        said = f"{'begins' if built else 'does not begin'} with the layers of {declared.base.ref}"
        yield Captured(pointer=f"{IMAGE}/base", observed=said, shown_only=True, what="proof")


def _pinned(at: str, declared: str, found: ImagePapers | Unavailable) -> Captured:
    if isinstance(found, Unavailable):
        return Captured(pointer=at, observed=None, declared=declared, reason=found.reason)
    if not found.digest:
        reason = "the copy does not keep it: `docker save` throws it away"
        return Captured(pointer=at, observed=None, declared=declared, reason=reason)
    return Captured(
        pointer=at, observed=found.digest, declared=declared, shown_only=declared != TODO
    )


def _locks(release: ModelRelease, facts: Facts) -> Iterator[Captured]:
    for purpose, lock in release.spec.dependencies.locks():
        at = f"/spec/dependencies/{purpose}/digest"
        found = facts.locks.get(lock.lock, Unavailable("it was not looked at"))
        if isinstance(found, Unavailable):
            yield Captured(pointer=at, observed=None, declared=lock.digest, reason=found.reason)
        else:
            yield Captured(pointer=at, observed=found.digest, declared=lock.digest)


def _runtime(release: ModelRelease, facts: Facts) -> Iterator[Captured]:
    at = "/spec/environment/runtime"
    declared = release.spec.environment.runtime
    if isinstance(facts.python, Unavailable):
        reason = facts.python.reason
        yield Captured(
            pointer=f"{at}/version", observed=None, declared=declared.version, reason=reason
        )
        return
    for field in ("implementation", "version"):
        said = getattr(declared, field)
        yield Captured(
            pointer=f"{at}/{field}",
            observed=getattr(facts.python, field),
            declared=said,
            # The Python at hand is seldom the one the release runs in.
            shown_only=said != TODO,
        )


def _source(release: ModelRelease, facts: Facts) -> Iterator[Captured]:
    """Observe the commit; a manifest that leaves it to `seal` is not given one."""
    declared = release.spec.source
    if isinstance(facts.source, Unavailable):
        yield Captured(
            pointer="/spec/source/commit",
            observed=None,
            declared=declared.commit,
            reason=facts.source.reason,
        )
    elif declared.commit is not None:
        yield Captured(
            pointer="/spec/source/commit", observed=facts.source.commit, declared=declared.commit
        )
