from __future__ import annotations

from typing import Any

import pytest

from tests.gate.cases import MANIFEST_TREE, OTHER, THIS, finding
from weighbridge.gate.covers import NEVER, Covered, Places, read_covered

LOCK, MODEL = "sha256:" + "1" * 64, "sha256:" + "a" * 64


def at(pointer: str = "", file: str = "detector@1.4.0") -> dict[str, Any]:
    return {"file": file, "line": 1, "column": 1, "pointer": pointer}


def covered(
    *,
    inputs: list[Any] | None = None,
    release: str = THIS,
    **changes: Any,  # noqa: ANN401 - members of the finding
) -> Covered | None:
    """Ask what a finding is about; the report read a lock, and the manifest itself."""
    read = [
        {"name": "requirements.lock", "digest": LOCK},
        {"name": "detector@1.4.0", "digest": THIS},
    ]
    report = {"release": {"digest": release}, "inputs": read if inputs is None else inputs}
    plain = {"code": "DEP002", "subject": "six", "seen": "six 1.16.0", "threat": None}
    one = finding() | plain | changes
    return Places(MANIFEST_TREE, THIS, report).covered(one)


def test_what_is_in_a_file_the_report_read_is_in_that_file() -> None:
    assert covered(location=at("/packages/3", "requirements.lock")) == Covered(
        digest=LOCK, subject="six", pointer="/packages/3", seen="six 1.16.0"
    )


def test_what_is_about_something_with_a_digest_is_in_that() -> None:
    index = [one["name"] for one in MANIFEST_TREE["spec"]["artifacts"]].index("model")
    found = covered(location=at(f"/spec/artifacts/{index}/role"))
    assert found == Covered(digest=MODEL, subject="six", pointer="/role", seen="six 1.16.0")


@pytest.mark.parametrize(
    "place",
    [
        "/spec/parameters/threshold",
        "/spec/artifacts/2",
        "/spec/artifacts/7",
        "/spec/artifacts/01",
        "/spec/artifacts/" + "9" * 5000,
        "/spec/nothing/there",
        "",
    ],
)
def test_anything_else_is_about_the_release(place: str) -> None:
    found = covered(location=at(place))
    assert found is not None
    assert (found.digest, found.pointer) == (THIS, place)


@pytest.mark.parametrize("location", [None, [], {}, {"file": 3, "pointer": []}])
def test_a_place_nobody_tells_is_the_release(location: object) -> None:
    assert covered(location=location) == Covered(digest=THIS, subject="six", seen="six 1.16.0")


def test_the_manifest_is_no_file_of_the_release() -> None:
    inputs = [{"name": "detector@1.3.0", "digest": OTHER}]
    found = covered(location=at(file="detector@1.3.0"), inputs=inputs, release=OTHER)
    assert found is not None
    assert found.digest == THIS


@pytest.mark.parametrize(
    "inputs",
    [
        [
            {"name": "requirements.lock", "digest": LOCK},
            {"name": "requirements.lock", "digest": MODEL},
        ],
        [{"name": "requirements.lock", "digest": "sha256:short"}],
        [{"name": "requirements.lock"}],
        ["requirements.lock"],
        [],
    ],
)
def test_a_file_whose_digest_is_not_certain_is_none(inputs: list[Any]) -> None:
    found = covered(location=at(file="requirements.lock"), inputs=inputs)
    assert found is not None
    assert found.digest == THIS


def test_a_finding_that_says_nothing_of_what_it_saw_is_told_by_its_message() -> None:
    found = covered(seen="", message="six has no hash")
    assert found is not None
    assert found.seen == "six has no hash"


@pytest.mark.parametrize(
    "changes",
    [
        *({"code": code} for code in sorted(NEVER)),
        {"code": None},
        {"code": ["DEP002"]},
        {"code": ""},
        {"verdict": "inconclusive"},
        {"verdict": ["fail"]},
        {"verdict": "waived"},
        {"subject": ""},
        {"subject": None},
        {"threat": []},
        {"threat": {"level": "malicious", "digest": MODEL, "global": "os.system"}},
        {"threat": {"level": "needs-review", "digest": "", "global": "lab.Net"}},
    ],
)
def test_nobody_answers_for_this(changes: dict[str, Any]) -> None:
    assert covered(**changes) is None


@pytest.mark.parametrize(
    "one",
    [
        Covered(digest=MODEL, name="lab.Net"),
        Covered(digest=MODEL),
        Covered(digest=LOCK, subject="six", pointer="/packages/3", seen="six 1.16.0"),
    ],
)
def test_it_is_signed_and_read_again(one: Covered) -> None:
    assert read_covered(one.paper) == one


def test_what_is_in_neither_form_is_not_read() -> None:
    with pytest.raises(KeyError):
        read_covered({"digest": MODEL, "subject": "six"})


def test_what_nobody_waives_is_named_here_once_more() -> None:
    """Whoever lets one of these be waived, does it in two places."""
    names = "DEP003 DEP006 GOV002 GOV003 GOV005 INT001 INT002 INT003 INT005 INT006 INT009"
    assert sorted(NEVER) == [*names.split(), "INT011", "INT013"]


def test_it_is_called_by_the_most_telling_it_has() -> None:
    assert Covered(digest=LOCK, subject="six", seen="six 1.16.0").told == "six"
    assert Covered(digest=MODEL, name="lab.Net").told == "lab.Net"
    assert Covered(digest=MODEL).told == MODEL
