"""Keys in Google Cloud KMS and Azure Key Vault, as far as they can be tried without either.

The signers are securesystemslib's own; the SDKs below them are stand-ins of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.adapters.elsewhere.standins import VERSION
from tests.house.tree import ROOT
from weighbridge.adapters.elsewhere.azure import AzureKeyVault
from weighbridge.adapters.elsewhere.gcp import GoogleKms
from weighbridge.adapters.elsewhere.interface import Trouble
from weighbridge.adapters.elsewhere.opening import find_elsewhere
from weighbridge.model.errors import UnavailableError
from weighbridge.model.key_place import read_key_place

GCP = "gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"
AZURE = "azurekms://acme.vault.azure.net/keys/release"


def ask(*uris: str, **environ: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.elsewhere.standins", *uris],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_key_on_p256_signs() -> None:
    whole = f"{AZURE}/{VERSION}"
    older = f"{AZURE}/{VERSION[::-1]}"
    assert ask(GCP, AZURE, whole, older) == [
        [GCP, "p256"],
        [whole, "p256"],
        [whole, "p256"],
        ["WB160", "that is not the newest version of the key"],
    ]


def test_a_key_on_p384_signs() -> None:
    assert ask(GCP, AZURE, STANDIN_LONG="1") == [[GCP, "p384"], [f"{AZURE}/{VERSION}", "p384"]]


def test_what_the_sdks_say_becomes_an_error_of_ours() -> None:
    found = ask(GCP, AZURE, STANDIN_REFUSAL="PermissionDenied 403")
    assert found == [
        ["WB152", "Google Cloud KMS does not let you"],
        ["WB152", "Azure Key Vault does not let you"],
    ]


@pytest.mark.parametrize(
    ("name", "status", "trouble"),
    [
        ("ResourceExhausted", 429, Trouble.THROTTLED),
        ("NotFound", 404, Trouble.NO_KEY),
        ("ServiceUnavailable", 503, Trouble.AWAY),
        ("NeverHeardOf", 418, None),
    ],
)
def test_errors_are_told_by_name_and_status(
    name: str, status: int, trouble: Trouble | None
) -> None:
    error = type(name, (Exception,), {"status_code": status})()
    assert GoogleKms().trouble(error) == AzureKeyVault().trouble(error) == trouble


@pytest.mark.parametrize(("uri", "extra"), [(GCP, "gcp"), (AZURE, "azure")])
def test_without_the_sdk_the_extra_is_named(uri: str, extra: str) -> None:
    with pytest.raises(UnavailableError, match="need an extra") as caught:
        find_elsewhere(read_key_place(uri, whole=False))
    assert caught.value.faults[0].help == (f'pip install "weighbridge[{extra}]"',)
