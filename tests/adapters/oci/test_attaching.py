"""Manifests about manifests, on a registry that knows referrers and on one that does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.adapters.oci.hosted import Handler, Hosted, hosting, sha256
from tests.adapters.oci.meeting import CONFIG, NOTHING, client, image
from weighbridge.adapters.oci.attaching import MOST, fallback_tag, own_tag
from weighbridge.codec.oci import read_document, write_document
from weighbridge.model.errors import TransferError, UnavailableError
from weighbridge.model.oci import INDEX, MANIFEST, TAG, Descriptor, Index

if TYPE_CHECKING:
    from collections.abc import Iterator

SUBJECT = Descriptor(media_type=MANIFEST, digest=sha256(image()), size=len(image()))


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    with hosting() as running:
        running.add(NOTHING)
        yield running


def attached(number: int) -> bytes:
    return image(SUBJECT, {"number": str(number)})


def put(hosted: Hosted, *numbers: int) -> list[str]:
    repository = client(hosted)
    put = [repository.put(attached(number), media_type=MANIFEST) for number in numbers]
    return sorted(descriptor.digest for descriptor in put)


def found(hosted: Hosted) -> list[str]:
    return [descriptor.digest for descriptor in client(hosted).referrers(SUBJECT.digest)]


def index(hosted: Hosted) -> list[str]:
    kind, data = hosted.manifests[fallback_tag(SUBJECT.digest)]
    document = read_document(data, kind)
    assert isinstance(document, Index)
    return [entry.digest for entry in document.manifests]


@pytest.mark.parametrize("knows", [True, False])
def test_what_is_attached_is_found(hosted: Hosted, *, knows: bool) -> None:
    hosted.knows_referrers = knows
    assert found(hosted) == []
    assert found(hosted) == [] == list(client(hosted).tags())
    digests = put(hosted, 1, 2, 3)
    assert found(hosted) == digests
    entry = client(hosted).referrers(SUBJECT.digest)[0]
    assert (entry.media_type, entry.artifact_type) == (MANIFEST, "application/vnd.example")
    assert "number" in entry.annotations
    assert bool(client(hosted).tags()) is not knows


def test_the_index_is_there_for_others(hosted: Hosted) -> None:
    digests = put(hosted, 1, 2, 3)
    assert index(hosted) == digests


def test_attaching_again_changes_nothing(hosted: Hosted) -> None:
    put(hosted, 1, 2)
    before = dict(hosted.manifests)
    put(hosted, 1)
    assert hosted.manifests == before


def test_what_others_listed_stays(hosted: Hosted) -> None:
    foreign = sha256(attached(9))
    hosted.manifests[foreign] = (MANIFEST, attached(9))
    entry = Descriptor(media_type=MANIFEST, digest=foreign, size=len(attached(9)))
    listed = Index(media_type=INDEX, manifests=(entry,), annotations={"by": "others"})
    hosted.manifests[fallback_tag(SUBJECT.digest)] = (INDEX, write_document(listed))
    digests = put(hosted, 1)
    assert index(hosted) == found(hosted) == sorted([*digests, foreign])


def test_an_index_that_was_undone_is_mended_and_not_needed(hosted: Hosted) -> None:
    first = put(hosted, 1, 2, 3)
    for undone in (True, False):
        if undone:
            empty = Index(media_type=INDEX, manifests=())
            hosted.manifests[fallback_tag(SUBJECT.digest)] = (INDEX, write_document(empty))
        else:
            del hosted.manifests[fallback_tag(SUBJECT.digest)]
        assert found(hosted) == first
    assert index_after(hosted, 4) == sorted([*first, sha256(attached(4))])


def index_after(hosted: Hosted, number: int) -> list[str]:
    put(hosted, number)
    return index(hosted)


def test_a_writer_that_is_undone_between_looks_again(hosted: Hosted) -> None:
    """The lost update: another put, made of an older index, comes right after ours."""
    tag = fallback_tag(SUBJECT.digest)
    old = write_document(Index(media_type=INDEX, manifests=()))
    undone: list[int] = []

    def twist(handler: Handler) -> bool:
        if handler.command == "PUT" and handler.route.endswith(tag) and len(undone) < 3:
            undone.append(1)
            handler.put_manifest(tag)
            hosted.manifests[tag] = (INDEX, old)
            return True
        return False

    hosted.twist = twist
    digests = put(hosted, 1)
    assert len(undone) == 3
    assert index(hosted) == digests


def test_others_that_undo_for_ever_cost_the_index_and_no_attachment(hosted: Hosted) -> None:
    tag = fallback_tag(SUBJECT.digest)

    def twist(handler: Handler) -> bool:
        if handler.command == "PUT" and handler.route.endswith(tag):
            handler.put_manifest(tag)
            del hosted.manifests[tag]
            return True
        return False

    hosted.twist = twist
    assert put(hosted, 1) == found(hosted)


def claim(hosted: Hosted, digest: str, size: int = 100) -> None:
    """List something as attached that may not be."""
    entry = Descriptor(media_type=MANIFEST, digest=digest, size=size)
    listed = Index(media_type=INDEX, manifests=(entry,))
    hosted.manifests[fallback_tag(SUBJECT.digest)] = (INDEX, write_document(listed))


@pytest.mark.parametrize("data", [image(), image(CONFIG)], ids=["of none", "of another"])
def test_what_only_claims_to_be_attached_does_not_count(hosted: Hosted, data: bytes) -> None:
    hosted.manifests[sha256(data)] = (MANIFEST, data)
    claim(hosted, sha256(data))
    hosted.manifests[own_tag(SUBJECT.digest, sha256(data))] = (MANIFEST, data)
    assert found(hosted) == []


def test_what_is_listed_and_gone_does_not_count(hosted: Hosted) -> None:
    claim(hosted, sha256(b"gone"))
    assert found(hosted) == []


def test_what_is_listed_must_be_what_it_is_called(hosted: Hosted) -> None:
    hosted.manifests[sha256(b"x")] = (MANIFEST, attached(1))
    claim(hosted, sha256(b"x"))
    with pytest.raises(TransferError, match="something else"):
        found(hosted)


@pytest.mark.parametrize("data", [b"<html>", image()], ids=["a page", "an image"])
def test_what_should_be_the_index_and_is_none_is_said(hosted: Hosted, data: bytes) -> None:
    hosted.manifests[fallback_tag(SUBJECT.digest)] = (MANIFEST, data)
    with pytest.raises(TransferError):
        found(hosted)
    with pytest.raises(TransferError):
        put(hosted, 1)


def test_more_than_anybody_reads_is_said(hosted: Hosted) -> None:
    entries = tuple(
        Descriptor(media_type=MANIFEST, digest=sha256(str(number).encode()), size=1)
        for number in range(MOST + 1)
    )
    listed = write_document(Index(media_type=INDEX, manifests=entries))
    hosted.manifests[fallback_tag(SUBJECT.digest)] = (INDEX, listed)
    with pytest.raises(UnavailableError, match="too much"):
        found(hosted)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"manifests": 1}', b'{"manifests": [{}]}'])
def test_a_list_of_referrers_that_is_none_is_said(hosted: Hosted, answer: bytes) -> None:
    def twist(handler: Handler) -> bool:
        if handler.route.startswith("referrers/"):
            handler.answer(200, answer)
        return handler.route.startswith("referrers/")

    hosted.twist = twist
    with pytest.raises(TransferError, match="list"):
        found(hosted)


def test_a_list_without_end_is_left(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        if handler.route == "tags/list":
            handler.answer(200, b'{"tags": ["a"]}', Link=f'<{handler.path}>; rel="next"')
        return handler.route == "tags/list"

    hosted.twist = twist
    with pytest.raises(TransferError, match="pages"):
        client(hosted).tags()


def test_a_list_that_ends_in_its_middle_is_said(hosted: Hosted) -> None:
    hosted.knows_referrers = True
    put(hosted, 1, 2, 3)

    def twist(handler: Handler) -> bool:
        if "at=2" in handler.path:
            handler.answer(404)
        return "at=2" in handler.path

    hosted.twist = twist
    with pytest.raises(TransferError, match="list"):
        found(hosted)


def test_what_was_attached_before_the_registry_learnt_of_referrers_is_found(hosted: Hosted) -> None:
    before = put(hosted, 1, 2)
    hosted.knows_referrers = True
    after = put(hosted, 3)

    def only_new(handler: Handler) -> bool:
        if handler.route.startswith("referrers/"):
            entry = {"mediaType": MANIFEST, "digest": after[0], "size": len(attached(3))}
            handler.answer(200, json.dumps({"manifests": [entry]}).encode())
        return handler.route.startswith("referrers/")

    hosted.twist = only_new
    assert found(hosted) == sorted([*before, *after])


@pytest.mark.parametrize("algorithm", ["sha256:" + "a" * 64, "sha512:" + "a" * 128])
def test_tags_of_attachments_are_tags(algorithm: str) -> None:
    assert TAG.fullmatch(own_tag(algorithm, "sha512:" + "b" * 128))
    assert fallback_tag(algorithm) == algorithm[:6] + "-" + "a" * 64
