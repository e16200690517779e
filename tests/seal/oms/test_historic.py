"""Bundles of the reference since v0.2 stay readable (OMS 11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seal.oms.papers import NOW, public_pem
from tests.seal.oms.papers import P384 as STRANGER
from weighbridge.seal.oms.bundle import read_model_bundle
from weighbridge.seal.oms.certificates import read_certificates
from weighbridge.seal.oms.judging import judge_certificates, judge_key
from weighbridge.seal.oms.keys import read_model_key
from weighbridge.seal.oms.manifest import read_manifest
from weighbridge.seal.oms.refusal import RefusedError

FILES = Path(__file__).with_name("files")
MODEL = {"signme-1", "signme-2"}


def bundle(name: str) -> bytes:
    return (FILES / f"{name}.sig").read_bytes()


@pytest.mark.parametrize("version", ["v0.2.0", "v0.3.1", "v1.0.1", "v1.1.0"])
def test_a_key_verifies_what_it_signed(version: str) -> None:
    read = read_model_bundle(bundle(f"{version}-key"))
    key = read_model_key((FILES / "key.pub").read_bytes())
    assert judge_key(read, key).name == ""
    with pytest.raises(RefusedError):
        judge_key(read, read_model_key(public_pem(STRANGER)))
    assert set(read_manifest(read.payload).files) == MODEL


@pytest.mark.parametrize("version", ["v0.2.0", "v1.0.1", "v1.1.0"])
def test_a_certificate_verifies_what_it_signed(version: str) -> None:
    read = read_model_bundle(bundle(f"{version}-certificate"))
    root = read_certificates((FILES / "root.pem").read_bytes())
    signer = judge_certificates(read, root, at=NOW)
    assert signer.path == ("CN=signer", "CN=intermediate-ca", "CN=root-ca")
    assert set(read_manifest(read.payload).files) == MODEL
