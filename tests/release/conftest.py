"""A desk at which weighbridge is released, with keys that live for one run of the tests."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from scripts.release_papers import PAPERS, make_papers
from scripts.reproduce import reproduce
from scripts.verbs import Desk
from tests.house.tree import ROOT, own_files
from tests.identities import make_key

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef" * 2 + "01234567"
OWNERS = ("ann", "ben")
PEOPLE = {
    "builder": "bea",
    "checker": "carl",
    "security": "eva",
    "approver": "mia",
    "releaser": "pat",
}


def passphrase(name: str) -> str:
    return f"{name} of a test"


def desk_at(root: Path, *, folder: Path) -> Desk:
    """Make keys, and begin a registry with two owners who name the rest and what is demanded."""
    keys = root / "keys"
    for name in (*OWNERS, *PEOPLE.values()):
        make_key(keys, name, "ed25519", passphrase(name))
    begin = Desk(root, registry=root / "registry", keys=keys, passphrase=passphrase)
    begin.run("registry", "init", "--owner=ann=ann", "--owner=ben=ben", "--threshold=2")
    owners = " ".join(OWNERS)
    for part, name in PEOPLE.items():
        role = "maintainer" if part == "approver" else part
        begin.run("key", "trust", name, f"--person={name}", f"--role={role}", by=owners)
    begin.run("policy", "publish", str(PAPERS / "policy.yaml"), by=owners)
    begin.run("env", "apply", str(PAPERS / "environment.yaml"), by=owners)
    return Desk(folder, registry=root / "registry", keys=keys, passphrase=passphrase)


def checked_out() -> bytes:
    """Return a tar of what is checked out, committed or not."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path in own_files():
            tar.add(path, path.relative_to(ROOT).as_posix())
    return stream.getvalue()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist of what is checked out twice; both builds are the same."""
    folder = tmp_path_factory.mktemp("built")
    reproduce(checked_out(), folder)
    return folder


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Path:
    """Make the papers of what is checked out, and return the folder that is published."""
    root = tmp_path_factory.mktemp("desk")
    to = root / "out"
    to.mkdir()
    desk = desk_at(root, folder=to / "release")
    make_papers(desk, to, built, commit=COMMIT, people=PEOPLE)
    (to / "log.pub").write_bytes((root / "registry/log.pub").read_bytes())
    return to
