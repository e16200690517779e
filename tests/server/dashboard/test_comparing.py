from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.asking import JUNK, assert_not_found, page, told
from tests.server.dashboard.forest import NEW, OLD
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.usecases.compare import compare
from weighbridge.usecases.references import sealed_release

if TYPE_CHECKING:
    import httpx

    from tests.usecases.promoted import Promoted


def test_what_could_hurt_most_comes_first(grown: httpx.Client, grown_story: Promoted) -> None:
    found = told(grown, f"/compare/{OLD}/{NEW}")["compared"]
    assert (found["left"]["digest"], found["right"]["digest"]) == (
        grown_story.digest(OLD),
        grown_story.digest(NEW),
    )
    risks = [(one["section"], one["risk"]) for one in found["sections"]]
    assert risks == [
        ("dependencies", "high"),
        ("lineage", "high"),
        ("environment", "medium"),
        ("metadata", "low"),
    ]
    assert (found["total"], found["leftOut"]) == (4, 0)
    lock = found["sections"][0]["changes"][0]
    assert (lock["place"], lock["kind"], "DEP005" in lock["rules"]) == (
        "runtime/digest",
        "changed",
        True,
    )
    (package,) = found["packages"]
    assert (package["name"], package["before"], package["after"], package["step"]) == (
        "package-025",
        ["1.7.0"],
        ["2.0.0"],
        "major",
    )
    text = page(grown, f"/compare/{OLD}/{NEW}")
    assert f'href="/compare/{NEW}/{OLD}"' in text
    assert 'href="/rules/DEP005"' in text


def test_a_release_has_several_names(pages: httpx.Client, told_story: Promoted) -> None:
    digest = told_story.digest(FIRST)
    whole = told(pages, f"/compare/{digest}/demo@production")["compared"]
    assert whole["right"]["digest"] == told_story.digest(SECOND)
    assert [one["section"] for one in whole["sections"]] == ["metadata"]
    same = told(pages, "/compare", left=FIRST, right=digest)["compared"]
    assert (same["same"], same["total"]) == (True, 0)
    assert "No difference" in page(pages, "/compare", left=FIRST, right=digest)


def test_a_form_says_what_it_did_not_find(pages: httpx.Client) -> None:
    assert told(pages, "/compare")["compared"] is None
    found = told(pages, "/compare", left="demo@1.0", right="demo@production")
    assert found["compared"] is None
    assert found["faults"][0]["code"] == "WB130"
    text = page(pages, "/compare", left='"><script>', right="demo@production")
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("name", [*JUNK, "demo", "demo@", "@", "demo@nowhere", "nobody@production"])
def test_what_is_no_release_is_not_found(pages: httpx.Client, name: str) -> None:
    assert_not_found(pages, f"/compare/{name}/{FIRST}")
    assert_not_found(pages, f"/compare/{FIRST}/{name}")


def test_files_that_are_too_large_are_not_read(grown_story: Promoted) -> None:
    before, after = (
        sealed_release(grown_story.digest(name), grown_story.registry) for name in (OLD, NEW)
    )
    blobs = grown_story.registry.blobs
    model = after.release.spec.artifacts[1]
    other = model.model_copy(update={"digest": "sha256:" + "1" * 64})
    spec = after.release.spec.model_copy(update={"artifacts": [other]})
    changed = after.release.model_copy(update={"spec": spec})
    named = type(after)(release=changed, document=after.document, digest=after.digest)
    assert compare(before, named, blobs=blobs, environ={}, most=10).unread == (model.name,)
    assert compare(before, named, blobs=blobs, environ={}).unread == ()
