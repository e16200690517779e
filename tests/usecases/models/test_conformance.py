"""The cases of the public conformance suite that need no network, asked by its own protocol.

Names, models and expectations are the suite's (sampras343/model-signing-conformance); its keys and
files are made here. `tests/seal/oms/test_historic.py` has those of earlier versions.
"""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from scripts.oms_adapter import main
from tests.seal.oms.papers import (
    CODE,
    KEY,
    OTHER,
    P384,
    P521,
    certificate,
    issues,
    leaf,
    middle,
    pem,
    private_pem,
    public_pem,
    root,
    sign,
)
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.oms.bundle import write_model_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.workshop import Bench

    Tree = dict[str, Any]

LONG = (-20_000, 20_000)
OVER = (-20_000, -10_000)
YET = (10_000, 20_000)
SIMPLE = {"signme-1": b"signme-1\n", "signme-2": b"signme-2\n", "ignore-me": b"x"}
GIT = {
    ".git/HEAD": b"x",
    ".gitignore": b"x",
    ".gitattributes": b"x",
    ".github/ci.yml": b"x",
    "model.bin": b"x",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roundtrip:
    """A model that is signed and verified.

    Attributes:
        files: Its files.
        signed: What must be in the bundle; None for all files.
        ignored: What is left out of both.
        links: Symbolic links in it.
        fails: Whether signing must fail.
        keys: Which keys.
        added: What is added between, and let be.
        inside: Whether the bundle lies in the model.
        path: What is signed, if not the folder.
    """

    files: dict[str, bytes] = field(default_factory=lambda: SIMPLE)
    signed: list[str] | None = None
    ignored: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)
    fails: bool = False
    keys: str = "key"
    added: str = ""
    inside: bool = False
    path: str = ""


ROUNDTRIPS = {
    "certificate-multi-file": Roundtrip(
        files={"weights.bin": b"1", "config.json": b"2", "subdir/adapter.bin": b"3"}, keys="chain"
    ),
    "certificate-self-signed": Roundtrip(keys="self-signed"),
    "certificate-simple": Roundtrip(keys="chain"),
    "key-assets-subdir": Roundtrip(files={"assets/a/b.bin": b"1", "model.bin": b"2"}),
    "key-binary-content": Roundtrip(files={"header.bin": bytes(range(256)), "w.bin": b"\0\r\n"}),
    "key-deeply-nested": Roundtrip(files={"a/b/c/d/e/f/g.bin": b"1", "a/x": b"2"}),
    "key-deeply-nested-with-git": Roundtrip(
        files={"a/b/c/d.bin": b"1", ".git/HEAD": b"x"}, signed=["a/b/c/d.bin"]
    ),
    "key-default-ignores": Roundtrip(files=GIT, signed=["model.bin"]),
    "key-dotfile-included": Roundtrip(files={".config": b"", ".env.example": b"", "m.bin": b""}),
    "key-empty-file": Roundtrip(files={"empty.bin": b"", "signme-1": b"x"}),
    "key-empty-model-rejected": Roundtrip(files={".gitignore": b"x"}, fails=True),
    "key-files-in-hidden-dir": Roundtrip(files={".cache/w.bin": b"1", ".local/share/d": b"2"}),
    "key-ignore-paths": Roundtrip(signed=["signme-1", "signme-2"], ignored=("ignore-me",)),
    "key-ignore-paths-exact-match": Roundtrip(
        files={"signme-1": b"", "ignore-me": b"", "subdir/ignore-me": b""},
        signed=["signme-1", "subdir/ignore-me"],
        ignored=("ignore-me",),
    ),
    "key-ignore-unsigned": Roundtrip(added="injected.bin"),
    "key-multi-file": Roundtrip(files={"b.bin": b"1", "a.json": b"2", "sub/c.bin": b"3"}),
    "key-multi-git-dirs": Roundtrip(
        files={".git/HEAD": b"", "sub/.git/HEAD": b"", "m": b""}, signed=["m", "sub/.git/HEAD"]
    ),
    "key-nested-git-not-excluded": Roundtrip(files={"model.bin": b"", "subdir/.gitignore": b""}),
    "key-p256": Roundtrip(),
    "key-p384": Roundtrip(keys="p384"),
    "key-p521": Roundtrip(keys="p521"),
    "key-sig-inside-model": Roundtrip(inside=True),
    "key-simple": Roundtrip(),
    "key-single-file": Roundtrip(files={"model.bin": b"x"}),
    "key-single-file-by-name": Roundtrip(files={"model.bin": b"x"}, path="/model.bin"),
    "key-special-chars-path": Roundtrip(
        files={"file (copy).bin": b"", "path with spaces/model.bin": b""}
    ),
    "key-symlink-cycle": Roundtrip(links={"cycle-link": "."}, fails=True),
    "key-symlink-default-rejected": Roundtrip(links={"link-to-signme": "signme-1"}, fails=True),
    "key-symlink-outside-root": Roundtrip(links={"out": "/tmp/nonexistent"}, fails=True),  # noqa: S108 - the suite's
    "key-unicode-filename": Roundtrip(files={"模型.bin": b"1", "weights.bin": b"2"}),
}


def write_keys(folder: Path) -> None:
    for stem, key in (("key", KEY), ("p384", P384), ("p521", P521), ("wrong", OTHER)):
        (folder / f"{stem}.pem").write_bytes(private_pem(key))
        (folder / f"{stem}.pem").chmod(0o600)
        (folder / f"{stem}.pub").write_bytes(public_pem(key))
    papers = {
        "leaf": leaf(days=LONG),
        "middle": middle(days=LONG),
        "root": root(days=LONG),
        "self": certificate("me", KEY, days=LONG, extensions=CODE),
        "wrong-ca": certificate("root", OTHER, days=LONG, extensions=issues()),
        "leaf-over": leaf(days=OVER),
        "leaf-yet": leaf(days=YET),
        "middle-over": middle(days=OVER),
        "middle-yet": middle(days=YET),
        "root-over": root(days=OVER),
    }
    for stem, paper in papers.items():
        (folder / f"{stem}.crt").write_bytes(pem(paper))


class Suite:
    """A folder with keys and a model, and the adapter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = folder / "model"
        self.bundle = folder / "bundle.sig"
        write_keys(folder)

    def lay(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            (self.model / name).parent.mkdir(parents=True, exist_ok=True)
            (self.model / name).write_bytes(content)

    def at(self, *names: str) -> list[str]:
        return [str(self.folder / name) for name in names]

    def sign(
        self,
        keys: str = "key",
        *words: str,
        own: str = "leaf",
        above: str = "middle",
        path: str = "",
    ) -> bool:
        chain = {"chain": (own, above), "self-signed": ("self", "self")}.get(keys)
        key = keys if chain is None else "key"
        common = ["--model-path", f"{self.model}{path}", "--output-bundle", str(self.bundle)]
        common += ["--private-key", *self.at(f"{key}.pem")]
        if chain is None:
            return main(["sign-model", "--method", "key", *common, *words]) == 0
        common += ["--signing-cert", *self.at(f"{chain[0]}.crt")]
        common += ["--cert-chain", *self.at(f"{chain[1]}.crt")]
        return main(["sign-model", "--method", "certificate", *common, *words]) == 0

    def verify(self, keys: str = "key", *words: str, root: str = "root", path: str = "") -> bool:
        common = ["--model-path", f"{self.model}{path}", "--bundle", str(self.bundle), *words]
        if keys in {"chain", "self-signed"}:
            trusted = "self" if keys == "self-signed" else root
            common += ["--cert-chain", *self.at(f"{trusted}.crt")]
            return main(["verify-model", "--method", "certificate", *common]) == 0
        common += ["--public-key", *self.at(f"{keys}.pub")]
        return main(["verify-model", "--method", "key", *common]) == 0

    def statement(self) -> Tree:
        tree = json.loads(self.bundle.read_bytes())
        found: Tree = json.loads(b64decode(tree["dsseEnvelope"]["payload"]))
        return found


@pytest.fixture
def suite(run: Bench) -> Suite:
    """The suite, in an empty folder."""
    return Suite(run.folder)


@pytest.mark.parametrize("name", ROUNDTRIPS)
def test_what_is_signed_verifies(suite: Suite, name: str) -> None:
    case = ROUNDTRIPS[name]
    suite.lay(case.files)
    for link, target in case.links.items():
        (suite.model / link).symlink_to(target)
    if case.inside:
        suite.bundle = suite.model / "bundle.sig"
    ignored = [word for one in case.ignored for word in ("--ignore-paths", f"{suite.model}/{one}")]
    assert suite.sign(case.keys, *ignored, path=case.path) is not case.fails
    if case.fails:
        return
    lenient = []
    if case.added:
        suite.lay({case.added: b"x"})
        assert not suite.verify(case.keys)
        lenient.append("--ignore-unsigned-files")
    assert suite.verify(case.keys, *ignored, *lenient, path=case.path)
    statement = suite.statement()
    resources = statement["predicate"]["resources"]
    assert [one["name"] for one in resources] == sorted(
        case.files if case.signed is None else case.signed
    )
    root_digest = sha256(bytes.fromhex("".join(one["digest"] for one in resources))).hexdigest()
    assert statement["subject"][0]["digest"] == {"sha256": root_digest}


def change(**members: object) -> Callable[[Tree], object]:
    return lambda tree: tree.update(members)


def change_envelope(**members: object) -> Callable[[Tree], object]:
    return lambda tree: tree["dsseEnvelope"].update(members)


MUTATIONS: dict[str, Callable[[Tree], object]] = {
    "key-simple-no-signature_fail": change_envelope(signatures=[]),
    "key-simple-wrong-mediatype_fail": change(mediaType="application/vnd.dev.sigstore.bundle.v0.1"),
    "key-simple-wrong-payload-type_fail": change_envelope(payloadType="application/json"),
    "malformed-missing-envelope_fail": lambda tree: tree.pop("dsseEnvelope"),
    "malformed-no-material_fail": lambda tree: tree.pop("verificationMaterial"),
}
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "key-simple-corrupted-bundle_fail": lambda data: b"garbage" + data[7:],
    "key-simple-truncated-bundle_fail": lambda data: data[:100],
    "malformed-empty-bundle_fail": lambda data: data[:0],
}
FOLDERS: dict[str, Callable[[Suite], object]] = {
    "key-simple-extra-file_fail": lambda suite: suite.lay({"injected.bin": b"x"}),
    "key-simple-missing-file_fail": lambda suite: (suite.model / "signme-2").unlink(),
    "key-simple-tampered-content_fail": lambda suite: suite.lay({"signme-1": b"TAMPERED"}),
}
EXPIRIES = {
    "certificate-expired_fail": ("leaf-over", "middle", "root"),
    "certificate-not-yet-valid_fail": ("leaf-yet", "middle", "root"),
    "certificate-expired-intermediate_fail": ("leaf", "middle-over", "root"),
    "certificate-not-yet-valid-intermediate_fail": ("leaf", "middle-yet", "root"),
    "certificate-expired-root_fail": ("leaf", "middle", "root-over"),
    "certificate-all-expired_fail": ("leaf-over", "middle-over", "root-over"),
    "certificate-expired-intermediate-expired-leaf_fail": ("leaf-over", "middle-over", "root"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_bundles_that_were_changed_are_refused(suite: Suite, name: str) -> None:
    suite.lay(SIMPLE)
    assert suite.sign()
    tree = json.loads(suite.bundle.read_text())
    MUTATIONS[name](tree)
    suite.bundle.write_text(json.dumps(tree))
    assert not suite.verify()


@pytest.mark.parametrize("name", BYTES)
def test_bundles_that_are_none_are_refused(suite: Suite, name: str) -> None:
    suite.lay(SIMPLE)
    assert suite.sign()
    suite.bundle.write_bytes(BYTES[name](suite.bundle.read_bytes()))
    assert not suite.verify()


@pytest.mark.parametrize("name", FOLDERS)
def test_models_that_were_changed_are_refused(suite: Suite, name: str) -> None:
    suite.lay(SIMPLE)
    assert suite.sign()
    FOLDERS[name](suite)
    assert not suite.verify()
    # With unsigned files let be, what was signed must be there all the same.
    assert suite.verify("key", "--ignore-unsigned-files") is ("extra" in name)


@pytest.mark.parametrize("name", EXPIRIES)
def test_certificates_that_are_not_valid_now_are_refused(suite: Suite, name: str) -> None:
    own, above, trusted = EXPIRIES[name]
    suite.lay(SIMPLE)
    assert suite.sign("chain", own=own, above=above)
    assert not suite.verify("chain", root=trusted)


def test_other_keys_and_methods_are_refused(suite: Suite) -> None:
    suite.lay(SIMPLE)
    assert suite.sign()
    assert not suite.verify("wrong")  # key-simple-wrong-key_fail
    assert not suite.verify("chain")  # key-verify-as-certificate_fail
    assert suite.sign("chain")
    assert not suite.verify("chain", root="wrong-ca")  # certificate-simple-wrong-ca_fail
    assert not suite.verify("key")  # certificate-verify-as-key_fail


STATEMENTS: dict[str, Callable[[Tree], object]] = {
    "malformed-empty-resources_fail": lambda tree: tree["predicate"].update(resources=[]),
    "malformed-no-predicate_fail": lambda tree: tree.pop("predicate"),
    "malformed-no-subject_fail": lambda tree: tree.pop("subject"),
    "malformed-wrong-predicate_fail": change(predicateType="https://example.com/x"),
    "malformed-wrong-statement-type_fail": change(_type="https://in-toto.io/Statement/v0.1"),
    "key-simple-missing-serialization_fail": lambda tree: tree["predicate"].pop("serialization"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_that_are_none_are_refused_although_signed(suite: Suite, name: str) -> None:
    suite.lay(SIMPLE)
    assert suite.sign()
    hint = json.loads(suite.bundle.read_text())["verificationMaterial"]["publicKey"]["hint"]
    tree = suite.statement()
    STATEMENTS[name](tree)
    payload = json.dumps(tree).encode()
    signature = sign(KEY, pre_authentication_encoding(payload))
    suite.bundle.write_bytes(write_model_bundle(payload, signature=signature, hint=hint))
    assert not suite.verify()
