from __future__ import annotations

import pytest

from tests.codec.samples import MINIMAL, faults_of, place
from weighbridge.codec import faults

READS = "this weighbridge reads weighbridge.dev/v1 and weighbridge.dev/v1alpha1"
UPGRADE = f"{READS}; upgrade weighbridge to read it"


@pytest.mark.parametrize(
    ("version", "message", "advice"),
    [
        ("weighbridge.dev/v2", "is written for a newer weighbridge: weighbridge.dev/v2", UPGRADE),
        ("weighbridge.dev/v1beta7", "a newer weighbridge: weighbridge.dev/v1beta7", UPGRADE),
        ("weighbridge.dev/v1alpha2", "a newer weighbridge: weighbridge.dev/v1alpha2", UPGRADE),
        ("weighbridge.dev/v3alpha1", "a newer weighbridge: weighbridge.dev/v3alpha1", UPGRADE),
        ("weighbridge.dev/v123456789", "weighbridge: weighbridge.dev/v123456789", UPGRADE),
        ("weighbridge.dev/v1alpha0",
         "this is written for weighbridge.dev/v1alpha0, which is no longer read",
         f"{READS}; write it anew in the form of weighbridge.dev/v1"),
        ("serving.kserve.io/v1beta1",
         "this is a document of serving.kserve.io, not of weighbridge.dev", READS),
        ("apps/v1", "this is a document of apps, not of weighbridge.dev", READS),
        ("weighbridge.dev/v1aplha1", "weighbridge.dev/v1aplha1 is no version of weighbridge.dev",
         "did you mean `weighbridge.dev/v1alpha1`?"),
        ("weighbrige.dev/v1", "weighbrige.dev/v1 is no version",
         "did you mean `weighbridge.dev/v1`?"),
        ("weighbridge/v1", "weighbridge/v1 is no version", "did you mean `weighbridge.dev/v1`?"),
        ("WeighBridge.dev/V1", "is no version", "did you mean `weighbridge.dev/v1`?"),
        ("weighbridge.dev/v01", "is no version", "did you mean `weighbridge.dev/v1`?"),
        ("weighbridge.dev/v1.0", "is no version", "did you mean `weighbridge.dev/v1`?"),
        ("v1", "v1 is no version of weighbridge.dev", "did you mean `weighbridge.dev/v1`?"),
        ("V1alpha1", "V1alpha1 is no version", "did you mean `weighbridge.dev/v1alpha1`?"),
        ("two", "two is no version of weighbridge.dev", READS),
        ("weighbridge.dev/", "is no version of weighbridge.dev",
         "did you mean `weighbridge.dev/v1`?"),
        ("weighbridge.dev/" + "v" * 99, "is no version of weighbridge.dev", READS),
    ],
)  # fmt: skip
def test_a_version_that_is_not_read_has_words_of_its_own(
    version: str, message: str, advice: str
) -> None:
    (fault,) = faults_of(MINIMAL.replace("weighbridge.dev/v1", version))
    assert (fault.code, place(fault)) == (faults.WRONG_KIND, "1:13 /apiVersion")
    assert fault.message.endswith(message) or message in fault.message
    assert fault.help == (advice,)
    assert fault.seen == f"apiVersion: {version}"
    assert fault.wanted == "apiVersion: weighbridge.dev/v1"


@pytest.mark.parametrize("written", ["1", "[weighbridge.dev/v1]", "", "{v: 1}", "true"])
def test_what_is_no_text_is_no_version(written: str) -> None:
    (fault,) = faults_of(MINIMAL.replace("weighbridge.dev/v1", written))
    assert fault.message == "this is not a ModelRelease of weighbridge.dev/v1"


def test_sealed_bytes_of_a_newer_schema_are_refused_by_name() -> None:
    sealed = b'{"apiVersion":"weighbridge.dev/v2","kind":"ModelRelease","metadata":{}}'
    (fault,) = faults_of(sealed, "demo@1.0.0")
    assert fault.message == "this is written for a newer weighbridge: weighbridge.dev/v2"
    assert str(fault.location) == "demo@1.0.0:1:15"
    assert fault.help == (UPGRADE,)
