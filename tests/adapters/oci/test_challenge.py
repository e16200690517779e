from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.adapters.oci.authorization import is_of_house
from weighbridge.adapters.oci.challenge import Challenge, read_challenges


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('Basic realm="x"', [Challenge("basic", {"realm": "x"})]),
        ("Basic", [Challenge("basic")]),
        (
            'Bearer realm="https://a/token",service="s",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer",
                    {
                        "realm": "https://a/token",
                        "service": "s",
                        "scope": "repository:a/b:pull,push",
                    },
                )
            ],
        ),
        (
            'Negotiate, BEARER Realm = "a \\"b\\"" , service=plain, Basic realm="c"',
            [
                Challenge("negotiate"),
                Challenge("bearer", {"realm": 'a "b"', "service": "plain"}),
                Challenge("basic", {"realm": "c"}),
            ],
        ),
        ('Bearer realm="first",realm="second"', [Challenge("bearer", {"realm": "first"})]),
        ('realm="of nobody"', []),
        ('Bearer realm="open', [Challenge("bearer")]),
        ("", []),
    ],
)
def test_challenges_are_read(header: str, found: list[Challenge]) -> None:
    assert read_challenges([header]) == found


@given(st.lists(st.text()))
def test_any_header_can_be_read(headers: list[str]) -> None:
    assert all(
        challenge.scheme.islower() or challenge.scheme for challenge in read_challenges(headers)
    )


@pytest.mark.parametrize(
    ("realm", "registry", "found"),
    [
        ("ghcr.io", "ghcr.io", True),
        ("auth.docker.io", "registry-1.docker.io", True),
        ("gitlab.example.org", "registry.gitlab.example.org", True),
        ("auth.example.org", "registry.example.org", True),
        ("auth.ghcr.io", "ghcr.io", True),
        ("example.org", "registry.example.org", True),
        ("evil.example", "registry.example.org", False),
        ("evilexample.org", "registry.example.org", False),
        ("other.io", "ghcr.io", False),
        ("evil.co.uk", "registry.co.uk", False),
        ("auth.shop.co.uk", "registry.shop.co.uk", True),
        ("10.0.0.2", "10.0.0.1", False),
        ("0.0.1", "10.0.0.1", False),
        ("::2", "::1", False),
        ("auth.localhost", "localhost", False),
    ],
)
def test_a_credential_goes_to_realms_of_the_registrys_house(
    realm: str, registry: str, *, found: bool
) -> None:
    assert is_of_house(realm, registry) is found
