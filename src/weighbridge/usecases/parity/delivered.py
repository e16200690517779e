"""Compare what was actually delivered: to two environments, or to one before the next gets it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.diffing.parity import compare_deliveries
from weighbridge.diffing.parity.judging import named
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes
from weighbridge.model.delivery import Phase
from weighbridge.model.errors import LedgerError, NotFoundError, RenderError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.parity import DELIVERY, Comparison, Delivered, Side
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.parity.comparing import allowances_of, environments_of, settled
from weighbridge.usecases.parity.documents import rendering_document
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.render import render_release, where_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader, Registry

NOT_DELIVERED_YET = "what runs there, before it is delivered"
_IMAGE = ("application/vnd.oci.image.", "application/vnd.docker.distribution.manifest.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The delivery an environment has of a release name, as the ledger has it.

    Attributes:
        started: What its first entry says; None if there is none that stands.
        ended: What its last entry says.
        why: Why none stands.
    """

    started: Mapping[str, Any] | None = None
    ended: Mapping[str, Any] | None = None
    why: str = ""


def last_delivery(events: Iterable[tuple[int, Event]]) -> Last:
    """Find the delivery that stands: the newest, or if that was taken back the one before it.

    Args:
        events: Entries about the deliveries of a name to an environment, oldest first.
    """
    begun: dict[int, Mapping[str, Any]] = {}
    ended: dict[int, Mapping[str, Any]] = {}
    for index, event in events:
        if event.kind is Kind.DELIVERY_STARTED and not event.body.get("unpromoted"):
            begun[index] = event.body
        elif event.kind is Kind.DELIVERY_MOVED and event.body.get("delivery") in begun:
            ended[event.body["delivery"]] = event.body
    before = ""
    for index in reversed(begun):
        body, phase = begun[index], _phase(ended.get(index))
        if before and phase is not Phase.ROLLED_BACK and body["release"] != before:
            break
        if phase is Phase.DELIVERED:
            return Last(started=body, ended=ended[index])
        if phase is not Phase.ROLLED_BACK:
            how = "failed" if phase is Phase.FAILED else "has not ended"
            return Last(why=f"the delivery that entry {index} began {how}")
        before = str(body.get("previous") or "")
        if not before:
            return Last(why=f"the delivery that entry {index} began was taken back")
    why = "what was there before was never delivered" if begun else "nothing was delivered"
    return Last(why=why)


def _phase(moved: Mapping[str, Any] | None) -> Phase:
    """Say where a delivery stands."""
    return Phase.PREPARING if moved is None else Phase(moved["phase"])


def named_at(reference: str, registry: Registry) -> tuple[str, str]:
    """Read NAME@ENV: the name of a release, and an environment there is.

    Raises:
        UsageError: It is no such reference.
    """
    name, _, environment = reference.rpartition("@")
    known = environments_of(registry)
    if not name or environment not in known:
        message = f"{reference} names no release in an environment"
        wanted = ", ".join(f"NAME@{one}" for one in sorted(known)) or "an environment"
        raise UsageError(message, seen=reference, wanted=wanted, help=["weighbridge env list"])
    return name, environment


def compare_delivered(name: str, left: str, right: str, *, registry: Registry) -> Comparison:
    """Compare what of a release name was delivered to two environments.

    Args:
        name: Name of the release.
        left: The first environment.
        right: The second.
        registry: The registry.

    Raises:
        NotFoundError: There is no such environment, or what was delivered is not there any more.
        RegistryError: It is not what the ledger names.
        LedgerError: It has not the form of what a delivery records.
    """
    (one, before), (other, after) = (
        _delivered(name, environment, registry) for environment in (left, right)
    )
    entries = compare_deliveries(before, after)
    return Comparison(
        name=name,
        left=one,
        right=other,
        entries=settled(entries, allowances_of((left, right), registry)),
        of="delivered",
    )


def compare_before(name: str, left: str, right: str, *, registry: Registry) -> Comparison:
    """Compare what was delivered to one environment with what would be to the next.

    It is about the release the name points to in the first: what was delivered there must be that.

    Args:
        name: Name of the release.
        left: Where it was delivered.
        right: Where it would be.
        registry: The registry.

    Raises:
        NotFoundError: As `compare_delivered`; or the name points to nothing in the first.
        RegistryError: As `compare_delivered`.
        LedgerError: As `compare_delivered`.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        for environment in (left, right):
            gathering.environment(environment)
        pointer = gathering.pointer(left, name)
    if not pointer.moves:
        help_ = [f"weighbridge promote {name}@VERSION --to {left}"]
        raise NotFoundError(f"{left} points to no release of {name}", help=help_)
    release = pointer.release
    one, before = _delivered(name, left, registry)
    if one is not None and one.digest != release:
        why = f"{left} points to {name}@{pointer.moves[-1].version}, which was not delivered there"
        one, before = None, Delivered(why=why)
    after = _would_be(release, right, registry)
    version = pointer.moves[-1].version
    entries = compare_deliveries(before, after, observed=False)
    return Comparison(
        name=name,
        left=one,
        right=Side(title=f"{name}@{right}", digest=release, version=version),
        entries=settled(entries, allowances_of((left, right), registry)),
        silent=(NOT_DELIVERED_YET,),
        of="before",
    )


def _delivered(name: str, environment: str, registry: Registry) -> tuple[Side | None, Delivered]:
    """Read what stands of a name in an environment; no side if nothing was delivered."""
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        gathering.environment(environment)
        found = last_delivery(gathering.found(f"delivery:{environment}/{name}"))
    if found.started is None or found.ended is None:
        return None, Delivered(why=f"{environment}: {found.why}")
    blobs, release = registry.blobs, str(found.started["release"])
    observed = found.ended.get("observed")
    side = Side(
        title=f"{name}@{environment}", digest=release, version=str(found.started["version"])
    )
    return side, Delivered(
        rendering=_rendering(str(found.started["rendering"]), blobs),
        images=images_of(json.loads(blobs.read(release))),
        observed=None if observed is None else _observed(str(observed), blobs),
    )


def _would_be(release: str, environment: str, registry: Registry) -> Delivered:
    """Render a release for an environment; what cannot be rendered is not known."""
    sealed = sealed_release(release, registry)
    images = images_of(json.loads(registry.blobs.read(release)))
    try:
        done = render_release(sealed, where_of(environment, registry))
    except (RenderError, UsageError) as error:
        return Delivered(images=images, why=f"{environment}: {error}")
    document = rendering_document(done.rendering, sealed.release)
    return Delivered(rendering=document, images=images)


def images_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Name the images a sealed manifest consists of: that it runs in, and artifacts that are one.

    Args:
        manifest: The sealed manifest, as plain values.

    Returns:
        Their digests, by the names of entries.
    """
    spec = manifest["spec"]
    image = spec.get("environment", {}).get("image", {})
    found = {"environment/image/digest": image.get("digest")}
    for one in spec["artifacts"]:
        if str(one.get("mediaType", "")).startswith(_IMAGE):
            found[named(DELIVERY, "images", one["name"])] = one["digest"]
    return {name: digest for name, digest in found.items() if digest}


def _document(what: str, digest: str, blobs: BlobReader) -> dict[str, Any]:
    """Read a document of a delivery, in its one spelling."""
    data = blobs.read(digest)
    try:
        found = json.loads(data)
        exact = canonical_bytes(found) == data
    except (ValueError, RecursionError, NotCanonicalError) as error:
        raise _unreadable(what, digest, str(error)) from error
    if not exact or not isinstance(found, dict):
        raise _unreadable(what, digest, "it is not in its canonical form")
    return found


def _unreadable(what: str, digest: str, cause: str) -> LedgerError:
    return LedgerError(
        f"what was delivered cannot be told: its {what} cannot be read",
        seen=digest,
        cause=cause,
        help=["weighbridge log verify --deep"],
    )


def _rendering(digest: str, blobs: BlobReader) -> dict[str, Any]:
    """Read what a release was rendered as."""
    found = _document("rendering", digest, blobs)
    target, files = found.get("target"), found.get("files")
    is_target = isinstance(target, dict) and isinstance(target.get("options", {}), dict)
    is_files = isinstance(files, list) and all(map(_is_file, files))
    maps = (found.get("parameters", {}), found.get("flags", {}))
    if not is_target or not is_files or not all(isinstance(one, dict) for one in maps):
        raise _unreadable("rendering", digest, "it does not name target, files and parameters")
    return found


def _is_file(one: object) -> bool:
    return isinstance(one, dict) and all(
        isinstance(one.get(key), str) for key in ("name", "digest")
    )


def _observed(digest: str, blobs: BlobReader) -> dict[str, Any]:
    """Read what was seen to run."""
    found = _document("observed", digest, blobs)
    unknown = found.get("unknown", {})
    told = isinstance(unknown, dict) and all(isinstance(why, str) for why in unknown.values())
    if not told:
        raise _unreadable("observed", digest, "it does not say what is unknown")
    return found
