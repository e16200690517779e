from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.address import without_credentials


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        ("https://user:secret@host/x", "https://host/x"),
        ("https://ghp_token@host/x", "https://host/x"),
        ("HTTPS://user:a@b@host:8443/x", "HTTPS://host:8443/x"),
        ("git+https://user:secret@host/x@main", "git+https://host/x@main"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("ssh://git:secret@host/x", "ssh://git@host/x"),
        ("git+ssh://git:secret@host/x", "git+ssh://git@host/x"),
        ("ssh://:secret@host/x", "ssh://host/x"),
        ("git@host:group/x", "git@host:group/x"),
        ("https://host/x@y", "https://host/x@y"),
        ("../x", "../x"),
        ("-e git+https://u:secret@host/x", "-e git+https://host/x"),
    ],
)
def test_credentials_are_left_out(address: str, printed: str) -> None:
    assert without_credentials(address) == printed


@given(
    st.sampled_from(["https", "git+ssh", "ftp"]),
    st.text("abcdef0123456789:!$&'()*+,;=", min_size=1),
)
def test_no_password_is_ever_left(scheme: str, password: str) -> None:
    assert "SECRET" not in without_credentials(f"{scheme}://user:SECRET{password}@host/path")
