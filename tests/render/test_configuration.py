from __future__ import annotations

import json
from typing import Any

import pytest

from tests.render.orders import release_of
from weighbridge.model.rendering import Order
from weighbridge.render.configuration import Configuration, configuration

DIGEST = "sha256:" + "0123456789abcdef" * 4


class Said:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.refusals: list[tuple[str, str]] = []
        self.notices: list[str] = []

    def refuse(
        self, message: str, pointer: str = "", *alternatives: str, seen: str = "", wanted: str = ""
    ) -> None:
        del alternatives, seen, wanted
        self.refusals.append((message, pointer))

    def notice(self, message: str) -> None:
        self.notices.append(message)


def configured(
    spec: dict[str, Any] | None = None, server: str = ""
) -> tuple[Configuration, list[tuple[str, str]]]:
    release = release_of({"spec": spec or {}})
    order = Order(release=release, digest=DIGEST, version="1", options={"server": server})
    said = Said()
    return configuration(order, said, system="kserve"), said.refusals


def parameter(**more: object) -> dict[str, Any]:
    return {"kind": "inference", "type": "integer", "value": 4, "description": "It.", **more}


def test_variables_say_of_which_release_all_is_and_how_it_traces() -> None:
    found, refusals = configured()
    assert not refusals
    assert list(found.variables) == sorted(found.variables)
    assert found.variables["WEIGHBRIDGE_RELEASE"] == DIGEST
    assert found.variables["OTEL_SERVICE_NAME"] == "file-type-detector"
    assert f"weighbridge.release={DIGEST}" in found.variables["OTEL_RESOURCE_ATTRIBUTES"]
    assert found.variables["OTEL_TRACES_SAMPLER_ARG"] == "0.05"
    assert found.variables["OMP_NUM_THREADS"] == "2"
    assert found.arguments == ("--verbose", "--max-batch-size=32")


def test_resource_attributes_are_encoded_as_baggage_is() -> None:
    release = release_of({"metadata": {"version": "1.0.0+a"}})
    order = Order(release=release, digest=DIGEST, version="1", options={"server": ""})
    found = configuration(order, Said(), system="kubernetes")
    assert "service.version=1.0.0%2Ba," in found.variables["OTEL_RESOURCE_ATTRIBUTES"]


def test_what_the_manifest_sets_itself_is_left_alone() -> None:
    own = {"OMP_NUM_THREADS": "7", "OTEL_SERVICE_NAME": "mine", "PATH": "/bin"}
    found, refusals = configured({"environment": {"system": {"env": own}}})
    assert not refusals
    assert {name: found.variables[name] for name in own} == own


def test_parameters_go_where_mapsto_says() -> None:
    found, refusals = configured(
        {
            "parameters": {
                "max_batch_size": None,
                "a": parameter(mapsTo={"env": "A", "kserve": "timeout", "other": "x"}),
                "b": parameter(type="number", value="0.5", mapsTo={"args": "-b"}),
                "c": parameter(type="boolean", value=True, mapsTo={"vllm": "enable_c"}),
                "d": parameter(type="string", value="x y", mapsTo={"env": "D", "sglang": "d"}),
            }
        },
        server="vllm",
    )
    assert not refusals
    assert found.variables["A"] == "4"
    assert found.variables["D"] == "x y"
    assert found.arguments[1:] == ("-b=0.5", "--enable-c=true")
    assert found.knobs == {"timeout": (4, "a")}
    known = json.loads(found.files["parameters.json"])
    assert known == {"a": 4, "b": 0.5, "c": True, "d": "x y"}


@pytest.mark.parametrize(
    ("spec", "words", "pointer"),
    [
        (
            {"parameters": {"a": parameter(value=None)}},
            "parameter a has no value",
            "/spec/parameters/a",
        ),
        (
            {
                "parameters": {"a": parameter(mapsTo={"env": "GREETING"})},
            },
            "parameter a sets GREETING",
            "/spec/parameters/a/mapsTo/env",
        ),
        (
            {"parameters": {"a": parameter(mapsTo={"args": "a b"})}},
            "no option of a command",
            "/spec/parameters/a/mapsTo/args",
        ),
        (
            {"environment": {"system": {"env": {"A-B": "1"}}}},
            "no shell knows",
            "/spec/environment/system/env/A-B",
        ),
    ],
)
def test_what_cannot_be_set_is_refused(spec: dict[str, Any], words: str, pointer: str) -> None:
    _, refusals = configured(spec)
    (refusal,) = refusals
    assert words in refusal[0]
    assert refusal[1] == pointer


def test_two_parameters_may_set_one_variable_to_the_same() -> None:
    same = {"mapsTo": {"env": "A"}}
    _, refusals = configured({"parameters": {"a": parameter(**same), "b": parameter(**same)}})
    assert not refusals


def test_files_hold_flags_services_and_how_it_logs_and_no_secret() -> None:
    found, _ = configured()
    files = {name: json.loads(text) for name, text in found.files.items()}
    assert files["release.json"]["digest"] == DIGEST
    assert files["flags.json"]["flags"]["strict_labels"]["defaultVariant"] == "on"
    assert files["services.json"]["blocklist"]["variable"] == "BLOCKLIST_TOKEN"
    assert files["logs.json"] == {"format": "json", "level": "info"}
    (secret,) = found.secrets
    assert (secret.variable, secret.provider, secret.version) == ("BLOCKLIST_TOKEN", "vault", "7")
    assert secret.pointer == "/spec/externalServices/0/auth/secretRef"


def test_what_is_not_there_has_no_file() -> None:
    found, _ = configured(
        {"flags": None, "externalServices": None, "observability": None, "parameters": None}
    )
    assert set(found.files) == {"release.json", "parameters.json"}
    assert found.secrets == ()
    assert "OTEL_PROPAGATORS" not in found.variables


@pytest.mark.parametrize(
    ("service", "key", "variable"),
    [
        ("blocklist", "token", "BLOCKLIST_TOKEN"),
        ("a.b-c", "x/y", "A_B_C_X_Y"),
        ("3d", None, "SERVICE_3D_SECRET"),
    ],
)
def test_a_secret_arrives_in_a_variable_of_service_and_key(
    service: str, key: str | None, variable: str
) -> None:
    kept = {"provider": "vault", "name": "a", **({"key": key} if key else {})}
    one = {
        "name": service,
        "endpoint": "https://a.example.com",
        "auth": {"scheme": "bearer", "secretRef": kept},
        "timeout": "1s",
        "fallback": "none",
    }
    found, _ = configured({"externalServices": [one]})
    assert found.secrets[0].variable == variable


def test_a_service_without_a_secret_names_no_variable() -> None:
    one = {
        "name": "a",
        "endpoint": "https://a.example.com",
        "auth": {"scheme": "none"},
        "timeout": "1s",
        "fallback": "none",
    }
    found, _ = configured({"externalServices": [one]})
    assert found.secrets == ()
    assert "variable" not in json.loads(found.files["services.json"])["a"]
