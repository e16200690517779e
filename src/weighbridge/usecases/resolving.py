"""Fill a manifest with what was observed, or say what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from weighbridge.codec.listing import listing_media_type
from weighbridge.model.authoring.base import TODO, Section
from weighbridge.model.errors import Fault, UnsealableError
from weighbridge.model.fact import Facts, ObservedDirectory, ObservedFile, Unavailable
from weighbridge.model.location import Location, pointer
from weighbridge.usecases.editing import dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.release import Artifact, LockFile, ModelRelease
    from weighbridge.model.release.lineage import Card

S = TypeVar("S", bound=Section)

NOT_SEALABLE = UnsealableError.code
_CARD = "/spec/card"


class Resolver:
    """Makes the resolved manifest and collects every obstacle on the way."""

    def __init__(self, facts: Facts) -> None:
        """Take the facts of an authored manifest."""
        self._facts = facts
        self.obstacles: list[Fault] = []

    def resolve(self, release: ModelRelease) -> ModelRelease:
        """Return the manifest with every digest, size and commit filled in."""
        document = self._facts.document
        for at in document.todos if document is not None else ():
            self._refuse(f"{dotted(at)} is TODO", at, f"weighbridge set {dotted(at)} VALUE")
        spec = release.spec
        for name, parameter in (spec.parameters or {}).items():
            at = f"/spec/parameters{pointer(name)}"
            if parameter.value is None and not self._is_todo(f"{at}/value"):
                self._refuse(
                    f"parameter {name} has no value, and would run with a default",
                    at,
                    "run `weighbridge check --fix`, which writes its default down",
                    f"or `weighbridge set {dotted(at)}.value VALUE`",
                )
        found = {at: self._artifact(at, artifact) for at, artifact in spec.files()}
        card = self._card(spec.card, found)
        found.pop(_CARD, None)
        locks = {purpose: self._lock(purpose, lock) for purpose, lock in spec.dependencies.locks()}
        filled = {
            "artifacts": list(found.values()),
            "card": card,
            "dependencies": _with(spec.dependencies, locks),
            "source": _with(spec.source, self._source(release)),
        }
        return _with(release, {"spec": _with(spec, filled)})

    def _is_todo(self, at: str) -> bool:
        document = self._facts.document
        return document is not None and at in document.todos

    def _refuse(self, message: str, at: str, *help_: str, seen: str = "", wanted: str = "") -> None:
        document = self._facts.document
        where = document.location(at) if document is not None else Location("release.yaml")
        fault = Fault(NOT_SEALABLE, message, where, seen=seen, wanted=wanted, help=help_)
        self.obstacles.append(fault)

    def _card(self, card: Card | None, files: Mapping[str, Artifact]) -> Card | None:
        """Fill in the card's digest; where it is an artifact, both must say the same."""
        page = next((one for one in files.values() if card and one.path == card.path), None)
        if card is None or page is None:
            return card
        if card.digest is not None and card.digest != page.digest and _CARD not in files:
            self._refuse(
                f"digest of {card.path} differs from that of the artifact {page.name}",
                f"{_CARD}/digest",
                "remove it: `seal` fills it in",
                seen=card.digest,
                wanted=str(page.digest),
            )
        return _with(card, {"digest": page.digest})

    def _artifact(self, at: str, artifact: Artifact) -> Artifact:
        if artifact.path is None:
            if artifact.digest is None:
                self._refuse(f"{artifact.name} has neither a path nor a digest", at)
            return artifact
        found = self._facts.directories.get(artifact.path) or self._facts.files.get(artifact.path)
        if found is None or isinstance(found, Unavailable):
            reason = found.reason if found is not None else "it was not looked at"
            self._refuse(f"{artifact.path} cannot be sealed: {reason}", f"{at}/path")
            return artifact
        self._compare(artifact, found, at)
        update: dict[str, Any] = {"digest": found.digest, "size": found.size}
        if isinstance(found, ObservedDirectory):
            update["media_type"] = listing_media_type(found.entries)
        return _with(artifact, update)

    def _compare(
        self, artifact: Artifact, found: ObservedFile | ObservedDirectory, at: str
    ) -> None:
        for field, seen in (("digest", found.digest), ("size", found.size)):
            declared = getattr(artifact, field)
            if declared is not None and declared != seen:
                self._refuse(
                    f"{field} of {artifact.path} differs from the manifest",
                    f"{at}/{field}",
                    "run `weighbridge capture --update` if the change is wanted",
                    seen=str(seen),
                    wanted=str(declared),
                )

    def _lock(self, purpose: str, lock: LockFile) -> LockFile:
        at = f"/spec/dependencies/{purpose}"
        if lock.lock == TODO:
            return lock
        found = self._facts.locks.get(lock.lock, Unavailable("it was not looked at"))
        if isinstance(found, Unavailable):
            self._refuse(f"{lock.lock} cannot be sealed: {found.reason}", f"{at}/lock")
            return lock
        if lock.digest is not None and lock.digest != found.digest:
            self._refuse(
                f"digest of {lock.lock} differs from the manifest",
                f"{at}/digest",
                "run `weighbridge check --fix`",
                seen=found.digest,
                wanted=lock.digest,
            )
        return _with(lock, {"digest": found.digest})

    def _source(self, release: ModelRelease) -> dict[str, Any]:
        declared = release.spec.source
        found = self._facts.source
        if isinstance(found, Unavailable):
            if declared.commit is None or declared.dirty is None:
                help_ = found.hint or "give spec.source.commit and spec.source.dirty"
                message = f"the source commit is not known: {found.reason}"
                self._refuse(message, "/spec/source", help_)
            return {}
        update: dict[str, Any] = {}
        if declared.commit is None:
            update["commit"] = found.commit
        if declared.dirty is None:
            update["dirty"] = bool(found.changed)
        return update


def _with(section: S, update: dict[str, Any]) -> S:
    return section.model_copy(update=update)
