"""What Trivy, Grype and pip-audit print becomes one predicate, and nothing in it is lost."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scans import (
    CONFIG,
    FINISHED,
    IMAGE,
    grype,
    grype_match,
    pip_audit,
    trivy,
    trivy_flaw,
    trivy_ignoring,
    written,
)
from weighbridge.codec.predicates.recognising import Document, UnrecognisedError, recognise
from weighbridge.codec.predicates.scanners import scan as scans
from weighbridge.codec.predicates.table import shape_fault
from weighbridge.model.predicates import OURS, VULNERABILITIES_02


def read(tree: object) -> tuple[Document, dict[str, Any]]:
    document = recognise(written(tree))
    assert document.predicate_type == VULNERABILITIES_02
    assert document.kept == written(tree)
    predicate: dict[str, Any] = json.loads(document.predicate)
    assert shape_fault(VULNERABILITIES_02, predicate) == ""
    return document, predicate


def test_trivy_says_when_what_and_how_bad() -> None:
    document, predicate = read(trivy(trivy_flaw()))
    assert document.scan is not None
    assert document.scan.digests == (IMAGE, CONFIG)
    assert predicate["metadata"]["scanFinishedOn"] == FINISHED
    assert predicate["scanner"] == {
        "result": [
            {
                "annotations": [
                    {
                        "fixedIn": "1.1.1d-r0, 1.1.2",
                        "package": "libcrypto1.1",
                        "version": "1.1.1c-r0",
                    }
                ],
                "id": "CVE-2019-1549",
                "severity": [{"method": "trivy", "score": "MEDIUM"}],
            }
        ],
        "uri": "pkg:github/aquasecurity/trivy",
        "version": "0.69.1",
    }
    own = predicate[OURS]["scan"]
    assert (own["tool"], own["open"], own["suppressed"]) == ("trivy", [], 0)


def test_what_trivy_was_told_to_ignore_is_a_flaw_like_any_other() -> None:
    _, predicate = read(trivy_ignoring(trivy_flaw("CVE-2017-16137", "LOW")))
    (flaw,) = predicate["scanner"]["result"]
    assert flaw["id"] == "CVE-2017-16137"
    assert flaw["annotations"][0]["suppressed"] == (
        "not_affected: vulnerable_code_not_in_execute_path"
    )
    assert predicate[OURS]["scan"]["suppressed"] == 1


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (trivy(Results=None), "it found no packages to look at"),
        (trivy(Results=[{"Target": "a", "Class": "secret"}]), "it found no packages to look at"),
        (
            trivy(Metadata={"OS": {"Family": "alpine", "Name": "3.10.2", "EOSL": True}}),
            "flaws of alpine 3.10.2 are published no longer",
        ),
    ],
    ids=["nothing", "secrets", "end-of-life"],
)
def test_what_trivy_could_not_find_is_left_open(report: dict[str, Any], why: str) -> None:
    assert read(report)[1][OURS]["scan"]["open"] == [why]


def test_grype_says_what_it_knew_and_what_it_ignored() -> None:
    rule = {"vulnerability": "CVE-2", "reason": "not reachable", "namespace": ""}
    ignored = grype_match("CVE-2", "High", appliedIgnoreRules=[rule])
    unnamed = grype_match("CVE-3", "", appliedIgnoreRules=[{"package": {"name": "linux"}}])
    document, predicate = read(grype(grype_match(), ignored=(ignored, unnamed)))
    assert document.scan is not None
    assert document.scan.digests == (IMAGE, CONFIG)
    assert predicate["scanner"]["db"] == {
        "lastUpdate": "2026-01-30T06:22:52Z",
        "uri": "https://grype.example.com/v6.tar.zst",
        "version": "v6.1.0",
    }
    found = {one["id"]: one for one in predicate["scanner"]["result"]}
    assert found["CVE-1999-0002"]["annotations"] == [
        {
            "aliases": "GHSA-aaaa-bbbb-cccc",
            "fixedIn": "2.2.3",
            "package": "package-2",
            "version": "2.2.2",
        }
    ]
    assert found["CVE-2"]["annotations"][0]["suppressed"] == "not reachable"
    assert found["CVE-3"]["annotations"][0]["suppressed"] == "ignored"
    assert found["CVE-3"]["severity"] == [{"method": "grype", "score": "Unknown"}]
    assert predicate[OURS]["scan"]["suppressed"] == 2


def test_grype_of_older_versions_keeps_its_data_one_level_higher() -> None:
    report = grype()
    report["descriptor"]["db"] = {"built": "2026-01-30T06:22:52Z", "schemaVersion": 5}
    assert read(report)[1]["scanner"]["db"] == {
        "lastUpdate": "2026-01-30T06:22:52Z",
        "version": "5",
    }


def test_what_grype_left_out_is_left_open() -> None:
    report = grype()
    report["descriptor"]["configuration"]["exclude"] = ["./srv/**"]
    open_ = read(report)[1][OURS]["scan"]["open"]
    assert open_ == ["it was told to leave out ./srv/**"]


def test_what_grype_warns_of_is_left_open() -> None:
    """Newer versions list each package of a distribution that is no longer looked after."""
    alert = {"type": "distro-eol", "message": "Package is from end-of-life distro: debian 9"}
    report = grype(
        alertsByPackage=[{"package": {"name": name}, "alerts": [alert]} for name in "ab"]
    )
    open_ = read(report)[1][OURS]["scan"]["open"]
    assert open_ == ["it warns: Package is from end-of-life distro: debian 9"]


def test_grype_without_a_time_or_an_image_says_neither() -> None:
    report = grype(source={"type": "directory", "target": "/srv"})
    report["descriptor"]["timestamp"] = ""
    document, predicate = read(report)
    assert document.scan is not None
    assert (document.scan.digests, document.scan.about) == ((), "/srv")
    assert predicate["metadata"] == {}


def test_pip_audit_says_packages_and_flaws_nobody_graded() -> None:
    document, predicate = read(
        pip_audit("six==1.16.0", "jinja2==2.4", flaws={"jinja2": ["PYSEC-1"]})
    )
    assert document.scan is not None
    assert document.scan.packages == frozenset({("six", "1.16.0"), ("jinja2", "2.4")})
    (flaw,) = predicate["scanner"]["result"]
    assert (flaw["id"], flaw["severity"]) == (
        "PYSEC-1",
        [{"method": "pip-audit", "score": "unknown"}],
    )
    assert predicate["metadata"] == {}


def test_what_pip_audit_passed_over_is_left_open() -> None:
    _, predicate = read(pip_audit("six==1.16.0", "own"))
    assert predicate[OURS]["scan"]["open"] == ["it passed over own: Dependency not found on PyPI"]


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (trivy(SchemaVersion=3), "as a report of Trivy it does not count: its SchemaVersion is 3"),
        (trivy({"VulnerabilityID": "CVE-1"}), "has no member PkgName"),
        (trivy(Results={}), "/Results is not a list"),
        (trivy(CreatedAt="yesterday"), "/metadata/scanFinishedOn is not a time"),
        (trivy_ignoring({}), "what it was told to ignore cannot be read"),
        (grype({"vulnerability": {"id": "CVE-1"}}), "has no member artifact"),
        (grype(ignoredMatches=3), "/ignoredMatches is not a list"),
        (pip_audit("own"), "as a report of pip-audit it does not count: no package was looked at"),
        (pip_audit(), "no package was looked at"),
        ({"dependencies": [{"name": "six"}], "fixes": []}, "has no member version"),
    ],
    ids=[
        "version",
        "flaw",
        "results",
        "time",
        "ignored",
        "match",
        "ignored-matches",
        "skipped",
        "empty",
        "package",
    ],
)
def test_what_is_no_whole_report_is_not_taken_for_one(report: object, why: str) -> None:
    with pytest.raises(UnrecognisedError, match=r"\w") as error:
        recognise(written(report))
    assert why in str(error.value)


def test_a_report_is_not_attested_as_something_else() -> None:
    kind = "https://example.com/scan/v1"
    document = recognise(written(trivy()), kind)
    assert (document.predicate_type, document.scan) == (kind, None)


def test_flaws_are_told_once_and_in_one_order() -> None:
    flaws = [trivy_flaw("CVE-2"), trivy_flaw("CVE-1"), trivy_flaw("CVE-2")]
    forwards, backwards = (read(trivy(*some))[1]["scanner"] for some in (flaws, flaws[::-1]))
    assert forwards == backwards
    assert [one["id"] for one in forwards["result"]] == ["CVE-1", "CVE-2"]


def test_too_many_flaws_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "MOST", 1)
    with pytest.raises(UnrecognisedError, match="it has more than 1 flaws"):
        recognise(written(trivy(trivy_flaw("CVE-1"), trivy_flaw("CVE-2"))))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


def test_a_digest_somebody_typed_is_not_what_was_scanned() -> None:
    """An archive can be called anything: only what the scanner reckoned counts."""
    typed = f"./old.tar@{IMAGE}"
    other = trivy(ArtifactName=typed, Metadata={"ImageID": CONFIG})
    source = {"type": "image", "target": {"userInput": typed, "imageID": CONFIG}}
    for report in (other, grype(source=source)):
        scan = read(report)[0].scan
        assert scan is not None
        assert scan.digests == (CONFIG,)


@given(
    st.sampled_from([trivy(trivy_flaw()), grype(grype_match()), pip_audit("a==1")]),
    st.data(),
)
def test_whatever_stands_in_a_report_nothing_breaks(
    report: dict[str, Any], data: st.DataObject
) -> None:
    """Any member replaced by anything: it is read, or refused with a reason."""
    tree = json.loads(written(report))
    holder, key = data.draw(st.sampled_from(list(_members(tree))))
    holder[key] = data.draw(_JSON)
    with contextlib.suppress(UnrecognisedError):
        assert recognise(written(tree)).predicate


def _members(tree: Any) -> Any:  # noqa: ANN401 - any JSON
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(pairs):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _members(value)
