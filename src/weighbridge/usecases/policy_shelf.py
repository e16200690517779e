"""Policies there are: every published version with who published it and where it is in use."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.bundle import bundle_bytes, read_bundle
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.policy.shipped import LIBRARY
from weighbridge.seal.control import Action
from weighbridge.usecases.policies import compile_policy, load_files, loaded_bundle, test_policy
from weighbridge.usecases.policy_files import shipped_files

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.results import ExampleResult
    from weighbridge.model.report import RuleSet
    from weighbridge.usecases.gathering import Gathering

_KEPT = 64
"""Policies whose examples are not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """One version of a policy.

    Attributes:
        name: Its name.
        version: Its version.
        digest: Digest of its bundle.
        entry: The entry that published it.
        at: When that was.
        signers: Owners who signed that.
        environments: Environments that are pinned to it, sorted.
    """

    name: str
    version: str
    digest: str
    entry: int
    at: str
    signers: tuple[str, ...]
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of the examples of a policy.

    Attributes:
        results: Each of them.
        problem: Why none could be tried by this version, or empty.
    """

    results: tuple[ExampleResult, ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether all are as they say."""
        return not self.problem and all(one.ok for one in self.results)


def published_versions(gathering: Gathering) -> list[PublishedVersion]:
    """List every published policy in the order of publishing.

    Raises:
        LedgerError: An environment is not what owners applied.
    """
    using: dict[str, list[str]] = {}
    for environment in sorted(gathering.state.environments):
        _, record = gathering.environment(environment)
        using.setdefault(record[POLICY_DIGEST], []).append(environment)
    entries = {
        event.body["about"]: (index, event)
        for index, event in gathering.log.control
        if event.body.get("action") == Action.POLICY_PUBLISH
    }
    found = []
    for title, digest in gathering.state.policies.items():
        index, event = entries[title]
        name, _, version = title.partition("@")
        one = PublishedVersion(
            name=name,
            version=version,
            digest=digest,
            entry=index,
            at=event.time,
            signers=tuple(event.body["signers"]),
            environments=tuple(using.get(digest, ())),
        )
        found.append(one)
    return found


def tried(bundle: PolicyBundle) -> Tried:
    """Try the examples of a policy; the same bundle is tried once."""
    return _tried(bundle_bytes(bundle))


@functools.lru_cache(maxsize=_KEPT)
def _tried(data: bytes) -> Tried:
    loaded = loaded_bundle(read_bundle(data))
    try:
        return Tried(results=tuple(test_policy(loaded, compile_policy(loaded))))
    except WeighbridgeError as error:
        return Tried(problem=str(error))


@functools.cache
def shipped_policies(rule_set: RuleSet) -> dict[str, PolicyBundle]:
    """Return the policies that are shipped whole, each with all it refers to, by name."""
    return {name: load_files(shipped_files(name), rule_set=rule_set).bundle for name in LIBRARY}
