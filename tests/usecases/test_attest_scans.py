"""`attest` of what scanners print: about what they looked at, if that is part of the release."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.scans import grype, pip_audit, trivy, trivy_flaw, written
from tests.usecases.cast import RELEASE
from tests.usecases.relocked import with_lock
from tests.usecases.workshop import LABELS, WEIGHTS, commit, sha256
from weighbridge.model.predicates import OURS, VULNERABILITIES_02

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

MODEL, STRANGER = sha256(WEIGHTS), sha256(b"a stranger")
LOCKED = "six==1.16.0\nJinja2==3.1.4 ; python_version >= '3'\n"
LOCK = sha256(LOCKED.encode())
SECOND = "demo@1.1.0"


def attest(cast: Cast, report: object, *words: str, release: str = RELEASE) -> Ran:
    path = cast.folder.parent / "scan.json"
    path.write_bytes(written(report))
    return cast("attest", release, f"--predicate={path}", *words, by="bea")


def payload(ran: Ran, cast: Cast) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    bundle = json.loads(cast.blob(ran.out.split()[0]).read_bytes())
    found: dict[str, Any] = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    return found


@pytest.fixture
def locked(cast: Cast) -> Cast:
    """Seal a second version, which has a lock with packages in it."""
    with_lock(cast.folder, "six\njinja2\n", LOCKED)
    cast.edit('version: "1.0.0"', 'version: "1.1.0"')
    commit(cast.folder)
    cast.done("seal")
    return cast


@pytest.mark.parametrize("report", [trivy(image=MODEL), grype()], ids=["trivy", "grype"])
def test_a_scan_is_about_the_digest_it_names(report: dict[str, Any], cast: Cast) -> None:
    if "source" in report:
        report["source"]["target"]["repoDigests"] = [f"registry.example.com/ml@{MODEL}"]
    ran = attest(cast, report)
    tree = payload(ran, cast)
    assert tree["predicateType"] == VULNERABILITIES_02
    assert [one["digest"] for one in tree["subject"]] == [{"sha256": MODEL.removeprefix("sha256:")}]
    assert ran.err == ""
    # What was printed is kept, and nothing clears it away.
    kept = tree["predicate"][OURS]["scan"]["digest"]
    cast.done("registry", "gc")
    assert cast.blob(kept).read_bytes() == written(report)
    assert cast.verify(f"--type={VULNERABILITIES_02}").json["ok"] is True


@pytest.mark.parametrize(
    "report",
    [
        trivy(trivy_flaw(), image=STRANGER),
        trivy(ArtifactName="package-lock.json", ArtifactType="filesystem", Metadata={}),
        grype(source={"type": "directory", "target": "/srv"}),
        pip_audit("six==1.16.0"),
    ],
    ids=["stranger", "folder", "directory", "packages"],
)
def test_a_scan_of_something_else_is_not_signed(report: object, cast: Cast) -> None:
    before = cast.kinds()
    found = attest(cast, report)
    assert (found.code, found.out) == (2, "")
    assert "it is a scan of something else than this release" in found.err
    assert cast.kinds() == before


def test_a_scan_of_two_parts_is_about_both(cast: Cast) -> None:
    report = trivy(image=MODEL)
    report["Metadata"]["RepoDigests"].append(f"registry.example.com/ml@{sha256(LABELS)}")
    assert len(payload(attest(cast, report), cast)["subject"]) == 2


def test_pip_audit_is_about_the_lock_whose_packages_it_lists(locked: Cast) -> None:
    ran = attest(locked, pip_audit("six==1.16.0", "jinja2==3.1.4"), release=SECOND)
    tree = payload(ran, locked)
    assert tree["subject"] == [
        {"digest": {"sha256": LOCK.removeprefix("sha256:")}, "name": "requirements.lock"}
    ]
    assert tree["predicate"][OURS]["scan"]["open"] == []
    assert ran.err == ""


@pytest.mark.parametrize(
    ("packages", "why"),
    [
        (["six==1.16.0"], "it did not look at jinja2==3.1.4, which the lock pins"),
        (
            ["six==1.16.0", "jinja2==3.1.4", "pip==25.0"],
            "it looked at pip==25.0, which the lock does not pin",
        ),
        (
            ["six==1.16.0", "jinja2==3.1.3"],
            "it did not look at jinja2==3.1.4, which the lock pins",
        ),
        (["six==1.16.0", "jinja2"], "it passed over jinja2: Dependency not found on PyPI"),
    ],
    ids=["missing", "more", "other", "skipped"],
)
def test_where_pip_audit_and_the_lock_differ_is_said_and_signed(
    packages: list[str], why: str, locked: Cast
) -> None:
    ran = attest(locked, pip_audit(*packages), release=SECOND)
    assert why in payload(ran, locked)["predicate"][OURS]["scan"]["open"]
    assert f"warning: the scan leaves something open: {why}" in ran.err


def test_a_dry_run_keeps_nothing_of_a_scan(cast: Cast) -> None:
    (cast.folder.parent / "scan.json").write_bytes(written(trivy(image=MODEL)))
    before = cast.everything()
    path = cast.folder.parent / "scan.json"
    shown = cast("attest", RELEASE, f"--predicate={path}", "--dry-run")
    assert shown.code == 0
    assert MODEL.removeprefix("sha256:") in shown.out
    assert cast.everything() == before
