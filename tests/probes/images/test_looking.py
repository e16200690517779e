"""What lies in the layers of an image is read as loose files are."""

from __future__ import annotations

import base64
import gzip
import hashlib
import tempfile
from typing import TYPE_CHECKING

import pytest

from scripts.sample_image import Blobs, Member, archive, digest, folder, hard_link, image
from tests.formats.samples import SYSTEM, safetensors, two_tensors
from tests.images import inventory, observed
from tests.rpm import database, header
from weighbridge.formats import registry
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.member import placed
from weighbridge.model.image import ImageFile, InstalledPackage, ObservedImage
from weighbridge.model.limits import DEFAULT_LIMITS, ImageLimits

if TYPE_CHECKING:
    from pathlib import Path

SITE = "usr/lib/python3/site-packages"


def seen(*layers: bytes, limits: ImageLimits | None = None) -> ObservedImage:
    blobs = Blobs()
    return observed(blobs, image(blobs, *layers), limits=limits or ImageLimits())


def files(*layers: bytes) -> dict[str, ImageFile]:
    return {one.path: one for one in seen(*layers).files}


def test_models_are_found_by_content_and_read_whole() -> None:
    weights = safetensors(two_tensors())
    members = (Member("srv/a", SYSTEM), Member("srv/b", weights), Member("srv/c", b"text"))
    found = seen(archive(*members))

    assert [(one.path, one.layer, one.structure.format) for one in found.files] == [
        ("srv/a", 1, "pickle"),
        ("srv/b", 1, "safetensors"),
    ]
    assert [one.digest for one in found.files] == [digest(SYSTEM), digest(weights)]
    assert found.files[0].structure.container == "srv/a"
    assert [use.name for use in found.files[0].structure.globals] == ["system"]
    assert found.structure.status == "complete"
    assert (inventory(found).examined, inventory(found).files) == (2, 3)


def test_what_a_later_layer_takes_away_or_replaces_is_not_judged() -> None:
    low = archive(Member("a.pkl", SYSTEM), Member("b.pkl", SYSTEM), hard_link("c.pkl", "b.pkl"))
    found = files(low, archive(Member(".wh.a.pkl"), Member("b.pkl", b"N.")))

    assert {path: (one.layer, one.size) for path, one in found.items()} == {
        "b.pkl": (2, 2),
        "c.pkl": (1, len(SYSTEM)),
    }


def test_what_only_is_called_like_something_else_is_looked_into() -> None:
    names = ("srv/x.key", "usr/x.dist-info/RECORD", "usr/x.md5sums", "srv/x.jpg")
    assert set(files(archive(*(Member(name, SYSTEM) for name in names)))) == set(names)


def test_archives_without_a_model_are_counted_and_nothing_is_said_of_them() -> None:
    found = seen(archive(Member("a.gz", gzip.compress(SYSTEM)), Member("b.tar", archive())))

    assert [one.path for one in found.files] == ["a.gz"]
    assert [part.format for part in found.files[0].structure.walk()] == ["gzip", "pickle"]


def test_hooks_that_run_at_the_start_are_told() -> None:
    hook = files(archive(Member(f"{SITE}/x.pth", b"import a\n")))[f"{SITE}/x.pth"]

    assert [use.kind for use in hook.structure.code] == ["start-up-hook"]


def record(data: bytes) -> bytes:
    name = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"demo/a.pkl,sha256={name},{len(data)}\n".encode()


@pytest.mark.parametrize(
    ("above", "package"),
    [
        (archive(), "demo 1.0"),
        (archive(Member(f"{SITE}/demo-1.0.dist-info/.wh.RECORD")), ""),
        (archive(Member(f"{SITE}/demo-1.0.dist-info/RECORD", record(SYSTEM))), ""),
    ],
)
def test_a_package_vouches_for_its_file_while_its_list_is_there(above: bytes, package: str) -> None:
    low = archive(
        folder(SITE),
        Member(f"{SITE}/demo/a.pkl", SYSTEM),
        Member(f"{SITE}/demo-1.0.dist-info/RECORD", record(SYSTEM)),
    )
    assert files(low, above)[f"{SITE}/demo/a.pkl"].package == package


SIZE = 5 << 20
TENSOR = {"dtype": "U8", "shape": [SIZE], "data_offsets": [0, SIZE]}
LARGE = safetensors({"t": TENSOR}, bytes(SIZE))
LONG = b"\x80\x04B" + SIZE.to_bytes(4, "little") + bytes(SIZE) + b"."


def test_a_large_file_is_kept_on_disk_until_it_was_read() -> None:
    found = files(archive(Member("srv/model", LONG)))["srv/model"]

    assert (found.structure.status, found.digest) == ("complete", digest(LONG))


@pytest.mark.parametrize("end", [b"", b"more"])
def test_weights_are_read_as_they_pass(end: bytes) -> None:
    data = LARGE + end
    found = seen(archive(Member("srv/a", data)), limits=ImageLimits(spooled=0)).files[0]

    reader = registry.reader("safetensors", len(data), limits=DEFAULT_LIMITS)
    assert found.structure == placed(read_bytes(data, reader, limits=DEFAULT_LIMITS), "srv/a")
    assert found.digest == digest(data)


def test_a_file_that_is_too_large_is_digested_and_not_judged() -> None:
    found = seen(archive(Member("srv/model", LONG)), limits=ImageLimits(spooled=1 << 20)).files[0]

    assert (found.structure.status, found.digest) == ("incomplete", digest(LONG))


def test_a_file_for_which_there_is_no_room_is_not_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    found = files(archive(Member("srv/model", LONG)))["srv/model"]

    assert found.structure.status == "incomplete"
    assert "could not be put aside" in found.structure.reason


def test_more_files_than_may_be_looked_into_leave_the_layer_incomplete() -> None:
    found = seen(archive(Member("a", SYSTEM), Member("b", SYSTEM)), limits=ImageLimits(examined=1))

    assert len(found.files) == 1
    assert found.structure.members[0].status == "incomplete"


def test_packages_of_rpm_are_listed() -> None:
    data = database(header("bash", "5.1", release="9.el9", architecture="x86_64"))
    found = seen(archive(Member("var/lib/rpm/rpmdb.sqlite", data)))

    assert inventory(found).packages == (
        InstalledPackage(manager="rpm", name="bash", version="5.1-9.el9", architecture="x86_64"),
    )
    assert found.structure.status == "complete"


@pytest.mark.parametrize(
    "member",
    [
        Member("var/lib/rpm/rpmdb.sqlite", b"none".ljust(600)),
        Member("var/lib/rpm/rpmdb.sqlite", database(b"no header")),
        Member("var/lib/rpm/rpmdb.sqlite", database("no bytes")),
        Member("var/lib/rpm/rpmdb.sqlite", database(header("a", "1"), view=True)),
        Member("var/lib/rpm/rpmdb.sqlite-wal", b"not yet written"),
        Member("var/lib/rpm/Packages", b"of Berkeley"),
    ],
)
def test_a_database_of_rpm_that_is_not_read_is_not_silence(member: Member) -> None:
    found = seen(archive(member))

    assert inventory(found).packages == ()
    assert found.structure.status == "incomplete"
    assert len(inventory(found).unread) == 1


def test_a_database_over_the_limit_is_not_read() -> None:
    data = archive(Member("var/lib/rpm/rpmdb.sqlite", database(header("a", "1"))))
    found = inventory(seen(data, limits=ImageLimits(database=100)))

    assert "over a limit" in found.unread[0]


def test_an_empty_journal_of_rpm_leaves_nothing_open() -> None:
    assert seen(archive(Member("var/lib/rpm/rpmdb.sqlite-wal"))).structure.status == "complete"
