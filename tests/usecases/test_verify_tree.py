from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import WEIGHTS, commit, sha256

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


@pytest.fixture
def signed(cast: Cast) -> Cast:
    """Sign a release of which one artifact is a folder."""
    (cast.folder / "tokenizer").mkdir()
    (cast.folder / "tokenizer/vocab.txt").write_text("a\nb\n")
    (cast.folder / "tokenizer/merges.txt").write_text("a b\n")
    cast.edit(
        "    - {name: labels",
        "    - {name: tokenizer, role: tokenizer, path: tokenizer}\n    - {name: labels",
    )
    cast.edit('"1.0.0"', '"2.0.0"')
    cast.done("seal")
    cast.done("sign", ".", by="bea")
    return cast


def problems(cast: Cast, *words: str) -> list[dict[str, Any]]:
    """Verify the files, which are not those of the release."""
    found = cast("verify", ".", "--output-format=json", *words)
    assert (found.code, found.json["ok"]) == (1, False)
    assert [signer["person"] for signer in found.json["signers"]] == ["bea"]
    listed: list[dict[str, Any]] = found.json["problems"]
    return listed


def test_the_files_of_the_release_are_verified(signed: Cast) -> None:
    for place in (".", "release.yaml"):
        found = signed.done("verify", place, "--output-format=json").json
        assert (found["ok"], found["name"], found["problems"]) == (True, "demo@2.0.0", [])
    assert (
        signed.done("verify", ".").out.splitlines()[-1].startswith("verified: demo@2.0.0  sha256")
    )


def test_another_commit_changes_nothing(signed: Cast) -> None:
    (signed.folder / "README.md").write_text("# read me\n")
    commit(signed.folder)
    signed.done("verify", ".")


def test_an_edited_file_is_found(signed: Cast) -> None:
    (signed.folder / "weights/model.safetensors").write_bytes(WEIGHTS[:-1] + b"\x01")
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT001", "weights/model.safetensors")
    assert problem["message"] == "its digest differs from the sealed release"
    assert problem["seen"].startswith("sha256:")
    assert problem["remediation"] == ["restore the file, or seal a new version"]


def test_a_missing_file_is_found(signed: Cast) -> None:
    (signed.folder / "labels.json").unlink()
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT002", "labels.json")


def test_a_file_added_to_a_folder_is_found(signed: Cast) -> None:
    (signed.folder / "tokenizer/code.py").write_text("print()\n")
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT003", "tokenizer/code.py")
    assert problem["message"] == "the file is not part of the sealed release"


def test_a_file_removed_from_a_folder_is_found(signed: Cast) -> None:
    (signed.folder / "tokenizer/merges.txt").unlink()
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT002", "tokenizer/merges.txt")


def test_a_file_edited_in_a_folder_is_found(signed: Cast) -> None:
    (signed.folder / "tokenizer/vocab.txt").write_text("a\nc\n")
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT001", "tokenizer/vocab.txt")


def test_a_missing_folder_is_found(signed: Cast) -> None:
    for path in (signed.folder / "tokenizer").iterdir():
        path.unlink()
    (signed.folder / "tokenizer").rmdir()
    assert {(p["code"], p["subject"]) for p in problems(signed)} == {("INT002", "tokenizer")}


def test_an_edited_lock_is_found(signed: Cast) -> None:
    (signed.folder / "requirements.lock").write_text("evil==1.0\n")
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT001", "requirements.lock")


def test_several_troubles_are_all_listed(signed: Cast) -> None:
    (signed.folder / "labels.json").unlink()
    (signed.folder / "tokenizer/vocab.txt").write_text("a\nc\n")
    assert {p["code"] for p in problems(signed)} == {"INT001", "INT002"}


def test_an_edited_manifest_is_found(signed: Cast) -> None:
    signed.edit("task: classification", "task: regression")
    (problem,) = problems(signed)
    assert (problem["code"], problem["subject"]) == ("INT001", "release.yaml#/spec/model/task")
    assert problem["message"] == "/spec/model/task was changed since the release was sealed"
    assert (problem["seen"], problem["wanted"]) == ('"regression"', '"classification"')


def test_a_comment_in_the_manifest_means_nothing(signed: Cast) -> None:
    signed.edit("# A comment that must stay.", "# Another.")
    signed.done("verify", ".")


def test_a_file_is_looked_for_where_the_sealed_manifest_has_it(signed: Cast) -> None:
    """Who changes a file must not hide it by naming another one."""
    (signed.folder / "good.safetensors").write_bytes(WEIGHTS)
    (signed.folder / "weights/model.safetensors").write_bytes(WEIGHTS[:-1] + b"\x01")
    signed.edit("path: weights/model.safetensors", "path: good.safetensors")
    assert [p["subject"] for p in problems(signed)] == ["weights/model.safetensors"]


def test_what_was_never_sealed_is_not_verified(signed: Cast) -> None:
    signed.edit('"2.0.0"', '"3.0.0"')
    found = signed("verify", ".")
    assert (found.code, found.out) == (2, "")
    assert "error[WB141]: demo@3.0.0 is not sealed" in found.err


def test_the_registry_is_not_asked_for_the_files(signed: Cast) -> None:
    """Damage of the store does not make a sound copy beside a manifest unsound."""
    signed.overwrite(sha256(WEIGHTS), b"other bytes")
    signed.done("verify", ".")
    assert signed("verify", "demo@2.0.0").code == 1


def test_without_signatures_sound_files_are_not_enough(cast: Cast) -> None:
    found = cast("verify", ".", "--output-format=json")
    assert (found.code, found.json["name"]) == (1, RELEASE)
    assert [problem["message"] for problem in found.json["problems"]] == [
        "nobody whose signature counts signed it"
    ]
