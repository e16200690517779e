"""Commands that are killed, and what a registry must hold afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.adapters.test_ledger_contract import check
from tests.children import end, start, tell
from tests.endurance.points import Point, count, kill_at
from tests.identities import passphrase_fd
from tests.usecases.cast import PASSPHRASES
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.cli.main import main
from weighbridge.model.event import BINDING_KINDS, read_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A command, and what it comes to.

    Attributes:
        words: The command.
        by: Who acts.
        entries: How many entries it appends.
        code: Its exit code.
        again: Its exit code if it was done before.
    """

    words: tuple[str, ...]
    by: tuple[str, ...] = ()
    entries: int = 1
    code: int = 0
    again: int = 0


@dataclass(slots=True)
class Held:
    """What a registry holds."""

    entries: list[bytes] = field(default_factory=list)
    releases: list[tuple[str, str, str]] = field(default_factory=list)

    def has(self, other: Held) -> bool:
        """Tell whether nothing of another is lost or changed."""
        begins = self.entries[: len(other.entries)] == other.entries
        return begins and set(self.releases) >= set(other.releases)


class Victim:
    """A registry whose processes get killed; what was acknowledged is kept in mind."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder = folder
        self.store = store
        self.answer = folder.parent / "answer"
        self.acknowledged = self.held()

    def suffer(self, act: Act, point: Point, turn: int) -> None:
        """Kill a command at a point, look at what is left, and run it again to its end.

        A command that passes the point several times is killed there another time each turn.
        """
        before = self.acknowledged
        hit = turn % self.hits(act, point) + 1 if turn else 1
        assert self.run(act, kill=(point, hit)) == -signal.SIGKILL
        after = self.inspect()
        assert point.kept or self.said() == ""
        assert (after != before) == point.kept
        assert len(after.entries) - len(before.entries) == act.entries * point.kept
        assert self.run(act) == (act.again if point.kept else act.code)
        self.acknowledged = self.inspect()
        assert self.acknowledged != before
        assert self.said() != ""

    def run(self, act: Act, *, kill: tuple[Point, int] | None = None) -> int:
        """Run a command in a child; return its exit code, or minus the signal that ended it."""
        with passphrase_fd(*(PASSPHRASES[name] for name in act.by)):

            def work() -> None:
                if kill is not None:
                    kill_at(*kill)
                os._exit(self.command(act, self.store))

            return end(start(work))

    def hits(self, act: Act, point: Point) -> int:
        """Count how often a command passes a point, on a copy of the registry."""
        copy = self.folder.parent / "copy"
        if self.store.exists():
            shutil.copytree(self.store, copy)
        with passphrase_fd(*(PASSPHRASES[name] for name in act.by)):
            text = tell(lambda: json.dumps(count([point], lambda: self.command(act, copy))))
        shutil.rmtree(copy, ignore_errors=True)
        passed: list[int] = json.loads(text)
        return passed[0]

    def command(self, act: Act, store: Path) -> int:
        """Run a command in this process, which is a child."""
        os.chdir(self.folder)
        sys.stdout = self.answer.open("w")
        keys = [f"--key={name}" for name in act.by]
        return main([*act.words, *keys, "--registry", str(store)])

    def said(self) -> str:
        """Return what the last command said was done."""
        return self.answer.read_text()

    def held(self) -> Held:
        registry = EmbeddedRegistry(self.store)
        with registry.reading() as view:
            return Held(list(view.entries()), view.releases())

    def inspect(self) -> Held:
        """Look at the registry: nothing acknowledged is lost, nothing half done, all sound."""
        held = self.held()
        assert held.has(self.acknowledged)
        registry = ("--registry", str(self.store))
        if held.entries:
            assert check(EmbeddedRegistry(self.store)) == held.entries
            assert held.releases == bound(held.entries)
            assert main(["log", "verify", "--deep", *registry]) == 0
        assert main(["registry", "fsck", *registry]) == 0
        return held


def bound(entries: Sequence[bytes]) -> list[tuple[str, str, str]]:
    """Say which releases are bound by what the entries say."""
    bodies = [event.body for event in map(read_event, entries) if event.kind in BINDING_KINDS]
    return sorted((body["name"], body["version"], body["digest"]) for body in bodies)
