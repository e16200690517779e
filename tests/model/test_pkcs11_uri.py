from __future__ import annotations

import pytest

from weighbridge.model.pkcs11_uri import Pkcs11Uri, Pkcs11UriError, read_pkcs11_uri

MODULE = "module-path=/usr/lib/x.so"


def test_a_uri_names_token_key_library_and_where_the_pin_is() -> None:
    text = (
        "pkcs11:token=my%20token;manufacturer=m;serial=1;model=x;object=k%3Bey;id=%01%ff;type=private"
        f"?{MODULE}&pin-source=file:/run/pin"
    )
    assert read_pkcs11_uri(text) == Pkcs11Uri(
        token="my token",  # noqa: S106 - the label of one
        manufacturer="m",
        serial="1",
        model="x",
        label="k;ey",
        id=b"\x01\xff",
        module_path="/usr/lib/x.so",
        pin_source="/run/pin",
    )


@pytest.mark.parametrize("source", ["/run/pin", "file:/run/pin", "file:///run/pin"])
def test_the_pins_file_may_be_written_as_a_uri(source: str) -> None:
    found = read_pkcs11_uri(f"pkcs11:object=k?{MODULE}&pin-source={source}")
    assert found.pin_source == "/run/pin"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("file:/x", "does not begin"),
        (f"pkcs11:token=x?{MODULE}", "names no key"),
        ("pkcs11:object=k", "which library"),
        ("pkcs11:object=k?module-path=x.so", "which library"),
        (f"pkcs11:object=k?{MODULE}&pin-value=1234", "PIN itself"),
        (f"pkcs11:object=k?{MODULE}&pin-source=|cat", "a program"),
        (f"pkcs11:object=k;type=public?{MODULE}", "private key"),
        (f"pkcs11:object=k;color=red?{MODULE}", "'color' is no attribute"),
        (f"pkcs11:object?{MODULE}", "'object' is no attribute"),
        (f"pkcs11:object=k;object=l?{MODULE}", "stands twice"),
    ],
)
def test_what_is_no_such_uri_is_refused(text: str, why: str) -> None:
    with pytest.raises(Pkcs11UriError, match=why) as caught:
        read_pkcs11_uri(text)
    assert "1234" not in str(caught.value)
