"""`attest` of documents others know, and of bundles others signed."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.predicates import EXAMPLES, PROVENANCE, SARIF, TEST_RESULT
from tests.tools import TOOLS
from tests.usecases.cast import PASSPHRASES, RELEASE
from tests.usecases.foreign import SARIF_TYPE, dsse, statement
from tests.usecases.workshop import LABELS, LOCK, WEIGHTS, sha256
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model import predicates as types
from weighbridge.model.predicates import OURS
from weighbridge.seal.bundle import read_bundle, write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

MODEL, CARD = sha256(WEIGHTS), sha256(LABELS)
STRANGER = sha256(b"a stranger")
JUNIT = b"<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"


def attest(cast: Cast, data: bytes, *words: str, by: str = "bea") -> Ran:
    """Attest a document, or a bundle if nobody signs."""
    path = cast.folder.parent / "document"
    path.write_bytes(data)
    given = f"--predicate={path}" if by else f"--bundle={path}"
    return cast("attest", RELEASE, given, *words, by=by)


def signed(cast: Cast, payload: bytes, by: str = "bea") -> bytes:
    return dsse(payload, by=by, keys=KeyFolder(cast.keys))


def sarif(*digests: str) -> bytes:
    return statement(SARIF_TYPE, SARIF, *digests)


def payload_of(cast: Cast, ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    found = read_bundle(cast.blob(ran.out.split()[0]).read_bytes())
    tree: dict[str, Any] = json.loads(found.payload)
    return tree


@pytest.mark.parametrize("kind", [types.PROVENANCE, types.SPDX, types.SARIF, types.TEST_RESULT])
def test_a_document_is_known_and_stands_in_the_statement_as_it_came(kind: str, cast: Cast) -> None:
    data = json.dumps(EXAMPLES[kind], indent=3).encode()
    ran = attest(cast, data)
    assert payload_of(cast, ran)["predicateType"] == kind
    assert data in read_bundle(cast.blob(ran.out.split()[0]).read_bytes()).payload
    assert cast.verify(f"--type={kind}").json["ok"] is True


def test_junit_becomes_a_test_result_and_is_kept(cast: Cast) -> None:
    tree = payload_of(cast, attest(cast, JUNIT))
    assert tree["predicateType"] == types.TEST_RESULT
    assert tree["predicate"]["failedTests"] == ["b"]
    kept = tree["predicate"][OURS]["junit"]["digest"]
    assert cast.blob(kept).read_bytes() == JUNIT
    # It is mentioned in the statement, so nothing clears it away.
    cast.done("registry", "gc")
    assert cast.blob(kept).read_bytes() == JUNIT


def test_a_dry_run_keeps_no_junit(cast: Cast) -> None:
    before = cast.everything()
    (cast.folder.parent / "document").write_bytes(JUNIT)
    ran = cast("attest", RELEASE, "--predicate=../document", "--dry-run")
    assert (ran.code, '"failedTests":["b"]' in ran.out) == (0, True)
    after = {name: value for name, value in cast.everything().items() if name != "document"}
    assert after == {name: value for name, value in before.items() if name != "document"}


@pytest.mark.parametrize(
    ("data", "words", "why"),
    [
        (b"{}", (), "say what it is by --type"),
        (b'{"buildDefinition": {}}', (f"--type={types.PROVENANCE}",), "it is not whole: /"),
        (b"<!DOCTYPE a><testsuite/>", (), "it has a document type"),
        (statement(SARIF_TYPE, SARIF, MODEL), (), "it is a whole statement"),
    ],
)
def test_what_is_not_what_it_should_be_is_not_signed(
    data: bytes, words: tuple[str, ...], why: str, cast: Cast
) -> None:
    ran = attest(cast, data, *words)
    assert (ran.code, ran.out) == (2, "")
    assert why in ran.err


def test_what_we_write_ourselves_is_taken(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    for verb, words, kind in (
        ("check", ("--output-format=sarif",), types.SARIF),
        ("check", ("--output-format=junit",), types.TEST_RESULT),
        ("sbom", (), types.SBOM),
        ("sbom", ("--format=spdx-3.0",), types.SPDX),
    ):
        written = cast(verb, RELEASE, *words)
        assert payload_of(cast, attest(cast, written.out.encode()))["predicateType"] == kind


REAL = """
from pip_audit._format import CycloneDxFormat
from pip_audit._service.interface import ResolvedDependency, VulnerabilityResult
from packaging.version import Version
flaw = VulnerabilityResult(id="PYSEC-2023-1", description="bad", fix_versions=[], aliases=set())
found = {ResolvedDependency(name="click", version=Version("8.1.0")): [flaw]}
print(CycloneDxFormat(CycloneDxFormat.InnerFormat.Json).format(found, []))
"""


@pytest.mark.slow
def test_what_other_tools_write_is_taken(cast: Cast, tmp_path: Path) -> None:
    python = TOOLS / "pip-audit" / "bin" / "python"
    bill = subprocess.run([python, "-c", REAL], capture_output=True, check=True).stdout
    assert payload_of(cast, attest(cast, bill))["predicateType"] == types.SBOM
    (tmp_path / "test_it.py").write_text("def test_one():\n    pass\ndef test_two():\n    0 / 0\n")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=out.xml"]
    subprocess.run(
        [*run, "--rootdir=.", "test_it.py"], cwd=tmp_path, check=False, capture_output=True
    )
    tree = payload_of(cast, attest(cast, (tmp_path / "out.xml").read_bytes()))
    assert tree["predicate"]["failedTests"] == ["test_it.test_two"]


def test_what_somebody_else_signed_is_evidence_of_his(cast: Cast) -> None:
    payload = sarif(MODEL, CARD)
    ran = attest(cast, signed(cast, payload), "--output-format=json", by="")
    (one,) = ran.json["evidence"]
    assert (one["person"], one["roles"], one["predicateType"]) == ("bea", ["builder"], SARIF_TYPE)
    assert read_bundle(cast.blob(one["bundle"]).read_bytes()).payload == payload
    body = cast.last()["body"]
    assert (body["release"], body["subjects"]) == (cast.digest, sorted([MODEL, CARD]))
    assert cast.verify(f"--type={SARIF_TYPE}", "--role=builder").json["ok"] is True
    assert cast.verify(f"--type={SARIF_TYPE}", "--role=checker").code == 1
    assert cast("log", "verify", "--deep").code == 0


def test_a_bundle_that_is_one_already_is_kept_as_it_is(cast: Cast) -> None:
    payload = statement(types.PROVENANCE, PROVENANCE, cast.digest, STRANGER)
    key = KeyFolder(cast.keys).locked("carl").unlock(PASSPHRASES["carl"])
    made = key.sign(pre_authentication_encoding(payload))
    data = write_bundle(payload, signature=made, spki=key.spki)
    ran = attest(cast, data, by="")
    assert ran.out.startswith(sha256(data))
    assert "signed by carl (checker)" in ran.out


def test_the_same_again_is_not_newer(cast: Cast) -> None:
    """Whoever keeps an old, good one could else have it count again."""
    good = signed(cast, sarif(MODEL))
    first = attest(cast, good, by="")
    attest(cast, signed(cast, statement(SARIF_TYPE, {**SARIF, "runs": []}, MODEL)), by="")
    entries = len(cast.entries())
    # ECDSA signs otherwise each time, and says the same.
    for again in (good, signed(cast, sarif(MODEL)), cast.blob(first.out.split()[0]).read_bytes()):
        ran = attest(cast, again, by="")
        assert (ran.code, ran.out) == (0, first.out)
        assert "it was evidence about this release before" in ran.err
    assert len(cast.entries()) == entries


@pytest.mark.parametrize(
    "subjects",
    [(STRANGER,), (MODEL, STRANGER), ("gitCommit:c27d",), (MODEL, "sha512:22")],
)
def test_a_subject_that_is_no_part_of_the_release_is_refused(
    subjects: tuple[str, ...], cast: Cast
) -> None:
    ran = attest(cast, signed(cast, sarif(*subjects)), by="")
    assert (ran.code, ran.out) == (4, "")
    assert "the signature does not count: other subject" in ran.err
    last = cast.last()
    assert (last["kind"], last["body"]["reason"]) == ("evidence.refused", "other-subject")
    assert cast("log", "verify", "--deep").code == 0


def test_what_nothing_with_a_sha256_is_said_of_is_about_no_release(cast: Cast) -> None:
    """As in the example of in-toto's test results: its subject is a commit, and has no name."""
    tree = json.loads(statement(types.TEST_RESULT, TEST_RESULT, "gitCommit:d20ace79"))
    del tree["subject"][0]["name"]
    ran = attest(cast, signed(cast, json.dumps(tree).encode()), by="")
    assert (ran.code, ran.out) == (4, "")
    assert "nothing with a sha256, only gitCommit:d20ace79" in ran.err
    assert cast.last()["body"]["subjects"] == ["gitCommit:d20ace79"]


def test_a_package_in_the_lock_may_be_spoken_of_by_its_publisher(cast: Cast) -> None:
    """This lock has none; the lock itself is part of the release."""
    lock = sha256(LOCK.encode())
    assert attest(cast, signed(cast, statement(types.PUBLISH, None, lock)), by="").code == 0
    wheel = statement(types.PUBLISH, None, STRANGER)
    assert attest(cast, signed(cast, wheel), by="").code == 4


def test_whom_nobody_trusts_is_refused_and_logged(cast: Cast) -> None:
    ran = attest(cast, signed(cast, sarif(MODEL), by="dora"), by="")
    assert (ran.code, ran.out) == (4, "")
    assert cast.last()["body"]["reason"] == "unknown-key"


def test_a_report_of_ours_is_about_the_whole(cast: Cast) -> None:
    own = statement(types.TEST_RESULT, {**TEST_RESULT, OURS: {"report": {}}}, MODEL)
    assert attest(cast, signed(cast, own), by="").code == 4
    theirs = statement(types.TEST_RESULT, TEST_RESULT, MODEL)
    assert attest(cast, signed(cast, theirs), by="").code == 0


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the bundle cannot be read"),
        (b"{}", "the bundle does not have exactly"),
        (b'{"payload": "", "payloadType": "x", "signatures": []}', "the payload is x, not"),
    ],
)
def test_what_is_no_bundle_is_not_kept(data: bytes, why: str, cast: Cast) -> None:
    ran = attest(cast, data, by="")
    assert (ran.code, ran.out) == (2, "")
    assert f"this cannot be attested: {why}" in ran.err


def test_what_was_signed_has_its_shape_too(cast: Cast) -> None:
    ran = attest(cast, signed(cast, statement(types.PROVENANCE, {}, MODEL)), by="")
    assert (ran.code, "has no member buildDefinition" in ran.err) == (2, True)
    envelope = signed(cast, b'{"a": 1}')
    assert "the statement does not have exactly" in attest(cast, envelope, by="").err


def test_a_dry_run_shows_what_was_signed(cast: Cast) -> None:
    payload = sarif(MODEL)
    entries = len(cast.entries())
    ran = attest(cast, signed(cast, payload), "--dry-run", by="")
    assert (ran.out, ran.err) == (payload.decode() + "\n", "nothing was kept\n")
    assert len(cast.entries()) == entries


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--predicate=a", "--bundle=b"),
        ("--bundle=a", "--type=https://example.com/x"),
        ("--bundle=a", "--key=bea"),
    ],
)
def test_either_you_sign_or_somebody_did(words: tuple[str, ...], cast: Cast) -> None:
    ran = cast("attest", RELEASE, *words)
    assert (ran.code, ran.out) == (2, "")


def test_bytes_of_the_signature_are_those_he_made(cast: Cast) -> None:
    envelope = signed(cast, sarif(MODEL))
    ran = attest(cast, envelope, by="")
    kept = json.loads(cast.blob(ran.out.split()[0]).read_bytes())["dsseEnvelope"]
    given = json.loads(envelope)
    assert kept["payload"] == given["payload"]
    assert kept["signatures"] == [{"sig": given["signatures"][0]["sig"]}]
    assert base64.b64decode(kept["payload"]) == sarif(MODEL)
