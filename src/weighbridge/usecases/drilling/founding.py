"""Found the twin: its owners, whom they trust, policies and environments byte for byte."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs.overlay import Overlay
from weighbridge.adapters.scratch import ScratchRegistry, SetClock
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.canonical import digest as digest_of
from weighbridge.gate.times import moment, span
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.seal.control import Action, Change, trust_key
from weighbridge.usecases.drilling.cast import Cast
from weighbridge.usecases.drilling.origin import roles_of
from weighbridge.usecases.drilling.scene import Scene
from weighbridge.usecases.drilling.switched_off import rules_among, switched_off
from weighbridge.usecases.initialise import initialise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.model.ports import BlobReader, Transaction
    from weighbridge.usecases.drilling.origin import Origin, Place
    from weighbridge.usecases.drilling.script import Tools

_EARLIER = "86400s"
"""How long before the first evidence the twin begins."""


def found(
    origin: Origin, folder: Path, *, blobs: BlobReader, tools: Tools, papers: Sequence[bytes] = ()
) -> Scene:
    """Make a registry in which the promotion can be played again; no evidence is given yet.

    Args:
        origin: The promotion.
        folder: Where the registry is made.
        blobs: The bytes of the real registry, which are only read.
        tools: What reports are made with.
        papers: What else is to be kept, as policies that are in no other registry.
    """
    said, came = (one.at for one in origin.sayings), (one.at for one in origin.places if one.at)
    start = (moment(min([*said, *came])) - span(_EARLIER)).strftime("%Y-%m-%dT%H:%M:%SZ")
    registry = ScratchRegistry(folder, Overlay(blobs), SetClock(start))
    for paper in papers:
        registry.overlay.put(paper)
    cast = Cast(
        roles_of(origin.places, origin.name), threshold=origin.threshold, signers=origin.signers
    )
    scene = Scene(registry, origin, cast, tools)
    registry.change(lambda transaction: _bind(transaction, origin))
    owners = [(one.name, one.key.spki) for one in cast.owners]
    initialise(owners, threshold=cast.threshold, origin="drill", registry=registry)
    for person in cast.people.values():
        if person.roles:
            scene.own(trust_key(person.key.spki, person=person.name, roles=person.roles))
    for action, published in (
        (Action.DATA_PUBLISH, origin.data),
        (Action.RULES_PUBLISH, origin.packs),
    ):
        for name, digest in published:
            scene.own(Change(action, subject=(name, digest), parameters={}))
    for place in origin.places:
        _set_up(scene, place)
    return scene


def _bind(transaction: Transaction, origin: Origin) -> None:
    for version, digest in ((origin.version, origin.release), *origin.others):
        transaction.bind(origin.name, version, digest)


def _set_up(scene: Scene, place: Place) -> None:
    """Publish the policy of an environment, and apply it."""
    metadata = place.bundle.policy.metadata
    subject = (f"{metadata.name}@{metadata.version}", place.policy)
    scene.own(Change(Action.POLICY_PUBLISH, subject=subject, parameters={}))
    scene.own(applied(place))


def applied(place: Place) -> Change:
    """Return the change that applies an environment as it is."""
    return Change(
        Action.ENVIRONMENT_APPLY,
        subject=(place.name, place.digest),
        parameters={"policy": place.policy},
    )


def without(
    origin: Origin, names: Sequence[str], *, tools: Tools
) -> tuple[Origin, Tools, tuple[bytes, ...]]:
    """Have the environment follow its policy without some of what that asks for.

    Returns:
        The promotion under it, tools that do not run those rules, and the papers to be kept.
    """
    if not names:
        return origin, tools, ()
    place = origin.place
    bundle = switched_off(place.bundle, names)
    version = f"{bundle.policy.metadata.version}-drill"
    metadata = bundle.policy.metadata.model_copy(update={"version": version})
    policy = bundle.policy.model_copy(update={"metadata": metadata})
    bundle = replace(bundle, policy=policy)
    paper = bundle_bytes(bundle)
    spec = {**place.record["spec"], "policy": f"{metadata.name}@{metadata.version}"}
    record = {**place.record, "spec": spec, POLICY_DIGEST: digest_of(paper)}
    written = canonical_bytes(record)
    changed = replace(
        place,
        record=record,
        digest=digest_of(written),
        policy=digest_of(paper),
        bundle=bundle,
    )
    less = replace(tools, ignore=rules_among(names))
    return replace(origin, places=(*origin.places[:-1], changed)), less, (paper, written)
