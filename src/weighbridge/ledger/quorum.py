"""Whose cosignatures make a checkpoint one to rely on: https://c2sp.org/tlog-policy.

A policy is read whole or not at all. No witness can count twice: neither under two names, nor by
two ways through the groups. A log is no witness of its own, which C2SP does not say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.ledger.cosignature import WitnessKey, read_witness_key
from weighbridge.ledger.note import NoteError, VerifierKey, read_verifier_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LARGEST = 1 << 20
"""Bytes of a policy; one with hundreds of witnesses is smaller."""

NONE = "none"
"""What the quorum is called that nobody need be part of."""

_BLANKS = re.compile(r"[ \t]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_COUNT = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness of a policy.

    Attributes:
        name: What the policy calls it.
        key: Its key.
        url: Where it is asked, or empty.
    """

    name: str
    key: WitnessKey
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several witnesses, or groups, of which some must have cosigned.

    Attributes:
        name: What the policy calls it.
        threshold: How many of its members must.
        members: Names of witnesses and groups.
    """

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumPolicy:
    """Which logs are known, who their witnesses are, and how many of them it takes.

    Attributes:
        logs: Keys of logs; none given, the log is known from elsewhere.
        witnesses: The witnesses, by the names the policy gives them.
        groups: The groups, each behind those it names.
        quorum: Name of the witness or group that must have cosigned, or `none`.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, Witness]
    groups: dict[str, Group]
    quorum: str

    def met(self, keys: Collection[bytes]) -> bool:
        """Tell whether the quorum is reached by the public keys that cosigned."""
        return self.quorum == NONE or self.quorum in self._witnessed(keys)

    def missing(self, keys: Collection[bytes]) -> list[str]:
        """Name the witnesses under the quorum that did not cosign."""
        names = self._under(self.quorum)
        return [shown(name) for name in names if self.witnesses[name].key.public_key not in keys]

    def rule(self) -> str:
        """Say in words what the quorum takes."""
        said = {name: shown(name) for name in self.witnesses}
        for group in self.groups.values():
            members = ", ".join(said[member] for member in group.members)
            said[group.name] = f"{group.threshold} of ({members})"
        return said.get(self.quorum, "nobody")

    def _witnessed(self, keys: Collection[bytes]) -> set[str]:
        found = {one.name for one in self.witnesses.values() if one.key.public_key in keys}
        for group in self.groups.values():
            if sum(member in found for member in group.members) >= group.threshold:
                found.add(group.name)
        return found

    def _under(self, name: str) -> Iterator[str]:
        waiting = [name]
        while waiting:
            name = waiting.pop()
            if name in self.witnesses:
                yield name
            elif name in self.groups:
                waiting.extend(reversed(self.groups[name].members))


def shown(name: str) -> str:
    """Write a name, which may be any bytes, as text."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def read_policy(data: bytes) -> QuorumPolicy:
    """Read a policy.

    Raises:
        NoteError: It is not one, or could be understood in two ways; says in which line.
    """
    if len(data) > LARGEST:
        raise NoteError(f"the policy is larger than {LARGEST} bytes")
    if _CONTROL.search(data):
        raise NoteError("the policy has a control character, such as a carriage return")
    if data and not data.endswith(b"\n"):
        raise NoteError("the policy's last line does not end: part of it may be gone")
    # Names are bytes: what is not UTF-8 is kept apart, and never part of a key's name.
    lines = data.decode(errors="surrogateescape").split("\n")
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        words = _BLANKS.split(line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            try:
                reading.take(words)
            except NoteError as error:
                raise NoteError(f"line {number}: {error}") from error
    return reading.policy()


class _Reading:
    """What the lines up to one have said."""

    def __init__(self) -> None:
        self._logs: list[VerifierKey] = []
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._grouped: set[str] = set()
        self._quorum = ""

    def take(self, words: list[str]) -> None:
        """Take a line."""
        match words:
            case ["log", key] | ["log", key, _]:
                self._log(read_verifier_key(key))
            case ["witness", name, key]:
                self._witness(Witness(name=name, key=read_witness_key(key)))
            case ["witness", name, key, url]:
                self._witness(Witness(name=name, key=read_witness_key(key), url=url))
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._ends_with(name)
            case _:
                raise NoteError("this is no line of a policy: log, witness, group or quorum")

    def policy(self) -> QuorumPolicy:
        """Return what all lines said."""
        if not self._quorum:
            raise NoteError("the policy has no line `quorum`")
        logs = {log.public_key for log in self._logs}
        for witness in self._witnesses.values():
            if witness.key.public_key in logs:
                raise NoteError(
                    f"{shown(witness.name)} has the key of a log, which is no witness of it"
                )
        return QuorumPolicy(
            logs=tuple(self._logs),
            witnesses=self._witnesses,
            groups=self._groups,
            quorum=self._quorum,
        )

    def _log(self, key: VerifierKey) -> None:
        if any(key.public_key == known.public_key for known in self._logs):
            raise NoteError(f"the key of the log {key.name} stands twice")
        self._logs.append(key)

    def _witness(self, witness: Witness) -> None:
        self._check_new(witness.name)
        for known in self._witnesses.values():
            if known.key.public_key == witness.key.public_key:
                raise NoteError(f"{shown(witness.name)} has the same key as {shown(known.name)}")
        self._witnesses[witness.name] = witness

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        self._check_new(name)
        for member in members:
            self._check_known(member)
            if member in self._grouped:
                raise NoteError(f"{shown(member)} is in a group already")
            self._grouped.add(member)
        least = {"any": 1, "all": len(members)}.get(threshold)
        if least is None:
            if not _COUNT.fullmatch(threshold) or int(threshold) > len(members):
                raise NoteError(f"{shown(threshold)!r} is not `any`, `all` or 1 to {len(members)}")
            least = int(threshold)
        self._groups[name] = Group(name=name, threshold=least, members=tuple(members))

    def _ends_with(self, name: str) -> None:
        if self._quorum:
            raise NoteError("the policy has a second line `quorum`")
        if name != NONE:
            self._check_known(name)
        self._quorum = name

    def _check_new(self, name: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise NoteError(f"the name {shown(name)!r} is taken")

    def _check_known(self, name: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise NoteError(f"no line before this one defines {shown(name)!r}")
