"""Gather a case for the gate: what the ledger proves about a release and an environment."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from weighbridge.codec.bundle import BundleError, read_bundle
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.case import Case, Evidence, runtime_lock
from weighbridge.gate.pointer import Move, Pointer, fold
from weighbridge.gate.unusual import NEWEST
from weighbridge.model.environment.standing import Stop
from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.model.trust import snapshot_digest
from weighbridge.usecases.believed import believe
from weighbridge.usecases.hearing import Hearing
from weighbridge.usecases.unverified import unverified_among

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.seal.control import ControlState
    from weighbridge.seal.control import Said as Stopped
    from weighbridge.usecases.believed import BelievedLog


Manifests = dict[str, dict[str, Any] | None]
"""Sealed manifests by release digest; None for one that is not there."""


class Gathering(Hearing):
    """One moment of a registry, read for the gate."""

    def __init__(self, log: BelievedLog, blobs: BlobReader) -> None:
        """Fold trust and applied documents; what is read from then on is read once.

        Raises:
            OwnerlessError: The registry has no owners yet.
            LedgerError: The ledger does not prove what it says.
        """
        super().__init__(log, blobs)
        self._environments: dict[str, dict[str, Any]] = {}
        self._bundles: dict[str, PolicyBundle] = {}
        self.trust_digest = snapshot_digest(self.state.trust)

    @classmethod
    def of(cls, view: LedgerView, registry: Registry, *, log_key: str = "") -> Self:
        """Read a registry as it is now.

        Raises:
            OwnerlessError: The registry has no owners yet.
            LedgerError: The ledger does not prove what it says.
        """
        return cls(believe(view, log_key=log_key or registry.log_key), registry.blobs)

    def environment(self, name: str) -> tuple[str, dict[str, Any]]:
        """Read an environment as it was applied last: its digest, and plain values.

        Raises:
            NotFoundError: There is none of that name.
        """
        found = self.state.environments.get(name)
        if found is None:
            known = ", ".join(sorted(self.state.environments)) or "none"
            help_ = ["weighbridge env apply FILE", f"environments there are: {known}"]
            raise NotFoundError(f"there is no environment {name}", help=help_)
        if found not in self._environments:
            self._environments[found] = self._applied(name, found)
        return found, self._environments[found]

    def _applied(self, name: str, found: str) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self.blobs.read(found))
        # What owners signed names the policy; what they signed it for must not name another.
        published = record["policyDigest"] in self.state.policies.values()
        if record["metadata"]["name"] != name or not published:
            message = f"the environment {name} is not the one its owners applied"
            raise LedgerError(message, seen=found, help=["weighbridge env apply FILE"])
        return record

    def bundle(self, bundle_digest: str) -> PolicyBundle:
        """Read a policy bundle.

        Raises:
            LedgerError: It is not one.
        """
        if bundle_digest not in self._bundles:
            try:
                found = read_bundle(self.blobs.read(bundle_digest))
            except BundleError as error:
                raise LedgerError(f"the policy {bundle_digest} cannot be read: {error}") from error
            self._bundles[bundle_digest] = found
        return self._bundles[bundle_digest]

    def name_of(self, release: str) -> str:
        """Read the name a release has in its sealed manifest.

        Raises:
            NotFoundError: There is no such release.
        """
        return str(json.loads(self.blobs.read(release))["metadata"]["name"])

    def pointer(self, environment: str, name: str) -> Pointer:
        """Fold where a release name points in an environment."""
        events = self.found(f"gate:{environment}/{name}")
        return fold(events, self.acts(environment, name))

    def standing(
        self, environment: str, name: str, *, now: str, policy: Spec | None = None
    ) -> Case:
        """Gather everything about the release a name points to: whether it may stay.

        It is held against the release it took the place of, as it was when it was promoted:
        against itself nothing differs. A policy that is not the environment's says what else it
        is held against.

        Raises:
            NotFoundError: The name points to nothing there.
        """
        pointer = self.pointer(environment, name)
        if not pointer.moves:
            raise NotFoundError(f"{environment} points to no release of {name}")
        promoted = pointer.promoted
        serving = "" if promoted is None else pointer.before(promoted)
        case = self.case(
            *(environment, pointer.release),
            now=now,
            serving=serving,
            until=promoted,
            policy=policy,
        )
        since = pointer.moves[-1].at if promoted is None else promoted.at
        return replace(case, since=since)

    def case(
        self,
        environment: str,
        release: str,
        *,
        now: str,
        asks: str = "",
        serving: str | None = None,
        until: Move | None = None,
        policy: Spec | None = None,
    ) -> Case:
        """Gather everything about a release that asks to go to an environment.

        Args:
            environment: Name of the environment.
            release: Release digest.
            now: The time.
            asks: Who asks now, beside those who asked before; empty for nobody.
            serving: The release it is held against; None for the one that is there now.
            until: The move before which another was promoted, for its risk to be held against.
            policy: What says what it is held against; None for the policy of the environment.

        Raises:
            NotFoundError: There is no such environment or release.
        """
        environment_digest, record = self.environment(environment)
        manifest = json.loads(self.blobs.read(release))
        name = manifest["metadata"]["name"]
        pointer = self.pointer(environment, name)
        before = record["spec"].get("promotesFrom")
        origin = self.pointer(before, name) if before else Pointer()
        bundle = self.bundle(record["policyDigest"])
        spec = policy or bundle.policy.spec
        there = pointer.release if serving is None else serving
        past = self._past(pointer, release) if spec.looks_back else {}
        blocks = blocks_in(environment, self.state)
        self.contents_of(release).among(blocks)  # so that what it takes to tell is at hand
        return Case(
            environment=record,
            environment_digest=environment_digest,
            bundle=bundle,
            bundle_digest=record["policyDigest"],
            release=release,
            manifest=manifest,
            sections=depended_sections(manifest),
            evidence=tuple(self._evidence(name, release)),
            documents=dict(self.contents_of(release).needed),
            now=now,
            requesters=pointer.requesters(release) | ({asks} if asks else set()),
            held=pointer.held,
            arrived=origin.arrived(release),
            departed=origin.departed(release),
            unverified=unverified_among(self.found(f"release:{name}"), release),
            frozen=freeze_of(environment, self.state),
            blocks=blocks,
            under_glass=pointer.under_glass,
            **self._said(environment, name),
            **self._compared(spec, manifest, there, past),
            **(self._preceding(pointer, release, until) if spec.compares_risk else {}),
        )

    def _said(self, environment: str, name: str) -> dict[str, Any]:
        """Read what people said there, and whose word counts."""
        return {
            "trust": self.state.trust,
            "trust_digest": self.trust_digest,
            "acts": tuple(self.acts(environment, name)),
            "waivers": tuple(self.waivers(environment, name)),
            "delegations": tuple(self.delegations(environment)),
        }

    @cached_property
    def names(self) -> list[str]:
        """Names of all releases, sorted."""
        return sorted({name for name, _, _ in self.log.view.releases()})

    def _past(self, pointer: Pointer, release: str) -> Manifests:
        """Read the manifests of the newest releases that were here, but those rolled back from."""
        moves = [move.release for move in reversed(pointer.moves)]
        others = [one for one in dict.fromkeys(moves) if one != release and one not in pointer.left]
        return {one: self._manifest(one) for one in others[:NEWEST]}

    def _compared(
        self, policy: Spec, manifest: Mapping[str, Any], serving: str, past: Manifests
    ) -> dict[str, Any]:
        """Read what a policy holds a release against: locks, rules, and the releases there were.

        What is not to be had is left out; the gate says what follows.
        """
        asked = policy.compares_packages or policy.compares_signature
        there = self._manifest(serving) if asked else None
        wanted = [manifest] if policy.reads_lock else []
        wanted += [there] if policy.compares_packages and there is not None else []
        wanted += [one for one in past.values() if policy.counts_packages and one is not None]
        digests = {runtime_lock(one).get("digest", "") for one in wanted}
        locks = {digest: self._read(digest) for digest in sorted(digests) if digest}
        return {
            "locks": {digest: data for digest, data in locks.items() if data is not None},
            "serving": serving if asked else "",
            "serving_manifest": there,
            "past": past,
            "packs": self._packs(policy),
        }

    def _preceding(self, pointer: Pointer, release: str, until: Move | None) -> dict[str, Any]:
        """Read the last other release that was promoted there, before some move or ever."""
        found = pointer.preceding(release, until=until)
        return {"preceding": found, "preceding_manifest": self._manifest(found)}

    def _packs(self, policy: Spec) -> dict[str, bytes]:
        """Read the rule packs a policy demands, those of them that owners published."""
        published = set(self.state.packs.values())
        demanded = {one.digest for one in policy.rule_packs or ()}
        return {digest: self.blobs.read(digest) for digest in sorted(demanded & published)}

    def _manifest(self, release: str) -> dict[str, Any] | None:
        """Read the sealed manifest of a release, if one is named and it is there."""
        data = self._read(release) if release else None
        return None if data is None else dict(json.loads(data))

    def _read(self, digest: str) -> bytes | None:
        """Read bytes, or nothing if they are not there."""
        try:
            return self.blobs.read(digest)
        except NotFoundError:
            return None

    def _evidence(self, name: str, of: str) -> Iterator[Evidence]:
        """List the evidence about every release of a name: some may be as good for another.

        What is about parts alone is for the release it was given for, and for no other.
        """
        seen: set[int] = set()
        for _, release in self.log.view.versions(name):
            for one in self.evidence(release):
                if one.entry not in seen and (one.is_whole or one.release == of):
                    seen.add(one.entry)
                    yield one


def freeze_of(environment: str, state: ControlState) -> Stop | None:
    """Return the freeze of an environment, over or not; None if there is none."""
    found = state.freezes.get(environment)
    return None if found is None else _stop(found, environment)


def blocks_in(environment: str, state: ControlState) -> dict[str, Stop]:
    """List what owners blocked in an environment or everywhere, by digest."""
    return {
        digest: _stop(said, where)
        for (where, digest), said in sorted(state.blocks.items())
        if where in {"", environment}
    }


def _stop(said: Stopped, where: str) -> Stop:
    return Stop(about=said.about, at=said.at, reason=said.reason, until=said.until, where=where)
