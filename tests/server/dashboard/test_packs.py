from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.asking import JUNK, assert_not_found, page, told
from tests.server.dashboard.forest import OLD
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.packing.evidence_pack import INDEX
from weighbridge.packing.tar import read_tar
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    import httpx

    from tests.usecases.promoted import Promoted


def test_what_will_be_in_a_pack_is_what_is_in_it(pages: httpx.Client, told_story: Promoted) -> None:
    digest = told_story.digest(FIRST)
    found = told(pages, f"/releases/{digest}/pack", environment="staging")
    assert [one["entry"] for one in found["promotions"]] == [16, 12]
    assert (found["chosen"]["environment"], found["chosen"]["entry"]) == ("staging", 12)
    assert (found["verdict"], found["problems"]) == ("allowed", [])
    said = pages.get(f"/releases/{digest}/pack.tar", params={"environment": "staging"})
    assert said.content == export_pack(digest, "staging", registry=told_story.registry)
    disposition = said.headers["content-disposition"]
    assert disposition == 'attachment; filename="demo-1.0.0-staging.tar"'
    papers = read_tar(said.content)
    del papers[INDEX]
    listed = {one["path"]: one for group in found["groups"] for one in group["files"]}
    assert {path: one["digest"] for path, one in listed.items()} == {
        path: f"sha256:{sha256(data).hexdigest()}" for path, data in papers.items()
    }
    assert (found["files"], found["size"]) == (len(papers), sum(map(len, papers.values())))
    said_by = {one["what"].partition(",")[0] for one in listed.values()}
    assert "https://weighbridge.dev/release/v1 by bea" in said_by
    assert verify_pack(said.content, log_key=told_story.registry.log_key, policy=None).ok


def test_the_newest_promotion_is_packed_unless_somebody_chooses(
    pages: httpx.Client, told_story: Promoted
) -> None:
    digest = told_story.digest(SECOND)
    assert told(pages, f"/releases/{digest}/pack")["chosen"]["environment"] == "production"
    text = page(pages, f"/releases/{digest}/pack", entry="19")
    assert "demo-1.1.0-staging.tar" in text
    assert "weighbridge evidence verify demo-1.1.0-staging.tar --key log.pub" in text
    for query in ("environment=nowhere", "entry=1", "entry=x", "environment=staging&entry=22"):
        assert_not_found(pages, f"/releases/{digest}/pack?{query}")
        assert_not_found(pages, f"/releases/{digest}/pack.tar?{query}")


def test_a_release_that_was_promoted_nowhere_has_none(
    grown: httpx.Client, grown_story: Promoted
) -> None:
    digest = grown_story.digest(OLD)
    assert told(grown, f"/releases/{digest}/pack")["chosen"] is None
    assert "promoted nowhere yet" in page(grown, f"/releases/{digest}/pack")
    assert_not_found(grown, f"/releases/{digest}/pack.tar")


@pytest.mark.parametrize("digest", JUNK)
@pytest.mark.parametrize("name", ["pack", "pack.tar", "dependencies", "lineage", "compatibility"])
def test_a_digest_of_no_release_is_not_found(pages: httpx.Client, digest: str, name: str) -> None:
    assert_not_found(pages, f"/releases/{digest}/{name}")
