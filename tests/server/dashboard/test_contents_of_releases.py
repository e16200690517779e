from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.asking import assert_not_found, page, told
from tests.server.dashboard.forest import NEW, OLD, PACKAGES
from tests.server.team import served, team_app, team_client
from tests.usecases.cast import STORE
from tests.usecases.promoted import FIRST, SECOND, Promoted
from tests.usecases.workshop import blob
from weighbridge.server.dashboard.contents import dashboard_routes
from weighbridge.server.login.browser import Browser

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

NOW = "2026-03-01T00:00:00Z"


@pytest.fixture(scope="module")
def new(grown_story: Promoted) -> str:
    return f"/releases/{grown_story.digest(NEW)}"


def test_what_is_vulnerable_is_told_with_the_way_to_it(grown: httpx.Client, new: str) -> None:
    found = told(grown, f"{new}/dependencies")
    assert found["counts"] == {
        "packages": PACKAGES, "links": found["counts"]["links"], "conflicts": 0, "direct": 10
    }  # fmt: skip
    (flawed,) = found["flawed"]
    assert flawed["id"] == "package-025==2.0.0"
    assert flawed["ways"] == [["package-005==1.5.0", "package-025==2.0.0"]]
    assert (found["report"]["by"], found["report"]["passed"]) == ("carl", False)
    drawing = found["drawing"]
    assert (drawing["drawn"], drawing["total"]) == (11, PACKAGES)
    assert [one["label"] for one in drawing["boxes"] if one["look"] == "bad"] == [
        "! package-025==2.0.0 +3"
    ]
    assert [one["look"] for one in drawing["lines"]] == ["bad"]
    assert found["packages"][0]["id"] == "package-025==2.0.0"
    text = page(grown, f"{new}/dependencies")
    assert "PYSEC-2026-7" in text
    assert "<desc" in text


def test_a_package_is_looked_for(grown: httpx.Client, new: str) -> None:
    found = told(grown, f"{new}/dependencies", package="Package_399")
    assert found["chosen"] == ["package-399==1.3.0"]
    assert found["ways"] == [
        ["package-000==1.0.0", "package-399==1.3.0"],
        ["package-007==1.7.0", "package-399==1.3.0"],
    ]
    looks = [one["look"] for one in found["drawing"]["lines"]]
    assert looks == ["bad", "chosen", "chosen"]
    assert len(told(grown, f"{new}/dependencies", package="package-01")["chosen"]) == 10
    assert told(grown, f"{new}/dependencies", package="<script>")["chosen"] == []
    assert "&lt;script&gt;" in page(grown, f"{new}/dependencies", package="<script>")


def test_all_of_a_large_graph_is_drawn_when_asked(grown: httpx.Client, new: str) -> None:
    found = told(grown, f"{new}/dependencies", everything="1")
    assert found["drawing"]["drawn"] == PACKAGES
    text = page(grown, f"{new}/dependencies", everything="1")
    picture = text[text.index("<svg") : text.index("</svg>")]
    assert picture.count("<rect") == PACKAGES
    assert len(picture.encode()) < 1 << 20


def test_a_lock_that_is_not_declared_is_not_found(grown: httpx.Client, new: str) -> None:
    for lock in ("dev", "x", "%3Cb%3E"):
        assert_not_found(grown, f"{new}/dependencies?lock={lock}")


def test_nothing_is_marked_where_nobody_reported(
    grown: httpx.Client, grown_story: Promoted
) -> None:
    path = f"/releases/{grown_story.digest(OLD)}/dependencies"
    found = told(grown, path)
    assert (found["report"], found["flawed"]) == (None, [])
    assert (found["scanner"]["by"], found["scanner"]["ids"]) == ("carl", ["CVE-2026-1"])
    assert "No report about this release is in the ledger" in page(grown, path)


def test_a_lock_without_packages_says_so(pages: httpx.Client, told_story: Promoted) -> None:
    path = f"/releases/{told_story.digest(FIRST)}"
    assert told(pages, f"{path}/dependencies")["packages"] == []
    assert "The lock names no packages" in page(pages, f"{path}/dependencies")
    found = told(pages, f"{path}/compatibility")
    assert (found["guessed"], found["rows"]) == (True, [])
    assert "The release declares no targets" in page(pages, f"{path}/compatibility")


def test_a_lock_that_is_not_there_says_so(tmp_path: Path, told_story: Promoted) -> None:
    shutil.copytree(told_story.folder, tmp_path / "project")
    story = Promoted(tmp_path / "project", told_story.keys, told_story.clock)
    lock = json.loads(story.registry.blobs.read(story.digest(FIRST)))["spec"]["dependencies"]
    path = blob(story.folder / STORE, lock["runtime"]["digest"])
    path.chmod(0o600)
    path.unlink()
    app = team_app(story.registry, lambda: NOW, routers=(dashboard_routes(Browser("http://a")),))
    with served(app) as address, team_client(address) as client:
        release = f"/releases/{story.digest(FIRST)}"
        found = told(client, f"{release}/dependencies")
        assert (found["drawing"], "cannot be read" in found["unreadable"]) == (None, True)
        assert "Who needs whom cannot be told" in page(client, f"{release}/dependencies")
        unknown = told(client, f"{release}/compatibility")
        assert sum(one["counts"]["unknown"] for one in unknown["targets"]) > 0
        other = told(client, f"/compare/{FIRST}/{SECOND}")["compared"]
        assert "cannot be read" in other["packagesUnknown"]
    story.registry.close()


def test_where_it_came_from_is_told_and_drawn(
    grown: httpx.Client, grown_story: Promoted, new: str
) -> None:
    found = told(grown, f"{new}/lineage")
    origins = [(one["what"], one["ref"], one["release"]) for one in found["origins"]]
    assert origins == [
        ("base model", "hf://org/<b>base</b>", ""),
        ("parent", OLD, grown_story.digest(OLD)),
        ("dataset", "trees \u202egnp 2026", ""),
    ]
    assert [one["name"] for one in found["ancestors"]] == [OLD]
    (this,) = [one for one in found["drawing"]["boxes"] if one["look"] == "chosen"]
    assert this["label"] == NEW
    text = page(grown, f"{new}/lineage")
    assert "&lt;b&gt;base" in text
    assert "\u202e" not in text
    assert "\\u202e" in text
    older = told(grown, f"/releases/{grown_story.digest(OLD)}/lineage")
    assert [one["name"] for one in older["children"]] == [NEW]


def test_a_manifest_that_names_no_origin_says_so(pages: httpx.Client, told_story: Promoted) -> None:
    path = f"/releases/{told_story.digest(FIRST)}/lineage"
    assert told(pages, path)["origins"] == []
    assert "does not say what the model was made from" in page(pages, path)


def test_what_is_not_to_be_had_is_told_with_its_cause(grown: httpx.Client, new: str) -> None:
    found = told(grown, f"{new}/compatibility")
    assert [one["name"] for one in found["targets"]] == ["new", "old"]
    assert found["guessed"] is False
    assert len(found["rows"]) == 10
    first = found["rows"][0]
    assert (first["name"], first["fits"]) == ("package-000 1.0.0", ["yes", "no"])
    assert first["problems"][0]["why"] == "its wheels need glibc 2.28 or newer"
    assert found["targets"][1]["counts"]["no"] == 10
    every = told(grown, f"{new}/compatibility", every="1")
    assert len(every["rows"]) > PACKAGES
    assert "its wheels need glibc 2.28 or newer" in page(grown, f"{new}/compatibility")
