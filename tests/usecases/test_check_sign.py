from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import WEIGHTS, sha256
from weighbridge.codec.sections import SECTIONS

if TYPE_CHECKING:
    from tests.usecases.cast import Cast

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
GIVEN = {"metadata", "source", "model", "environment", "dependencies", "artifacts"}


def signed_report(cast: Cast) -> dict[str, Any]:
    """Read the predicate of the newest evidence."""
    body = cast.last()["body"]
    assert body["predicateType"] == TEST_RESULT
    bundle = json.loads(cast.blob(body["bundle"]).read_bytes())
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    predicate: dict[str, Any] = payload["predicate"]
    return predicate


def test_the_report_becomes_evidence(cast: Cast) -> None:
    found = cast.done("check", RELEASE, "--sign", by="carl")
    assert "\n\npass: " in found.out
    assert found.err == "signed by carl as evidence, entry 4\n"
    predicate = signed_report(cast)
    assert predicate["result"] == "PASSED"  # a note warns of nothing
    assert predicate["failedTests"] == predicate["warnedTests"] == []
    assert "INT001" in predicate["passedTests"]
    (rules,) = predicate["configuration"]
    report = predicate["https://weighbridge.dev/v1"]["report"]
    assert report["release"] == {"name": "demo", "version": "1.0.0", "digest": cast.digest}
    assert report["ruleSet"]["digest"] == f"sha256:{rules['digest']['sha256']}"
    assert report["skipped"] == []
    assert cast.verify(f"--type={TEST_RESULT}", "--role=checker").code == 0


def test_the_evidence_says_which_sections_it_read(cast: Cast) -> None:
    sections = cast.done("seal", "--dry-run", "--output-format=json").json["sections"]
    cast.done("check", RELEASE, "--sign", by="carl")
    read = signed_report(cast)["https://weighbridge.dev/v1"]["dependsOn"]
    assert read.pop("metadata") not in {None, sections.pop("metadata")}  # without its version
    assert {name: digest for name, digest in read.items() if digest} == sections
    absent = {name for name, digest in read.items() if digest is None}
    assert absent == set(SECTIONS) - GIVEN


def test_another_version_of_the_same_reads_the_same_sections(cast: Cast) -> None:
    cast.done("check", RELEASE, "--sign", by="carl")
    before = signed_report(cast)["https://weighbridge.dev/v1"]["dependsOn"]
    cast.edit('"1.0.0"', '"1.0.1"')
    cast.done("seal")
    cast.done("check", "demo@1.0.1", "--sign", by="carl")
    assert signed_report(cast)["https://weighbridge.dev/v1"]["dependsOn"] == before


@pytest.mark.parametrize("output_format", ["json", "sarif", "junit", "github", "markdown"])
def test_the_report_is_shown_in_any_format(output_format: str, cast: Cast) -> None:
    plain = cast.done("check", RELEASE, f"--output-format={output_format}").out
    signed = cast.done("check", RELEASE, "--sign", f"--output-format={output_format}", by="carl")
    assert signed.out == plain


def test_the_files_of_a_sealed_release_do_too(cast: Cast) -> None:
    cast.done("check", ".", "--sign", by="carl")
    assert signed_report(cast)["https://weighbridge.dev/v1"]["report"]["release"]["digest"] == (
        cast.digest
    )


def test_who_is_no_checker_is_refused_and_logged(cast: Cast) -> None:
    found = cast("check", RELEASE, "--sign", by="bea")
    assert (found.code, found.out) == (4, "")
    assert "the signature does not count: wrong role" in found.err
    assert cast.kinds()[4:] == ["evidence.refused"]
    assert cast.last()["body"]["reason"] == "wrong-role"


@pytest.mark.parametrize(
    "words",
    [
        ("--select=INT",),
        ("--ignore=INT001",),
        ("--fix",),
        ("--diff",),
        ("--fail-on=note",),
    ],
    ids=" ".join,
)
def test_what_would_make_it_less_than_the_whole_report_is_refused(
    words: tuple[str, ...], cast: Cast
) -> None:
    before = cast.everything()
    found = cast("check", RELEASE, "--sign", *words, by="carl")
    assert (found.code, found.out) == (2, "")
    option = words[0].split("=")[0]
    assert f"{option} does not go with --sign: evidence is made by all rules" in found.err
    assert cast.everything() == before


def test_what_a_project_ignores_is_judged_all_the_same(cast: Cast) -> None:
    settings = cast.folder / "weighbridge.toml"
    settings.write_text('ignore = ["INT", "GOV007"]\nfail-on = "note"\n')
    assert cast.done("check", RELEASE, "--output-format=json").json["skipped"] != []
    found = cast("check", RELEASE, "--sign", "--output-format=json", by="carl")
    assert (found.code, found.json["skipped"]) == (0, [])
    assert "INT001" in signed_report(cast)["passedTests"]


def test_a_failing_report_is_evidence_too(cast: Cast) -> None:
    cast.overwrite(sha256(WEIGHTS), b"other bytes")
    found = cast("check", RELEASE, "--sign", by="carl")
    assert found.code == 1
    assert "error[INT001]" in found.out
    assert found.err == "signed by carl as evidence, entry 4\n"
    predicate = signed_report(cast)
    assert predicate["result"] == "FAILED"
    assert "INT001" in predicate["failedTests"]
    assert "INT001" not in predicate["passedTests"]


def test_a_key_is_named_to_sign_with_only(cast: Cast) -> None:
    found = cast("check", RELEASE, by="carl")
    assert (found.code, found.out) == (2, "")
    assert "--key is for --sign" in found.err
