"""Settings of a server: what is read, and what is refused."""

from __future__ import annotations

import pytest

from weighbridge.codec.server_settings import read_server_settings
from weighbridge.model.errors import SettingsError
from weighbridge.model.team.account import Scope

WHOLE = """
public-url = "https://weighbridge.example"
anonymous = "read"
[oidc]
issuer = "https://login.example"
client-id = "weighbridge"
[roles]
"ml" = ["ml-lead", "scope:run"]
[[ci]]
issuer = "https://ci.example"
audience = "weighbridge"
claims = {repository = "org/*"}
person = "ci"
scopes = ["read"]
roles = ["checker"]
[proxy]
trusted = ["10.0.0.0/8"]
[limits]
requests-per-minute = 60
[telemetry]
otlp-endpoint = "http://127.0.0.1:4318"
[signing]
keys = "keys"
passphrase-file = "passphrase"
"""
CI = '[[ci]]\nissuer="https://c.example"\naudience="a"\nperson="p"\nscopes=["read"]\n'


def test_every_table_is_read() -> None:
    settings = read_server_settings(WHOLE, "server.toml")
    assert settings.oidc is not None
    assert settings.oidc.client_id == "weighbridge"
    assert settings.ci[0].claims == {"repository": "org/*"}
    assert (settings.ci[0].lifetime, settings.ci[0].roles) == (900, frozenset({"checker"}))
    assert (settings.trusted, settings.limits.requests_per_minute) == (("10.0.0.0/8",), 60)
    assert settings.otlp_endpoint == "http://127.0.0.1:4318"
    assert settings.anonymous == "read"
    assert settings.signing is not None
    assert (settings.signing.keys, settings.signing.passphrase_file) == ("keys", "passphrase")


def test_groups_grant_roles_and_scopes() -> None:
    settings = read_server_settings(WHOLE, "server.toml")
    usual = frozenset({Scope.READ, Scope.WRITE})
    assert settings.granted(["ml", "others"]) == (frozenset({"ml-lead"}), usual | {Scope.RUN})
    assert settings.granted([]) == (frozenset[str](), usual)
    assert settings.roles is not None
    less = read_server_settings('[scopes]\ndefault = ["read"]', "server.toml")
    assert less.granted([])[1] == {Scope.READ}
    assert less.roles is None
    assert read_server_settings("[roles]", "server.toml").roles == {}


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ('\npublic-ulr = "https://a.example"', "is not a setting", 2),
        ('public-url = "http://a.example"', "begins with https", 1),
        ('public-url = "https://u:p@a.example"', "begins with https", 1),
        ('anonymous = "write"', "one of nothing, read", 1),
        ('[oidc]\nissuer = "https://a.example"', "has no client-id", 1),
        ('[roles]\nml = ["scope:root"]', "has scopes out of", 2),
        (CI, "has no claims", 1),
        (CI + "claims = {}", "what a job's token must say", 6),
        (CI + 'claims = {repository = "*"}', "exact, or a beginning", 1),
        (CI + 'claims = {a = "b"}\nlifetime = 3601', "at most 3600", 7),
        (
            CI + 'claims = {a = "b"}\n[oidc]\nissuer = "https://c.example"\nclient-id = "a"',
            "another than people's tokens have",
            3,
        ),
        ('[proxy]\ntrusted = ["10.0.0.1/8"]', "list of networks", 2),
        ('[signing]\nkeys = "k"\npassphrase-file = "p"', "goes with", 1),
        ('[signing]\nkeys = "k"', "has no passphrase-file", 1),
        ("[limits]\nbody = true", "whole number", 2),
    ],
)
def test_what_is_no_setting_is_refused_with_its_line(text: str, said: str, line: int) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        read_server_settings(text, "server.toml")
    where = caught.value.faults[0].location
    assert where is not None
    assert where.line == line
