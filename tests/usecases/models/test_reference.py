"""The reference implementation reads what we sign, and we read what it signs.

It lives in an environment of its own and takes a second to start: everything is asked of one
process.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.seal.oms.papers import (
    KEY,
    P384,
    P521,
    leaf,
    middle,
    pem,
    private_pem,
    public_pem,
    root,
)
from tests.tools import model_signing_python
from weighbridge.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = """
import json, pathlib, sys
from model_signing import hashing, signing, verifying
from model_signing._cli import main

def cli(*words):
    main(words, standalone_mode=False)

def sign(bundle, path="model", certificate=False, **hashed):
    config = hashing.Config()
    if "shard_size" in hashed:
        config.use_shard_serialization(**hashed)
    else:
        config.use_file_serialization(**hashed)
    signer = signing.Config().set_hashing_config(config)
    if certificate:
        signer.use_certificate_signer(
            private_key=pathlib.Path("key.pem"),
            signing_certificate=pathlib.Path("leaf.pem"),
            certificate_chain=[pathlib.Path("middle.pem")],
        )
    else:
        signer.use_elliptic_key_signer(private_key=pathlib.Path("key.pem"))
    signer.sign(pathlib.Path(path), pathlib.Path(bundle))

def verify(bundle, path="model", key="key.pub"):
    config = verifying.Config().use_elliptic_key_verifier(public_key=pathlib.Path(key))
    config.verify(pathlib.Path(path), pathlib.Path(bundle))

told = {}
for name, (function, words, named) in json.loads(sys.argv[1]).items():
    try:
        {"cli": cli, "sign": sign, "verify": verify}[function](*words, **named)
        told[name] = ""
    except BaseException as error:
        told[name] = f"{type(error).__name__}: {error}"
print("\\n" + json.dumps(told))
"""
OURS = {
    "ours-key": (),
    "ours-blake3": ("--hash", "blake3"),
    "ours-ignoring": ("--ignore-paths", "config.json"),
    "ours-links": ("--allow-symlinks",),
    "ours-certificate": ("--certificate-chain", "chain.pem"),
    "ours-p384": ("--key", "p384.pem"),
    "ours-p521": ("--key", "p521.pem"),
}
THEIRS: dict[str, dict[str, Any]] = {
    "theirs-key": {},
    "theirs-blake2": {"hashing_algorithm": "blake2"},
    "theirs-blake3": {"hashing_algorithm": "blake3"},
    "theirs-shards": {"shard_size": 5},
    "theirs-shards-blake2": {"shard_size": 7, "hashing_algorithm": "blake2"},
    "theirs-file": {"path": "model/config.json"},
    "theirs-certificate": {"certificate": True},
}
KEY_WORDS = ("--public_key", "key.pub")
ASKED: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "ours-key": (
        "cli",
        ("verify", "key", *KEY_WORDS, "--signature", "ours-key.sig", "model"),
        {},
    ),
    "ours-certificate": (
        "cli",
        (
            *("verify", "certificate", "--certificate_chain", "root.pem"),
            *("--signature", "ours-certificate.sig", "model"),
        ),
        {},
    ),
    "ours-blake3": ("verify", ("ours-blake3.sig",), {}),
    "ours-ignoring": ("verify", ("ours-ignoring.sig",), {}),
    "ours-links": ("verify", ("ours-links.sig",), {}),
    "ours-p384": ("verify", ("ours-p384.sig",), {"key": "p384.pub"}),
    "ours-p521": ("verify", ("ours-p521.sig",), {"key": "p521.pub"}),
    "ours-of-another": ("verify", ("ours-key.sig",), {"path": "other"}),
    **{name: ("sign", (f"{name}.sig",), named) for name, named in THEIRS.items()},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a model and all keys, in the folder everything happens in."""
    place = tmp_path_factory.mktemp("reference")
    for name, content in (("config.json", b"{}"), ("sub/a.bin", bytes(range(50)))):
        (place / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "model" / name).write_bytes(content)
    (place / "model/.git").mkdir()
    (place / "model/.git/HEAD").write_text("ref: refs/heads/main\n")
    (place / "other").mkdir()
    (place / "other/config.json").write_text("[]")
    for stem, key in (("key", KEY), ("p384", P384), ("p521", P521)):
        (place / f"{stem}.pem").write_bytes(private_pem(key))
        (place / f"{stem}.pub").write_bytes(public_pem(key))
    long = {"days": (-20_000, 20_000)}
    parts = {"leaf": leaf(**long), "middle": middle(**long), "root": root(**long)}
    for stem, one in parts.items():
        (place / f"{stem}.pem").write_bytes(pem(one))
    (place / "chain.pem").write_bytes(pem(parts["middle"], parts["leaf"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("WEIGHBRIDGE_ENGINE", "here")
        patch.setenv("WEIGHBRIDGE_KEYS", str(place / "keys"))
        yield place


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, str]:
    """Sign as we do, and return what the reference says of it and of its own signing."""
    for name, words in OURS.items():
        key = () if "--key" in words else ("--key", "key.pem")
        to = ("--output", f"{name}.sig")
        assert main(["sign", "model", "--format", "oms", *key, *words, *to]) == 0
    done = subprocess.run(
        [model_signing_python(), "-c", SCRIPT, json.dumps(ASKED)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", OURS)
def test_the_reference_accepts_what_we_sign(told: dict[str, str], name: str) -> None:
    assert told[name] == ""


def test_the_reference_would_say_if_it_did_not(told: dict[str, str]) -> None:
    assert "mismatch" in told["ours-of-another"]


@pytest.mark.parametrize("name", THEIRS)
def test_we_accept_what_the_reference_signs(told: dict[str, str], name: str) -> None:
    assert told[name] == ""
    path = THEIRS[name].get("path", "model")
    trust = ["--certificate-chain", "root.pem"] if "certificate" in name else ["--key", "key.pub"]
    words = ["verify", path, "--bundle", f"{name}.sig", *trust]
    assert main([*words, "--ignore-paths", ".git"]) == 0
    # It leaves out what lies in .git, so nobody vouches for that: whoever verifies must say so.
    assert main(words) == (0 if path != "model" else 1)
