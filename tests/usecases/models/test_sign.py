"""`sign PATH --format oms`."""

from __future__ import annotations

import json
import os
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from tests.seal.oms.papers import (
    CODE,
    KEY,
    OTHER,
    P521,
    certificate,
    leaf,
    middle,
    pem,
    private_pem,
    public_pem,
    root,
    usage,
)
from tests.usecases.models.signed import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.models.signed import Signed
    from tests.usecases.workshop import Bench


def test_every_file_is_signed_by_name_and_digest(signed: Signed) -> None:
    predicate = signed.statement()["predicate"]
    assert {one["name"]: one["digest"] for one in predicate["resources"]} == {
        name: sha256(content).hexdigest() for name, content in FILES.items()
    }
    assert predicate["serialization"] == {
        "method": "files",
        "hash_type": "sha256",
        "allow_symlinks": False,
        "ignore_paths": [".git", ".gitattributes", ".github", ".gitignore"],
    }
    assert signed.statement()["subject"][0]["name"] == "model"
    assert signed.verdict() == []


def test_signing_twice_signs_the_same(signed: Signed) -> None:
    first = signed.statement()
    assert signed.sign().code == 0
    assert signed.statement() == first


@pytest.mark.parametrize(
    ("hash_type", "digest"),
    [
        ("sha256", lambda data: sha256(data).hexdigest()),
        ("blake2b", lambda data: blake2b(data).hexdigest()),
        ("blake3", lambda data: blake3(data).hexdigest()),
    ],
)
def test_other_digests_can_be_had(
    model: Signed, hash_type: str, digest: Callable[[bytes], str]
) -> None:
    assert model.sign("--hash", hash_type).code == 0
    found = {one["name"]: one for one in model.statement()["predicate"]["resources"]}
    assert found["config.json"] == {
        "name": "config.json",
        "algorithm": hash_type,
        "digest": digest(b"{}"),
    }
    assert model.verdict() == []
    model.put("config.json", b"[]")
    assert model.verdict() == [("INT001", "config.json")]


def test_byte_ranges_can_be_signed_instead_of_files(model: Signed) -> None:
    model.put("long:1:2", bytes(range(200)))
    assert model.sign("--shard-size", "10").code == 0
    assert [name for name in model.names() if name.startswith("long")] == sorted(
        f"long:1:2:{start}:{start + 10}" for start in range(0, 200, 10)
    )
    assert "z" not in "".join(model.names())
    assert model.verdict() == []
    assert "cannot sign it" in model.verify().json["ignored"][0]["message"]
    model.put("long:1:2", bytes(range(199)) + b"!")
    model.put("weights/a.bin", b"first and more")
    model.put("z", b"now it has some")
    assert model.verdict() == [("INT001", "long:1:2"), ("INT001", "weights/a.bin"), ("INT003", "z")]


def test_a_bundle_in_the_model_is_not_signed_by_itself(run: Bench, model: Signed) -> None:
    words = ("sign", "model", "--format", "oms", "--key", "key.pem", "--output", "model/x.sig")
    assert run(*words).code == run(*words).code == 0
    assert run("verify", "model", "--bundle", "model/x.sig", "--key", "key.pub").code == 0
    text = (model.root / "x.sig").read_text()
    assert "x.sig" not in json.loads(text)
    assert run("verify", "model", "--bundle", "model/../model/x.sig", "--key", "key.pub").code == 0


def test_what_is_left_out_on_purpose_is_recorded(run: Bench, model: Signed) -> None:
    model.put("cache/x")
    model.put("weights/cache")
    inside, beside = "--ignore-paths=cache", f"--ignore-paths={model.root / 'z'}"
    assert model.sign(inside, beside, "--ignore-paths", "model/config.json").code == 0
    assert model.names() == ["weights/a.bin", "weights/b.bin", "weights/cache"]
    ignored = model.statement()["predicate"]["serialization"]["ignore_paths"]
    assert [one for one in ignored if one[0] != "."] == ["cache", "config.json", "z"]
    assert model.verdict() == []
    passed = [one["subject"] for one in model.verify().json["ignored"]]
    assert passed == ["cache/x", "config.json", "z"]
    said = run("verify", "model", "--bundle", "model.sig", "--key", "key.pub")
    assert "cache/x: nobody signed it: it was left out on purpose" in said.err
    assert model.sign("--ignore-paths", "*.bin").code == 2


def test_git_is_not_signed_and_neither_forgotten(model: Signed) -> None:
    model.put(".git/HEAD", b"ref")
    model.put(".gitattributes", b"* text")
    model.put("weights/.git/HEAD", b"not at the root")
    said = model.sign()
    assert ".git: 1 file that the format leaves out" in said.err
    assert model.names() == sorted([*FILES, "weights/.git/HEAD"])
    assert model.verdict() == []


def test_a_single_file_is_signed_by_its_name(run: Bench, model: Signed) -> None:
    assert model.sign(path="model/config.json").code == 0
    assert model.names() == ["config.json"]
    assert "ignore_paths" not in model.statement()["predicate"]["serialization"]
    assert model.verify(path="model/config.json").code == 0
    (model.root / "config.json").rename(model.root / "renamed.json")
    found = model.verify(path="model/renamed.json")
    assert (found.code, found.json["problems"][0]["wanted"]) == (1, "config.json")
    assert run("sign", "gone", "--format", "oms", "--key", "key.pem").code == 2


def test_nothing_is_signed_by_a_dry_run(run: Bench, model: Signed) -> None:
    found = model.sign("--dry-run", key="")
    assert (found.code, model.bundle.exists()) == (0, False)
    assert json.loads(found.out)["subject"][0]["name"] == "model"
    assert "nothing was signed" in found.err
    assert run("sign", "model", "--format", "oms", "--key", "key.pem").out.startswith("{")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda root: [one.unlink() for one in root.rglob("*") if one.is_file()], "no file"),
        (lambda root: (root / "link").symlink_to("config.json"), "symbolic link"),
        (lambda root: (root / "link").symlink_to("/nowhere"), "symbolic link"),
        (lambda root: (root / "round").symlink_to("."), "symbolic link"),
        (lambda root: (root / "CONFIG.json").write_text(""), "that of another file"),
        (
            lambda root: (root / "caf\u00e9").write_text("") + (root / "cafe\u0301").write_text(""),
            "another",
        ),
        (lambda root: os.mkfifo(root / "pipe"), "neither a file nor a folder"),
        (lambda root: open(os.fsencode(root) + b"/\xff", "w").close(), "not UTF-8"),  # noqa: PTH123 - a name in bytes
    ],
)
def test_what_cannot_be_signed_is_named(
    model: Signed, spoil: Callable[[object], object], why: str
) -> None:
    spoil(model.root)
    found = model.sign()
    assert (found.code, model.bundle.exists()) == (1, False)
    assert "WB142" in found.err
    assert why in found.err


def test_every_obstacle_is_named(model: Signed) -> None:
    for name in ("one", "two"):
        (model.root / name).symlink_to("config.json")
    found = model.sign()
    assert "one: it is a symbolic link" in found.err
    assert "two: it is a symbolic link" in found.err


def test_links_inside_a_model_are_followed_when_told_to(model: Signed) -> None:
    (model.root / "same").symlink_to("config.json")
    (model.root / "again").symlink_to("weights")
    assert model.sign("--allow-symlinks").code == 0
    assert {"same", "again/a.bin", "again/b.bin"} < set(model.names())
    assert model.verdict() == []
    model.put("weights/a.bin")
    assert model.verdict() == [("INT001", "again/a.bin"), ("INT001", "weights/a.bin")]
    (model.root / "out").symlink_to("/etc/hostname")
    assert model.sign("--allow-symlinks").code == 1
    (model.root / "out").unlink()
    (model.root / "round").symlink_to(".")
    assert "leads back to itself" in model.sign("--allow-symlinks").err


def test_a_model_named_by_a_link_is_only_signed_when_links_are(run: Bench, model: Signed) -> None:
    (run.folder / "alias").symlink_to("model")
    assert model.sign(path="alias").code == 1
    assert model.sign("--allow-symlinks", path="alias").code == 0


def test_a_locked_key_is_unlocked_by_descriptor(run: Bench, model: Signed) -> None:
    (run.folder / "locked.pem").write_bytes(private_pem(P521, "open sesame"))
    (run.folder / "locked.pub").write_bytes(public_pem(P521))
    for secret, code in (("open sesame", 0), ("wrong", 4)):
        reading, writing = os.pipe()
        os.write(writing, f"{secret}\n".encode())
        os.close(writing)
        os.environ["WEIGHBRIDGE_KEY_PASSPHRASE_FD"] = str(reading)
        try:
            assert model.sign(key="locked.pem").code == code
        finally:
            os.close(reading)
            del os.environ["WEIGHBRIDGE_KEY_PASSPHRASE_FD"]
    assert model.verify(key="locked.pub").code == 0


def test_an_open_key_that_others_may_read_is_told_of(run: Bench, model: Signed) -> None:
    (run.folder / "key.pem").chmod(0o644)
    assert "others may read it" in model.sign().err
    (run.folder / "key.pem").chmod(0o600)
    assert "others may read it" not in model.sign().err


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--key", "key.pem"), 2, "several keys"),
        (("--certificate-chain", "key.pem"), 2, "holds no certificate"),
        (("--certificate-chain", "gone"), 2, "cannot be read"),
        (("--certificate-chain", "others.pem"), 2, "none of the certificates is of this key"),
        (("--certificate-chain", "wrong.pem"), 1, "not for digital signatures"),
        (("--pkcs11-uri", "pkcs11:object=x"), 2, "names a key already"),
        (("--hash", "md5"), 2, "md5"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    run: Bench, model: Signed, words: tuple[str, ...], code: int, why: str
) -> None:
    (run.folder / "others.pem").write_bytes(pem(leaf(OTHER), middle()))
    wrong = leaf(extensions=((usage(key_agreement=True), True),))
    (run.folder / "wrong.pem").write_bytes(pem(wrong))
    found = model.sign(*words)
    assert found.code == code
    assert why in found.err
    assert not model.bundle.exists()


@pytest.mark.parametrize("content", [b"junk", public_pem(KEY), private_pem(KEY)[:-40]])
def test_a_file_without_a_key_is_refused(run: Bench, model: Signed, content: bytes) -> None:
    (run.folder / "key.pem").write_bytes(content)
    found = model.sign()
    assert found.code == 2
    assert "holds no private key" in found.err


def test_the_options_of_models_are_not_for_releases(run: Bench) -> None:
    assert "--format oms" in run("sign", "demo@1.0.0", "--hash", "blake3").err


def test_certificates_are_put_in_order_and_the_root_left_out(run: Bench, model: Signed) -> None:
    (run.folder / "chain.pem").write_bytes(pem(root(), middle()))
    (run.folder / "own.pem").write_bytes(pem(leaf()))
    words = ("--certificate-chain", "chain.pem", "--certificate-chain", "own.pem")
    assert model.sign(*words).code == 0
    tree = json.loads(model.bundle.read_text())["verificationMaterial"]
    assert len(tree["x509CertificateChain"]["certificates"]) == 2
    assert "publicKey" not in tree
    own = certificate("me", KEY, extensions=CODE, days=(-9, -1))
    (run.folder / "own.pem").write_bytes(pem(own))
    found = model.sign("--certificate-chain", "own.pem")
    assert found.code == 0
    assert "expired at 2026-05-31" in found.err
