from __future__ import annotations

from tests.formats.samples import (
    Member,
    codes,
    read,
    safetensors,
    sniffed,
    two_tensors,
    zip_bytes,
)

PLAIN = Member(name=b"a.safetensors", data=safetensors(two_tensors(), bytes(28)))


def test_a_bomb_of_overlapping_members_is_stopped() -> None:
    kernel = Member(name=b"0", data=bytes(1_000_000), method=8)
    copies = [Member(name=b"%d" % n, data=b"", packed=b"", offset=0) for n in range(1, 3)]
    found = read(zip_bytes(kernel, *copies), inflated=1_500_000, ratio=2_000)
    assert "SEC002" in codes(found)
    assert found.status != "complete"


def test_an_archive_whose_directory_is_far_from_its_end_is_claimed() -> None:
    assert sniffed(zip_bytes(PLAIN, comment=bytes(9_000))) == "zip"
    assert sniffed(bytes(9_000) + zip_bytes(PLAIN)) == "zip"
    assert sniffed(b"PK\5\6") is None


def test_only_the_first_thousand_problems_are_listed() -> None:
    found = read(zip_bytes(*[PLAIN] * 1_100))
    assert (len(found.problems), found.status) == (1_000, "incomplete")
    assert "not listed" in found.reason
