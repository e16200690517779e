"""Repositories made for a test, and the questions put to them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from weighbridge.model.fact import SourceState, Unavailable
from weighbridge.probes.git import observe_source

if TYPE_CHECKING:
    from pathlib import Path

OWN = ("release.yaml", "weighbridge.toml")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def observed(
    root: Path, *, own: tuple[str, ...] = OWN, pinned: tuple[str, ...] = ()
) -> SourceState:
    found = observe_source(root, own_files=own, pinned=pinned)
    assert isinstance(found, SourceState), found
    return found


def unavailable(root: Path) -> Unavailable:
    found = observe_source(root, own_files=OWN, pinned=())
    assert isinstance(found, Unavailable), found
    return found
