from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.key_place import KeyPlaceError, read_key_place

UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = "arn:aws:kms:eu-central-1:111122223333:"
GCP = "projects/p/locations/europe/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"
AZURE = "//acme.vault.azure.net/keys/release"
VERSION = "0123456789abcdef0123456789abcdef"
TOKEN = "pkcs11:token=t;object=k?module-path=/l.so"  # noqa: S105 - a URI
SECRET = "hunter2"  # noqa: S105 - stands for one


@pytest.mark.parametrize(
    "uri",
    [
        f"awskms:{UUID}",
        f"awskms:mrk-{VERSION}",
        "awskms:alias/team/release_1",
        f"awskms:{ARN}key/{UUID}",
        f"awskms:{ARN}alias/release",
        f"awskms:arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-{VERSION}",
        f"gcpkms:{GCP}",
        f"azurekms:{AZURE}/{VERSION}",
        "hv:release/1",
        "hv:team.release_2-x/10",
        TOKEN,
        f"{TOKEN}&pin-source=file:///run/pin",
    ],
)
def test_a_place_is_read_whole(uri: str) -> None:
    place = read_key_place(uri)
    assert place.uri == uri
    assert f"{place.service}:{place.name}" == uri
    assert place.networked is not uri.startswith("pkcs11:")
    assert place.region == (uri.split(":")[4] if "arn:" in uri else "")


@pytest.mark.parametrize("uri", [f"azurekms:{AZURE}", "hv:release"])
def test_a_version_may_be_left_to_the_place_at_first_alone(uri: str) -> None:
    assert read_key_place(uri, whole=False).uri == uri
    with pytest.raises(KeyPlaceError, match="does not say which version"):
        read_key_place(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "release",
        f"file:/{SECRET}",
        "awskms:",
        f"AWSKMS:{UUID}",
        f"awskms:{SECRET}",
        "awskms:AKIAIOSFODNN7EXAMPLE",
        f"awskms:///{UUID}",
        f"awskms:{UUID}?token={SECRET}",
        f"awskms:key/{UUID}",
        f"gcpkms:{GCP}/x",
        "gcpkms:" + GCP.removesuffix("/cryptoKeyVersions/1"),
        f"gcpkms:{GCP}?access_token={SECRET}",
        f"azurekms://user:{SECRET}@acme.vault.azure.net/keys/release",
        "azurekms://acme.vault.azure.net.example.com/keys/release",
        "azurekms://example.com/acme.vault.azure.net/keys/release",
        f"azurekms:{AZURE}/1",
        f"hv:hvs.CAESI{SECRET}",
        f"hv:s.{SECRET}",
        f"hv:release/1?token={SECRET}",
        "hv:../../sys/seal/1",
        "hv:release/0",
        "hv:release/\u0661",
        "hv:release/1\n",
        " hv:release/1",
        f"hv:{'a' * 3000}/1",
        f"pkcs11:object=k?module-path=/l.so&pin-value={SECRET}",
        f"{TOKEN}&pin-source=|cat {SECRET}",
        f"{TOKEN}&pin-source=|{SECRET}",
        f"{TOKEN}&pin-source=pin",
    ],
)
def test_what_is_no_place_is_refused_and_not_repeated(uri: str) -> None:
    for whole in (True, False):
        with pytest.raises(KeyPlaceError) as caught:
            read_key_place(uri, whole=whole)
        assert SECRET not in str(caught.value) + caught.value.wanted
        assert caught.value.wanted


@given(
    st.text("aZ0/:;?=&%@.|-_ \n", max_size=40),
    st.sampled_from(["", "awskms:", "gcpkms:", "hv:", "pkcs11:"]),
)
def test_any_text_is_read_or_refused(text: str, scheme: str) -> None:
    try:
        place = read_key_place(scheme + text)
    except KeyPlaceError:
        return
    assert place.uri == scheme + text
