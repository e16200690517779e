"""The script that makes a set works on the day it is needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.kept_release import PEOPLE, Maker, passphrase
from tests.identities import make_key
from tests.kept.sets import KEPT, NAMED, VERSIONS

if TYPE_CHECKING:
    from pathlib import Path


class QuickMaker(Maker):
    """Makes keys that cost nothing to unlock."""

    def make_keys(self) -> None:
        for name in PEOPLE:
            make_key(self.keys, name, "ed25519", passphrase(name))


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


@pytest.mark.slow
def test_a_set_can_be_made_and_has_what_the_newest_one_has(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    QuickMaker(tmp_path, made).make()
    assert files(made) >= files(KEPT / VERSIONS[-1])
    sealed = (made / "authored/release.yaml").read_text(encoding="utf-8")
    assert NAMED.search(sealed)
    assert not re.search(r"<[A-Z]+>", sealed)
