"""Workers push what is packed to registries of images, and nowhere they may not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.registries import running_registry
from tests.usecases.conftest import committed
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.usecases.test_working import work
from weighbridge.bootstrap import open_repository
from weighbridge.codec.oci import read_document
from weighbridge.model.errors import BoundError, JobError, NotFoundError, UnavailableError
from weighbridge.model.oci import Manifest
from weighbridge.model.team.job import JobKind, Order
from weighbridge.model.team.job_settings import JobSettings
from weighbridge.packing.evidence_pack import MEDIA_TYPE
from weighbridge.packing.modelpack import RELEASE_DIGEST
from weighbridge.server.pushing import destination

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.promoted import Promoted
    from weighbridge.server.working import Work

__all__ = ["committed", "promoted", "promoted_folder", "work"]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    with running_registry(tmp_path) as found:
        yield found


def order(promoted: Promoted, to: str, release: str = FIRST) -> Order:
    about = {"release": promoted.digest(release), "environment": "production", "to": to}
    return Order(key="asked:push", kind=JobKind.PACK, about=about)


def to(work: Work, *destinations: str) -> Work:
    return replace(work, rules=JobSettings(destinations=destinations))


def test_a_release_is_pushed_with_its_pack_and_again_as_if_once(
    promoted: Promoted, work: Work, host: str
) -> None:
    pushing = to(work, f"oci://{host}/models/*")
    asked = order(promoted, f"oci://{host}/models/demo")
    done = pushing.perform(asked, 0)
    assert done["pushed"]["reference"] == f"oci://{host}/models/demo:1.0.0"
    assert pushing.perform(asked, 0) == done
    repository, _, close = open_repository(f"oci://{host}/models/demo", base=promoted.folder)
    try:
        described = repository.resolve("1.0.0")
        manifest = read_document(repository.manifest(described), described.media_type)
        beside = repository.referrers(described.digest)
    finally:
        close()
    assert isinstance(manifest, Manifest)
    assert manifest.annotations[RELEASE_DIGEST] == promoted.digest(FIRST)
    assert described.digest == done["pushed"]["digest"]
    packs = [one for one in beside if one.artifact_type == MEDIA_TYPE]
    assert [one.digest for one in packs] == [done["pushed"]["packManifest"]]
    assert len(beside) == done["pushed"]["evidence"] + 1
    assert len(promoted.registry.blobs.read(done["pack"])) == done["size"]


def test_a_tag_that_stands_for_another_release_stays(
    promoted: Promoted, work: Work, host: str
) -> None:
    pushing = to(work, f"oci://{host}/demo")
    pushing.perform(order(promoted, f"oci://{host}/demo:1.1.0"), 0)
    with pytest.raises(BoundError, match="holds something else as"):
        pushing.perform(order(promoted, f"oci://{host}/demo", "demo@1.1.0"), 0)


@pytest.mark.parametrize(
    ("allowed", "wanted"),
    [
        ((), "[push] to = [...] in the worker's settings"),
        (("oci://a.example.com/models/demo",), "oci://a.example.com/models/demo"),
        (("oci://b.example.com/models/*",), "oci://b.example.com/models/*"),
        (("oci://a.example.com/model/*",), "oci://a.example.com/model/*"),
        (("oci://a.example.com/models/other/*",), "oci://a.example.com/models/other/*"),
        (("oci://a.example.com:5000/models/*",), "oci://a.example.com:5000/models/*"),
    ],
)
def test_it_goes_nowhere_it_may_not(
    promoted: Promoted, work: Work, allowed: tuple[str, ...], wanted: str
) -> None:
    stored = {path for path in promoted.registry.root.rglob("*") if path.is_file()}
    with pytest.raises(
        JobError, match=r"does not push to oci://a\.example\.com/models/x"
    ) as raised:
        to(work, *allowed).perform(order(promoted, "oci://a.example.com/models/x:1"), 0)
    assert raised.value.faults[0].wanted == wanted
    left = {path for path in promoted.registry.root.rglob("*") if path.is_file()}
    assert {path for path in left - stored if ".db" not in path.name} == set()


@pytest.mark.parametrize(
    "address",
    [
        "oci:folder",
        "/etc",
        "https://a.example.com/models/x",
        "oci://me:pw@a.example.com/models/x",
        "oci://a.example.com/models/../x",
        "oci://a.example.com/models/x@sha256:" + "0" * 64,
    ],
)
def test_what_is_no_repository_is_refused(address: str) -> None:
    with pytest.raises(JobError):
        destination(address, ["oci://a.example.com/models/*"])


@pytest.mark.parametrize(
    "address", ["oci://a.example.com/models/x", "oci://A.EXAMPLE.COM/models/x/y:v1"]
)
def test_what_lies_below_an_allowed_place_may_be(address: str) -> None:
    assert destination(address, ["oci://a.example.com/models/*"]).host == "a.example.com"


def test_a_registry_that_is_away_is_worth_another_attempt(promoted: Promoted, work: Work) -> None:
    pushing = to(work, "oci://127.0.0.1:9/demo")
    with pytest.raises(UnavailableError):
        pushing.perform(order(promoted, "oci://127.0.0.1:9/demo"), 0)


def test_one_that_is_cancelled_pushes_nothing(promoted: Promoted, work: Work, host: str) -> None:
    for times in (0, 1, 2):
        left = [times]

        def cancelled(key: str, left: list[int] = left) -> bool:
            assert key == "asked:push"
            left[0] -= 1
            return left[0] < 0

        pushing = replace(to(work, f"oci://{host}/demo"), cancelled=cancelled)
        with pytest.raises(JobError, match="asked:push was cancelled"):
            pushing.perform(order(promoted, f"oci://{host}/demo"), 0)
    repository, _, close = open_repository(f"oci://{host}/demo", base=promoted.folder)
    try:
        with pytest.raises(NotFoundError):
            repository.resolve("1.0.0")
    finally:
        close()
