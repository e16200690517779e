"""What the pages of an index add to a lock that names no files."""

from __future__ import annotations

import pytest

from weighbridge.model.index_status import IndexedProject, IndexedVersion, IndexStatus
from weighbridge.model.lock import Lock, LockedFile, Pin
from weighbridge.rules.indexed import with_files, yanked

WHEEL, SDIST = "a-1.0-py3-none-any.whl", "a-1.0.tar.gz"
HASH, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
LOCKED = Pin(name="a", version="1.0", hashes=(HASH,), hashed=True)


def index(*gone: str) -> IndexStatus:
    digests = {WHEEL: "a" * 64, SDIST: "b" * 64}
    version = IndexedVersion(files=2, yanked=dict.fromkeys(gone, ""), digests=digests)
    project = IndexedProject(name="a", versions={"1.0": version})
    return IndexStatus(captured="2026-11-28", digest=HASH, projects={"a": project})


def named(pin: Pin, *, names_files: bool = False) -> list[str]:
    lock = Lock(format="requirements", pins=(pin,), names_files=names_files)
    return [file.name for file in with_files(lock, index()).pins[0].files]


@pytest.mark.parametrize(
    ("hashes", "files"),
    [
        ((HASH,), [WHEEL]),
        ((OTHER, HASH), [WHEEL, SDIST]),
        ((), []),
        ((HASH, f"sha256:{'c' * 64}"), []),
        ((HASH, f"md5:{'a' * 32}"), []),
    ],
)
def test_a_lock_admits_the_files_whose_hashes_it_has_and_all_must_be_known(
    hashes: tuple[str, ...], files: list[str]
) -> None:
    pin = Pin(name="a", version="1.0", hashes=hashes, hashed=bool(hashes))
    assert named(pin) == files


@pytest.mark.parametrize(
    "pin",
    [
        Pin(name="b", version="1.0", hashes=(HASH,)),
        Pin(name="a", version="2.0", hashes=(HASH,)),
        Pin(name="a", version=None, hashes=(HASH,)),
        Pin(name="a", version="1.0", hashes=(HASH,), source="url"),
        Pin(name="a", version="1.0", hashes=(HASH,), ecosystem="conda"),
    ],
)
def test_what_the_index_was_not_asked_about_stays_unknown(pin: Pin) -> None:
    assert named(pin) == []


def test_a_lock_that_names_its_files_is_left_as_it_is() -> None:
    assert named(LOCKED, names_files=True) == []


def test_what_is_admitted_is_yanked_if_all_of_it_is() -> None:
    def gone(pin: Pin, *names: str) -> bool:
        return ("a", "1.0") in yanked(Lock(format="uv", pins=(pin,)), index(*names))

    wheel = Pin(name="a", version="1.0", files=(LockedFile(name=WHEEL),))
    assert not gone(LOCKED)
    assert not gone(LOCKED, WHEEL)
    assert gone(LOCKED, WHEEL, SDIST)
    assert gone(wheel, WHEEL)
    assert not gone(wheel, SDIST)
