from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import LABELS, WEIGHTS, sha256
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.cast import Cast


@pytest.fixture
def signed(cast: Cast) -> Cast:
    """Let bea sign the release."""
    cast.done("sign", RELEASE, by="bea")
    return cast


@pytest.fixture
def leads(cast: Cast) -> Cast:
    """Trust two leads of a team."""
    cast.trust("mia", "ml-lead")
    cast.trust("max", "ml-lead")
    return cast


def messages(found: dict[str, Any]) -> list[str]:
    return [problem["message"] for problem in found["problems"]]


def test_a_verified_release_in_words(signed: Cast) -> None:
    found = signed.done("verify", RELEASE)
    assert found.out == (
        f"signed by bea (builder) at 2026-02-01T00:00:00Z\nverified: demo@1.0.0  {signed.digest}\n"
    )
    assert found.err == ""


def test_a_verified_release_as_plain_values(signed: Cast) -> None:
    found = signed.verify()
    assert (found.code, found.err) == (0, "")
    assert found.json == {
        "schemaVersion": 1,
        "ok": True,
        "subject": signed.digest,
        "name": RELEASE,
        "problems": [],
        "unverified": None,
        "ignored": [],
        "signers": [
            {
                "person": "bea",
                "role": "builder",
                "keyDigest": signed.spki("bea"),
                "at": "2026-02-01T00:00:00Z",
            }
        ],
    }


def test_a_release_that_is_not_verified_as_plain_values(cast: Cast) -> None:
    found = cast.verify()
    assert (found.code, found.json) == (
        1,
        {
            "schemaVersion": 1,
            "ok": False,
            "subject": cast.digest,
            "name": RELEASE,
            "problems": [
                {
                    "code": "INT005",
                    "subject": cast.digest,
                    "message": "nobody whose signature counts signed it",
                    "seen": "0",
                    "wanted": "1",
                    "remediation": ["weighbridge sign REF --key NAME"],
                }
            ],
            "unverified": None,
            "ignored": [],
            "signers": [],
        },
    )


def test_the_shape_is_the_same_whoever_signed_with_many_roles(cast: Cast) -> None:
    cast.trust("mia", "ml-lead", "--role=builder")
    cast.done("sign", RELEASE, by="mia")
    signers = cast.verify().json["signers"]
    assert [(signer["person"], signer["role"]) for signer in signers] == [
        ("mia", "builder"),
        ("mia", "ml-lead"),
    ]


def test_a_digest_names_it_too(signed: Cast) -> None:
    assert signed.done("verify", signed.digest, "--output-format=json").json == (
        signed.verify().json
    )


def test_an_unknown_release(signed: Cast) -> None:
    found = signed("verify", "demo@1.0.1")
    assert (found.code, found.out) == (2, "")
    assert "did you mean demo@1.0.0?" in found.err


def test_n_of_m_people_must_have_signed(leads: Cast) -> None:
    demand = ("--role=ml-lead", "--threshold=2")
    leads.done("sign", RELEASE, by="mia")
    one = leads.verify(*demand)
    assert (one.code, messages(one.json)) == (1, ["too few people signed it"])
    assert (one.json["problems"][0]["seen"], one.json["problems"][0]["wanted"]) == (
        "1",
        "2 with the role ml-lead",
    )
    leads.done("sign", RELEASE, by="max")
    assert leads.verify(*demand).code == 0
    assert leads.verify("--role=role:ml-lead", "--threshold=2").code == 0
    assert leads.verify("--role=ml-lead", "--threshold=3").code == 1


def test_who_has_another_role_does_not_count(leads: Cast) -> None:
    leads.done("sign", RELEASE, by="bea mia")
    found = leads.verify("--role=ml-lead", "--threshold=2")
    assert (found.code, [s["person"] for s in found.json["signers"]]) == (1, ["mia"])
    assert messages(found.json) == [
        "too few people signed it",
        "a signature does not count: wrong role",
    ]
    assert leads.verify("--role=ml-lead", "--role=builder", "--threshold=2").code == 0


def test_a_second_key_of_the_same_person_counts_once(cast: Cast) -> None:
    cast.trust("mia", "ml-lead")
    assert cast("key", "trust", "max", "--person=mia", "--role=ml-lead", by="ann ben").code == 0
    cast.done("sign", RELEASE, by="mia max")
    assert cast.verify("--role=ml-lead").code == 0
    found = cast.verify("--role=ml-lead", "--threshold=2")
    assert (found.code, messages(found.json)) == (1, ["too few people signed it"])


def test_one_bundle_listed_twice_counts_once(leads: Cast) -> None:
    leads.done("sign", RELEASE, by="mia")
    leads.append(Kind.EVIDENCE_ADDED, leads.last()["body"] | {"person": "max"})
    found = leads.verify("--role=ml-lead", "--threshold=2")
    assert (found.code, {s["person"] for s in found.json["signers"]}) == (1, {"mia"})


def test_a_statement_about_another_release_does_not_count(cast: Cast) -> None:
    """Not even if an entry says that it is about this one."""
    cast.edit('"1.0.0"', '"1.0.1"')
    cast.done("seal")
    cast.done("sign", "demo@1.0.1", by="bea")
    body = cast.last()["body"]
    cast.append(Kind.EVIDENCE_ADDED, body | {"release": cast.digest, "subjects": [cast.digest]})
    found = cast.verify()
    assert (found.code, found.json["signers"]) == (1, [])
    assert messages(found.json)[1:] == ["a signature does not count: other subject"]
    deep = cast("log", "verify", "--deep")
    assert (deep.code, "its subjects is not that of the bundle" in deep.out) == (1, True)


def other_type(bundle: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["payloadType"] = "application/json"


def other_key(bundle: dict[str, Any]) -> None:
    hint = base64.b64encode(bytes(32)).decode()
    bundle["verificationMaterial"]["publicKey"]["hint"] = hint


def other_signature(bundle: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["signatures"] = [{"sig": base64.b64encode(bytes(64)).decode()}]


def second_signature(bundle: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["signatures"].append({"sig": "AAAA"})


def other_statement(bundle: dict[str, Any]) -> None:
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"demo", b"Demo")
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()


def other_base64(bundle: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["payload"] += "\n"


def unknown_member(bundle: dict[str, Any]) -> None:
    bundle["dsseEnvelope"]["note"] = "trust me"


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (other_type, "a signature does not count: wrong payload type"),
        (other_key, "a signature does not count: wrong hint"),
        (other_signature, "a signature does not count: bad signature"),
        (other_statement, "a signature does not count: bad signature"),
        (second_signature, "the evidence cannot be read: the envelope has not exactly one"),
        (other_base64, "the evidence cannot be read: the payload"),
        (unknown_member, "the evidence cannot be read: the envelope does not have exactly"),
    ],
)
def test_a_forged_bundle_does_not_count(
    forge: Callable[[dict[str, Any]], None], said: str, cast: Cast
) -> None:
    """Not even if an entry, signed by the log, says that mia signed it."""
    cast.trust("mia", "builder")
    cast.done("sign", RELEASE, by="bea")
    body = cast.last()["body"]
    bundle = json.loads(cast.blob(body["bundle"]).read_bytes())
    forge(bundle)
    put = cast.registry.blobs.put(canonical_bytes(bundle))
    index = cast.append(Kind.EVIDENCE_ADDED, body | {"bundle": put, "person": "mia"})
    found = cast.verify("--threshold=2").json
    assert {signer["person"] for signer in found["signers"]} == {"bea"}
    (message,) = (p["message"] for p in found["problems"] if p["subject"] == f"entry {index}")
    assert message.startswith(said)


def test_a_flipped_byte_of_the_evidence_is_found(signed: Cast) -> None:
    bundle = signed.last()["body"]["bundle"]
    data = bytearray(signed.blob(bundle).read_bytes())
    data[len(data) // 2] ^= 1
    signed.overwrite(bundle, bytes(data))
    found = signed.verify()
    assert (found.code, found.json["signers"]) == (1, [])
    assert "the evidence cannot be read" in messages(found.json)[0]
    assert found.json["problems"][0]["subject"] == "entry 4"


def test_evidence_in_place_of_another_is_found(signed: Cast) -> None:
    bundle = signed.last()["body"]["bundle"]
    signed.edit('"1.0.0"', '"1.0.1"')
    signed.done("seal")
    other = signed.done("sign", "demo@1.0.1", by="bea").out.split()[0]
    signed.overwrite(bundle, signed.blob(other).read_bytes())
    found = signed.verify()
    assert (found.code, found.json["signers"]) == (1, [])
    assert "the evidence cannot be read" in messages(found.json)[0]


def test_evidence_that_is_gone_is_missed_even_where_others_signed(signed: Cast) -> None:
    bundle = signed.last()["body"]["bundle"]
    signed.done("sign", RELEASE, by="carl")
    signed.blob(bundle).unlink()
    found = signed.verify()
    assert (found.code, [s["person"] for s in found.json["signers"]]) == (1, ["carl"])
    assert "the evidence cannot be read" in messages(found.json)[0]


@pytest.mark.parametrize("content", [WEIGHTS, LABELS], ids=["weights", "labels"])
def test_a_flipped_byte_of_a_stored_file_is_found(content: bytes, signed: Cast) -> None:
    signed.overwrite(sha256(content), content[:-1] + bytes([content[-1] ^ 1]))
    found = signed.verify()
    (problem,) = found.json["problems"]
    assert (found.code, problem["code"]) == (1, "INT001")
    assert problem["message"] == "the stored bytes are not those that were sealed"
    assert problem["wanted"] == sha256(content)
    assert signed("verify", RELEASE).out.splitlines()[-1].startswith("not verified: demo@1.0.0")


def test_a_stored_file_that_is_gone_is_missed(signed: Cast) -> None:
    signed.blob(sha256(LABELS)).unlink()
    (problem,) = signed.verify().json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT002", "labels.json")


def test_a_manifest_that_is_gone_is_missed(signed: Cast) -> None:
    digest = signed.digest
    signed.blob(digest).unlink()
    (problem,) = signed.verify().json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT002", digest)


def test_a_manifest_of_other_bytes_is_found(signed: Cast) -> None:
    digest = signed.digest
    manifest = json.loads(signed.blob(digest).read_bytes())
    signed.overwrite(digest, json.dumps(manifest).encode())
    (problem,) = signed.verify().json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT001", digest)


def test_the_files_of_a_folder_are_read_too(cast: Cast) -> None:
    (cast.folder / "tokenizer").mkdir()
    (cast.folder / "tokenizer/vocab.txt").write_bytes(b"a\nb\n")
    cast.edit(
        "    - {name: labels",
        "    - {name: t, role: tokenizer, path: tokenizer}\n    - {name: labels",
    )
    cast.edit('"1.0.0"', '"2.0.0"')
    cast.done("seal")
    cast.done("sign", "demo@2.0.0", by="bea")
    cast.done("verify", "demo@2.0.0")
    cast.overwrite(sha256(b"a\nb\n"), b"a\nc\n")
    (problem,) = cast("verify", "demo@2.0.0", "--output-format=json").json["problems"]
    assert (problem["code"], problem["subject"]) == ("INT001", "tokenizer/vocab.txt")


def test_with_the_right_log_key_kept_elsewhere(signed: Cast, tmp_path: Path) -> None:
    shutil.copy(signed.store / "log.pub", tmp_path / "kept.pub")
    (signed.store / "log.pub").unlink()
    without = signed.verify()
    assert without.code == 1
    assert "error[WB135]: the log's public key is not there" in without.err
    assert signed.verify(f"--log-key={tmp_path / 'kept.pub'}").code == 0


def test_under_the_log_key_of_another_registry_nothing_is_believed(
    signed: Cast, tmp_path: Path
) -> None:
    other = signed.folder / "other"
    signed.done("registry", "init", "--owner=dora=dora", f"--registry={other}")
    shutil.copy(other / "log.pub", tmp_path / "kept.pub")
    found = signed.verify(f"--log-key={tmp_path / 'kept.pub'}")
    assert (found.code, found.out) == (1, "")
    assert "error[WB135]: the checkpoint does not prove the ledger" in found.err


@pytest.mark.parametrize("content", [b"", b"none\n", b"a+b+c\n", b"\xff", b"x" * 5000])
def test_what_is_no_log_key_is_said(content: bytes, signed: Cast, tmp_path: Path) -> None:
    (tmp_path / "kept.pub").write_bytes(content)
    found = signed.verify(f"--log-key={tmp_path / 'kept.pub'}")
    assert (found.code, found.out) == (2, "")
    assert "holds no log key" in found.err


def test_verifying_changes_nothing(signed: Cast) -> None:
    before = signed.everything()
    signed.verify()
    signed("verify", ".")
    assert signed.everything() == before
