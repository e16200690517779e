"""`verify PATH --bundle FILE`: what a model may be found to be."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.seal.oms.papers import OTHER, certificate, issues, leaf, middle, pem, public_pem, root
from tests.seal.oms.test_historic import FILES, MODEL
from weighbridge.usecases import model_verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.models.signed import Signed
    from tests.usecases.workshop import Bench

Attack = tuple[str, "Callable[[Signed], object]", list[tuple[str, str]]]


def link_to(target: str) -> Callable[[Signed], object]:
    def attack(model: Signed) -> None:
        (model.root / "link").symlink_to(target)

    return attack


def swap_folder_for_link(model: Signed) -> None:
    (model.root / "weights").rename(model.root.parent / "elsewhere")
    (model.root / "weights").symlink_to("../elsewhere")


def swap_file_for_link(model: Signed) -> None:
    shutil.copy(model.root / "config.json", model.root.parent / "copy")
    (model.root / "config.json").unlink()
    (model.root / "config.json").symlink_to("../copy")


def swap_file_for_pipe(model: Signed) -> None:
    (model.root / "z").unlink()
    os.mkfifo(model.root / "z")


def swap_file_for_folder(model: Signed) -> None:
    (model.root / "z").unlink()
    model.put("z/x")


ATTACKS: list[Attack] = [
    ("changed", lambda m: m.put("config.json"), [("INT001", "config.json")]),
    ("emptied", lambda m: m.put("config.json", b""), [("INT001", "config.json")]),
    ("missing", lambda m: (m.root / "z").unlink(), [("INT002", "z")]),
    ("added", lambda m: m.put("new/x.py"), [("INT003", "new/x.py")]),
    (
        "renamed",
        lambda m: (m.root / "z").rename(m.root / "y"),
        [("INT002", "z"), ("INT003", "y")],
    ),
    (
        "swapped",
        lambda m: (m.put("weights/a.bin", b"second"), m.put("weights/b.bin", b"first")),
        [("INT001", "weights/a.bin"), ("INT001", "weights/b.bin")],
    ),
    ("under .git", lambda m: m.put(".git/hooks/x"), [("INT003", ".git")]),
    ("under .github", lambda m: m.put(".github/x"), [("INT003", ".github")]),
    ("under .gitignore", lambda m: m.put(".gitignore/x"), [("INT003", ".gitignore")]),
    ("as .git", lambda m: m.put(".git", b"gitdir: x"), [("INT003", ".git")]),
    ("link", link_to("config.json"), [("INT009", "link")]),
    ("link to folder", link_to("weights"), [("INT009", "link")]),
    ("link out", link_to("/etc"), [("INT009", "link")]),
    ("circle", link_to("."), [("INT009", "link")]),
    ("dangling", link_to("nowhere"), [("INT009", "link")]),
    ("file for link", swap_file_for_link, [("INT009", "config.json")]),
    (
        "folder for link",
        swap_folder_for_link,
        [("INT002", "weights/a.bin"), ("INT002", "weights/b.bin"), ("INT009", "weights")],
    ),
    ("pipe", lambda m: os.mkfifo(m.root / "pipe"), [("INT003", "pipe")]),
    ("pipe for file", swap_file_for_pipe, [("INT009", "z")]),
    ("folder for file", swap_file_for_folder, [("INT002", "z"), ("INT003", "z/x")]),
    ("case", lambda m: m.put("Z", b""), [("INT003", "Z"), ("INT009", "z")]),
]


@pytest.mark.parametrize(
    ("attack", "wanted"), [one[1:] for one in ATTACKS], ids=[one[0] for one in ATTACKS]
)
def test_every_difference_is_named(
    signed: Signed, attack: Callable[[Signed], object], wanted: list[tuple[str, str]]
) -> None:
    assert signed.verdict() == []
    attack(signed)
    assert signed.verdict() == wanted


def test_all_differences_are_named_at_once(run: Bench, signed: Signed) -> None:
    signed.put("config.json")
    (signed.root / "z").unlink()
    signed.put("new")
    assert signed.verdict() == [("INT001", "config.json"), ("INT002", "z"), ("INT003", "new")]
    told = run("verify", "model", "--bundle", "model.sig", "--key", "key.pub")
    assert told.code == 1
    assert "config.json: its bytes are not those that were signed" in told.out
    assert "not verified: model" in told.out


def test_what_verifies_says_who_signed_what(run: Bench, signed: Signed) -> None:
    found = signed.verify().json
    assert found["ok"]
    assert found["subject"].startswith("sha256:")
    assert (found["files"], found["problems"], found["ignored"]) == (4, [], [])
    (signer,) = found["signers"]
    assert (signer["role"], signer["person"], signer["at"]) == ("key", None, None)
    told = run("verify", "model", "--bundle", "model.sig", "--key", "key.pub").out
    assert told.splitlines() == [
        f"signed by the key {signer['keyDigest']}",
        f"verified: model, 4 files  {found['subject']}",
    ]


def test_another_folders_name_does_not_matter(run: Bench, signed: Signed) -> None:
    signed.root.rename(run.folder / "other")
    assert signed.verify(path="other").code == 0


def test_unsigned_files_may_be_let_be(signed: Signed) -> None:
    signed.put("new/x")
    signed.put(".git/HEAD")
    signed.put(".gitignore")
    (signed.root / "link").symlink_to("z")
    assert signed.verdict("--ignore-paths", "new", "--ignore-paths", ".git") == [("INT009", "link")]
    lenient = signed.verify("--ignore-unsigned-files")
    assert lenient.code == 0
    named = {one["subject"] for one in lenient.json["ignored"]}
    assert named == {"new/x", "link", ".git", ".gitignore"}
    signed.put("z", b"changed")
    assert signed.verdict("--ignore-unsigned-files", "--ignore-paths", "z") == [("INT001", "z")]


def test_what_lay_in_git_when_it_was_signed_may_lie_there_still(model: Signed) -> None:
    model.put(".git/HEAD", b"ref")
    assert model.sign().code == 0
    assert model.verdict() == []
    model.put(".git/hooks/post-checkout")
    (problem,) = model.verify().json["problems"]
    assert problem["subject"] == ".git"
    assert problem["seen"] == ".git/HEAD, .git/hooks/post-checkout"
    assert "not what lay there" in problem["message"]
    shutil.rmtree(model.root / ".git")
    assert model.verdict() == []
    (model.root / ".git").mkdir()
    (model.root / ".git/HEAD").symlink_to("/etc/hostname")
    assert model.verdict() == [("INT003", ".git")]


def test_long_lists_are_cut_and_counted(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_verify, "MOST_NAMED", 2)
    for number in range(5):
        signed.put(f"new-{number}")
    assert [one for _, one in signed.verdict()] == ["new-0", "new-1", "new-2 and 2 more"]
    for number in range(20):
        signed.put(f".git/{number:02}")
    seen = signed.verify().json["problems"][-1]["seen"]
    assert seen.endswith(".git/09 and 10 more")


def test_names_others_spell_differently_are_told(model: Signed) -> None:
    model.put("cafe\u0301")
    said = model.sign()
    assert "other systems may spell this name" in said.err
    assert model.verdict() == []
    assert "form of Unicode" in model.verify().json["ignored"][0]["message"]


@pytest.mark.parametrize(
    ("change", "code", "why"),
    [
        (lambda text: text[:100], "INT005", "cannot be read"),
        (lambda text: text[:0], "INT005", "cannot be read"),
        (lambda text: text.replace("v0.3+json", "v0.1+json"), "INT005", "media type"),
        (lambda text: text.replace('"sig":"', '"sig":"AAAA'), "INT006", "not this key's"),
    ],
)
def test_a_bundle_that_is_none_is_a_problem(
    signed: Signed, change: Callable[[str], str], code: str, why: str
) -> None:
    signed.bundle.write_text(change(signed.bundle.read_text()))
    found = signed.verify()
    (problem,) = found.json["problems"]
    assert (found.code, problem["code"], found.json["signers"]) == (1, code, [])
    assert why in problem["message"]


def test_a_second_signature_is_refused(signed: Signed) -> None:
    tree = json.loads(signed.bundle.read_text())
    tree["dsseEnvelope"]["signatures"] *= 2
    signed.bundle.write_text(json.dumps(tree))
    assert "2 signatures" in signed.verify().json["problems"][0]["message"]


def test_another_key_is_refused(run: Bench, signed: Signed) -> None:
    (run.folder / "other.pub").write_bytes(public_pem(OTHER))
    found = signed.verify(key="other.pub")
    assert (found.code, found.json["problems"][0]["code"]) == (1, "INT006")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "not said, or said twice"),
        (("--key", "key.pub", "--certificate-chain", "root.pem"), "not said, or said twice"),
        (("--key", "key.pub", "--at", "2026-01-01T00:00:00Z"), "a bare key has none"),
        (("--certificate-chain", "root.pem", "--at", "yesterday"), "--at"),
        (("--key", "gone.pub"), "cannot be read"),
        (("--key", "key.pem"), "holds a private key"),
        (("--key", "root.pem"), "not a public key"),
        (("--key", "key.pub", "--role", "builder"), "go without --bundle"),
        (("--key", "key.pub", "--ignore-paths", "a*"), "is a pattern"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    run: Bench, signed: Signed, words: tuple[str, ...], why: str
) -> None:
    (run.folder / "root.pem").write_bytes(pem(root()))
    found = signed.verify(*words, key="")
    assert found.code == 2
    assert why in found.err


def test_files_that_are_not_there_are_refused(run: Bench, signed: Signed) -> None:
    assert signed.verify(path="gone").code == 2
    signed.bundle.unlink()
    assert signed.verify().code == 2
    assert "go with --bundle" in run("verify", "model", "--key", "key.pub").err


@pytest.fixture
def certified(run: Bench, model: Signed) -> Signed:
    """A model signed with a certificate that is valid since March and until September 2026."""
    (run.folder / "chain.pem").write_bytes(pem(leaf(), middle()))
    (run.folder / "root.pem").write_bytes(pem(root()))
    assert model.sign("--certificate-chain", "chain.pem").code == 0
    return model


def test_certificates_are_judged_at_a_stated_time(run: Bench, certified: Signed) -> None:
    at = ("--certificate-chain", "root.pem", "--at")
    found = certified.verify(*at, "2026-06-01T00:00:00Z", key="")
    assert found.code == 0
    (signer,) = found.json["signers"]
    assert signer["person"] == "CN=signer"
    assert signer["path"] == ["CN=signer", "CN=middle", "CN=root"]
    assert (signer["at"], signer["clock"]) == ("2026-06-01T00:00:00Z", "stated")
    told = run("verify", "model", "--bundle", "model.sig", *at, "2026-06-01T00:00:00Z").out
    assert "by CN=middle < CN=root; judged at 2026-06-01T00:00:00Z (--at)" in told
    for time, why in (("2036-01-01T00:00:00Z", "expired"), ("2016-01-01T00:00:00Z", "not valid")):
        problems = certified.verify(*at, time, key="").json["problems"]
        assert len(problems) == 3
        assert all(why in one["message"] and time in one["seen"] for one in problems)


def test_without_a_stated_time_it_is_now(run: Bench, model: Signed) -> None:
    for days, code in (((-20_000, 20_000), 0), ((-20_000, -10_000), 1), ((10_000, 20_000), 1)):
        long = {"days": (-20_000, 20_000)}
        (run.folder / "chain.pem").write_bytes(pem(leaf(days=days), middle(**long)))
        (run.folder / "root.pem").write_bytes(pem(root(**long)))
        assert model.sign("--certificate-chain", "chain.pem").code == 0
        found = model.verify("--certificate-chain", "root.pem", key="")
        assert found.code == code
        clock = (
            found.json["signers"][0]["clock"] if code == 0 else found.json["problems"][0]["seen"]
        )
        assert "now" in clock


def test_a_stranger_above_is_not_trusted(run: Bench, certified: Signed) -> None:
    (run.folder / "wrong.pem").write_bytes(pem(certificate("root", OTHER, extensions=issues())))
    at = ("--at", "2026-06-01T00:00:00Z")
    found = certified.verify("--certificate-chain", "wrong.pem", *at, key="")
    assert (found.code, found.json["problems"][0]["code"]) == (1, "INT006")
    assert certified.verify().json["problems"][0]["code"] == "INT006"


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.glob("*-[kc]*.sig")))
def test_bundles_of_earlier_versions_verify(run: Bench, name: str) -> None:
    folder = run.folder / "old"
    folder.mkdir()
    for file in MODEL:
        (folder / file).write_text(file)
    words = ["--bundle", str(FILES / f"{name}.sig")]
    if name.endswith("-key"):
        words += ["--key", str(FILES / "key.pub")]
    else:
        words += ["--certificate-chain", str(FILES / "root.pem"), "--at", "2026-06-01T00:00:00Z"]
    assert run("verify", "old", *words).code == 0
    (folder / "signme-1").write_text("changed")
    assert run("verify", "old", *words).code == 1


def test_a_folder_is_not_a_model_of_one_file(run: Bench) -> None:
    folder = run.folder / "old"
    folder.mkdir()
    (folder / "signme-1").write_text("signme-1")
    words = ["--bundle", str(FILES / "v0.3.1-single.sig"), "--key", str(FILES / "key.pub")]
    assert run("verify", "old/signme-1", *words).code == 0
    assert run("verify", "old", *words).code == 1
    (run.folder / "alias").symlink_to("old/signme-1")
    found = run("verify", "alias", *words)
    assert (found.code, "symbolic link" in found.out) == (1, True)


def test_a_key_of_ones_own_may_be_named(run: Bench, model: Signed) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"secret\n" * 4)
    os.close(writing)
    os.environ["WEIGHBRIDGE_KEYS"] = str(run.folder / "keys")
    os.environ["WEIGHBRIDGE_KEY_PASSPHRASE_FD"] = str(reading)
    try:
        for name, algorithm in (("ed", "ed25519"), ("ec", "p256")):
            passphrase(reading)
            assert run("key", "new", name, "--algorithm", algorithm).code == 0
        assert "Ed25519" in model.sign(key="ed").err
        passphrase(reading)
        assert model.sign(key="ec").code == 0
        assert model.verify(key="ec").code == 0
        assert "keys of yours: ec, ed" in model.verify(key="gone").err
    finally:
        os.close(reading)
        del os.environ["WEIGHBRIDGE_KEY_PASSPHRASE_FD"], os.environ["WEIGHBRIDGE_KEYS"]


def passphrase(descriptor: int) -> None:
    """Put one passphrase behind a descriptor that stays the same."""
    reading, writing = os.pipe()
    os.write(writing, b"secret\n")
    os.close(writing)
    os.dup2(reading, descriptor)
    os.close(reading)
