from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.oci_reference import (
    OciAddress,
    OciReferenceError,
    check_repository,
    is_loopback,
    parse,
)

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("oci://h/a", OciAddress(host="h", repository="a")),
        (
            "oci://H.Example:5000/a/b:v1",
            OciAddress(host="h.example:5000", repository="a/b", tag="v1"),
        ),
        (f"oci://h/a@{DIGEST}", OciAddress(host="h", repository="a", digest=DIGEST)),
        (f"oci://h/a:t@{DIGEST}", OciAddress(host="h", repository="a", tag="t", digest=DIGEST)),
        ("oci://[::1]:5000/a", OciAddress(host="[::1]:5000", repository="a")),
        ("oci://127.0.0.1/a__b--c.d_e", OciAddress(host="127.0.0.1", repository="a__b--c.d_e")),
    ],
)
def test_an_address_is_read_and_written(text: str, address: OciAddress) -> None:
    assert parse(text) == address
    assert parse(str(address)) == address


def test_a_digest_counts_before_a_tag() -> None:
    assert parse(f"oci://h/a:t@{DIGEST}").reference == DIGEST
    assert parse("oci://h/a:t").reference == "t"
    assert parse("oci://h/a").reference == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("docker://h/a", "begin with"),
        ("h/a", "begin with"),
        ("oci://h", "no repository"),
        ("oci:///a", "no host"),
        ("oci://h/", "no repository"),
        ("oci://anna:secret@h/a", "password"),
        ("oci://h:0/a", "no port"),
        ("oci://h:65536/a", "no port"),
        ("oci://h:/a", "no host"),
        ("oci://-h/a", "no host"),
        ("oci://h..x/a", "no host"),
        ("oci://[127.0.0.1]/a", "no host"),
        ("oci://[::g]/a", "no host"),
        ("oci://::1/a", "no host"),
        ("oci://h/A", "no repository"),
        ("oci://h/a//b", "no repository"),
        ("oci://h/a/", "no repository"),
        ("oci://h/../a", "no repository"),
        ("oci://h/a___b", "no repository"),
        ("oci://h/a..b", "no repository"),
        ("oci://h/a?b", "no repository"),
        ("oci://h/a%2fb", "no repository"),
        ("oci://h/a:", "no tag"),
        ("oci://h/a:.t", "no tag"),
        ("oci://h/a:" + "t" * 129, "no tag"),
        ("oci://h/a@", "no digest"),
        ("oci://h/a@sha256:00", "no digest"),
        ("oci://h/a@md5:" + "0" * 32, "no digest"),
        ("oci://h/" + "a" * 254, "more than 255"),
        ("oci://" + "h" * 300 + "/a", "no host"),
        ("oci://h/a\n", "no repository"),
    ],
)
def test_what_is_no_address_is_refused(text: str, said: str) -> None:
    with pytest.raises(OciReferenceError, match=said) as caught:
        parse(text)
    assert "secret" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse("oci://h/" + text)
    except OciReferenceError:
        return
    check_repository(address.repository)
    assert str(address) == "oci://h/" + text


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("localhost", True),
        ("LOCALHOST:5000", True),
        ("127.0.0.1:5000", True),
        ("127.8.9.1", True),
        ("[::1]:5000", True),
        ("::1", True),
        ("128.0.0.1", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("0.0.0.0", False),  # noqa: S104 - listened on by nobody
        ("2130706433", False),
        ("h:x", False),
    ],
)
def test_this_machine_is_known(host: str, *, found: bool) -> None:
    assert is_loopback(host) is found
