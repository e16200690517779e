from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.stage import BOTH, FIRST
from weighbridge.rules.security.pickle_lists import SHIPPED

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

OWN = b"cmylab.models\nNet\n."
ALLOWED = "torch"


@pytest.fixture
def own(stage: Stage) -> Stage:
    """Run commands where a pickle names a class of somebody's own."""
    (stage.folder / "own.pkl").write_bytes(OWN)
    return stage


def widened(stage: Stage, version: str = "2027-01-31") -> dict[str, Any]:
    """Have the lists written, with a class of one's own among what is allowed."""
    lists: dict[str, Any] = stage("advisories", "status", "pickle-globals").json
    lists["version"] = version
    lists["allowed"]["mylab"] = {"mylab.models": ["Net"]}
    (stage.folder / "lists.json").write_text(json.dumps(lists))
    return lists


def verdict(stage: Stage) -> str:
    (file,) = stage("scan", "own.pkl", "--output-format=json").json["files"]
    return str(file["verdict"])


def test_what_ships_counts_until_owners_publish(own: Stage) -> None:
    line, *others = own("advisories", "status").out.splitlines()
    assert line == f"pickle-globals@{SHIPPED.version}  {SHIPPED.digest}  of this version"
    names = [one.partition("@")[0] for one in others[:3]]
    assert names == ["compatibility", "lifecycles", "licences"]
    assert all("of this version; good until 2027-05-28" in one for one in others[:2])
    assert others[3].startswith("advisories")
    assert verdict(own) == "needs-review"
    widened(own)
    update = ("advisories", "update", "--from=lists.json")
    first = own(*update, by="ann")
    assert (first.code, verdict(own)) == (1, "needs-review")
    second = own(*update, by="ben")
    assert second.code == 0
    assert "data.publish pickle-globals@2027-01-31: signed by ann, ben; in force" in second.out
    assert verdict(own) == "clean"
    entry, *others = own("advisories", "status", "--output-format=json").json["data"]
    assert (entry["version"], entry["published"]) == ("2027-01-31", True)
    assert not any(one.get("published") for one in others)
    assert "published by the owners" in own("advisories", "status").out


def test_a_report_names_published_lists(own: Stage) -> None:
    before = own("check", FIRST, "--output-format=json").json["inputs"]
    assert not any(one["name"].startswith("pickle-globals") for one in before)
    widened(own)
    own.done("advisories", "update", "--from=lists.json", by=BOTH)
    entry, *_ = own("advisories", "status", "--output-format=json").json["data"]
    after = own("check", FIRST, "--output-format=json").json["inputs"]
    named = {"name": "pickle-globals@2027-01-31", "digest": entry["digest"], "cached": False}
    assert [one for one in after if one not in before] == [named]


def test_a_version_is_published_once_and_the_last_one_counts(own: Stage) -> None:
    lists = widened(own)
    own.done("advisories", "update", "--from=lists.json", by=BOTH)
    del lists["allowed"]["mylab"]
    path = own.folder / "lists.json"
    path.write_text(json.dumps(lists))
    refused = own("advisories", "update", "--from=lists.json", by=BOTH)
    assert refused.code == 4
    assert "published already, with other contents" in refused.err
    assert verdict(own) == "clean"
    path.write_text(json.dumps({**lists, "version": "2027-02-01"}))
    own.done("advisories", "update", "--from=lists.json", by=BOTH)
    assert verdict(own) == "needs-review"


def test_only_owners_publish(own: Stage) -> None:
    widened(own)
    assert own("advisories", "update", "--from=lists.json", by="mia").code == 4
    assert verdict(own) == "needs-review"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1}', json.dumps({**SHIPPED.data, "packages": {}})]
)
def test_what_is_no_such_data_is_refused(text: str, own: Stage) -> None:
    (own.folder / "lists.json").write_text(text)
    found = own("advisories", "update", "--from=lists.json", by=BOTH)
    assert found.code == 2
    assert "lists.json holds no data the rules know" in found.err


def test_a_file_that_is_not_there_is_named(own: Stage) -> None:
    found = own("advisories", "update", "--from=nothing.json", by=BOTH)
    assert found.code == 2
    assert "nothing.json cannot be read" in found.err


def test_data_nobody_knows_is_not_shown(own: Stage) -> None:
    found = own("advisories", "status", "pickle-global")
    assert found.code == 2
    assert "pickle-globals" in found.err


def test_without_owners_what_ships_counts(
    own: Stage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    found = own("advisories", "status", f"--registry={empty}")
    assert "of this version" in found.out
    refused = own("advisories", "update", "--from=nothing.json", f"--registry={empty}", by=BOTH)
    assert refused.code == 2


def test_each_kind_of_data_is_published_for_itself(own: Stage) -> None:
    data = own("advisories", "status", "compatibility").json
    data["version"] = "2027-01-31"
    (own.folder / "rows.json").write_text(json.dumps(data))
    own.done("advisories", "update", "--from=rows.json", by=BOTH)
    widened(own)
    own.done("advisories", "update", "--from=lists.json", by=BOTH)
    entries = own("advisories", "status", "--output-format=json").json["data"]
    assert [(one["name"], one["published"]) for one in entries if "published" in one] == [
        ("pickle-globals", True),
        ("compatibility", True),
        ("lifecycles", False),
        ("licences", False),
    ]


def test_rows_that_contradict_each_other_are_not_published(own: Stage) -> None:
    data = own("advisories", "status", "compatibility").json
    (row,) = [one for one in data["rows"] if one["id"] == "driver-toolkit/12.4/linux"]
    row["admits"] = ">=1"
    (own.folder / "rows.json").write_text(json.dumps(data))
    found = own("advisories", "update", "--from=rows.json", by=BOTH)
    assert found.code == 2
    assert "rows.json holds no data the rules know" in found.err
