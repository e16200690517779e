"""Registries that lie about manifests; and threads that hand over what cannot be taken."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.adapters.oci.hosted import Handler, Hosted, hosting, sha256
from tests.adapters.oci.meeting import client, image
from weighbridge.adapters.oci.handing import Handing
from weighbridge.model.errors import NotFoundError, TransferError
from weighbridge.model.oci import DOCKER_MANIFEST, INDEX, MANIFEST, MANIFEST_SIZE, Descriptor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = image()
NAMED = Descriptor(media_type=MANIFEST, digest=sha256(DATA), size=len(DATA))


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    with hosting() as running:
        running.manifests["v1"] = running.manifests[NAMED.digest] = (MANIFEST, DATA)
        yield running


def answers(data: bytes, kind: str = MANIFEST, **headers: str) -> Callable[[Handler], bool]:
    def twist(handler: Handler) -> bool:
        for _ in handler.body():
            pass
        handler.answer(200, data, Content_Type=kind, **headers)
        return True

    return twist


def endless(handler: Handler) -> bool:
    handler.head(200, Content_Type=MANIFEST)
    while True:
        handler.wfile.write(b" " * (1 << 16))


def test_the_digest_of_a_tag_is_computed_here(hosted: Hosted) -> None:
    hosted.twist = answers(DATA, Docker_Content_Digest=sha256(b"another"))
    assert client(hosted).resolve("v1").digest == NAMED.digest


LIES = {
    "a page": answers(b"<html>", "text/html"),
    "a page called a manifest": answers(b"<html>"),
    "a manifest called an index": answers(DATA, INDEX),
    "a manifest called docker's": answers(DATA, DOCKER_MANIFEST),
    "no end": endless,
    "too much": answers(b" " * (MANIFEST_SIZE + 1)),
    "nothing": answers(b""),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_manifest_is_said(hosted: Hosted, lie: str) -> None:
    hosted.twist = LIES[lie]
    with pytest.raises(TransferError):
        client(hosted).resolve("v1")
    if lie not in {"a manifest called an index", "a manifest called docker's"}:
        with pytest.raises(TransferError):
            client(hosted).resolve(NAMED.digest)
        with pytest.raises(TransferError):
            client(hosted).manifest(NAMED)


def test_a_manifest_of_another_digest_or_size_is_refused(hosted: Hosted) -> None:
    other = image(annotations={"other": "yes"})
    hosted.manifests[NAMED.digest] = (MANIFEST, other)
    for ask in (
        lambda: client(hosted).resolve(NAMED.digest),
        lambda: client(hosted).manifest(NAMED),
    ):
        with pytest.raises(TransferError, match="something else"):
            ask()
    hosted.manifests[NAMED.digest] = (MANIFEST, DATA)
    with pytest.raises(TransferError, match="something else"):
        client(hosted).manifest(dataclasses.replace(NAMED, size=NAMED.size + 1))


def test_answers_nobody_expects_are_shown_shortly(hosted: Hosted) -> None:
    def twist(handler: Handler) -> bool:
        for _ in handler.body():
            pass
        handler.answer(418, b"\x1b[31mteapot" + b"!" * 10_000)
        return True

    hosted.twist = twist
    repository = client(hosted)
    for ask in (
        lambda: repository.resolve("v1"),
        repository.tags,
        lambda: repository.put(DATA, media_type=MANIFEST),
    ):
        with pytest.raises(TransferError) as caught:
            ask()
        seen = caught.value.faults[0].seen
        assert seen.startswith("status 418: [31mteapot!")
        assert len(seen) < 300


def test_a_registry_that_keeps_another_manifest_is_refused(hosted: Hosted) -> None:
    hosted.twist = answers(b"", Docker_Content_Digest=sha256(b"another"))
    with pytest.raises(TransferError, match="something else"):
        client(hosted).put(DATA, media_type=MANIFEST)


def test_a_registry_that_notes_another_subject_did_not_note_ours(hosted: Hosted) -> None:
    attached = image(NAMED)

    def twist(handler: Handler) -> bool:
        if handler.command == "PUT":
            handler.send_response_only = lying(handler)  # type: ignore[method-assign]
        return False

    hosted.twist = twist
    client(hosted).put(attached, media_type=MANIFEST)
    assert [one.digest for one in client(hosted).referrers(NAMED.digest)] == [sha256(attached)]


def lying(handler: Handler) -> Callable[..., None]:
    """Add a header to what a handler answers."""
    real = handler.send_response_only

    def send(code: int, message: str | None = None) -> None:
        real(code, message)
        handler.send_header("OCI-Subject", sha256(b"another"))

    return send


def test_names_that_are_none_are_not_asked_for(hosted: Hosted) -> None:
    for reference in ("", "..", "a/b", "sha256:00", "v1?x", "v1#", "%2e"):
        with pytest.raises(NotFoundError, match="neither tag nor digest"):
            client(hosted).resolve(reference)
    assert hosted.asked == []


def refuse(block: bytes) -> None:
    raise OSError(block)


def give(take: Callable[[bytes], object], *blocks: bytes, settle: bool = False) -> None:
    with Handing(take) as handing:
        for block in blocks:
            handing.give(block)
        if settle:
            handing.settle()
        if not blocks[-1]:
            raise KeyError


@pytest.mark.parametrize("settle", [True, False])
@pytest.mark.parametrize("count", [1, 100])
def test_what_a_second_thread_raises_is_raised_by_who_gives(count: int, *, settle: bool) -> None:
    with pytest.raises(OSError, match="block"):
        give(refuse, *[b"block"] * count, settle=settle)


def test_what_a_giver_raises_counts_before() -> None:
    taken: list[bytes] = []
    with pytest.raises(KeyError):
        give(taken.append, b"block", b"")
    assert taken == [b"block", b""]
    with pytest.raises(KeyError):
        give(refuse, b"")
