from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import HOSTILE, files_of, refused, rendered
from tests.render.watched import WATCHED
from tests.tools import run_tool

if TYPE_CHECKING:
    from pathlib import Path

PLAIN: dict[str, Any] = {"environment": {"system": {"sysctls": None}}}
COMMAND = "{python} serve.py --port {port} --metrics {metricsPort}"


def process(options: dict[str, str] | None = None, **spec: object) -> dict[str, Any]:
    done = rendered("local", options=options, change={"spec": {**PLAIN, **spec}})
    found: dict[str, Any] = json.loads(files_of(done)["process.json"])
    return found


def refusals(options: dict[str, str] | None = None, **spec: object) -> dict[str, tuple[str, ...]]:
    return refused(rendered("local", options=options, change={"spec": {**PLAIN, **spec}}))


def test_the_reference_server_serves_the_one_file_of_onnx_weights() -> None:
    found = process()
    assert (found["server"], found["model"]) == ("reference", "weights/model.onnx")
    assert found["metrics"] == {"path": "/metrics", "port": "requests"}
    assert "command" not in found


def test_a_command_keeps_its_words_and_placeholders_and_takes_the_arguments() -> None:
    found = process({"command": COMMAND})
    assert found["command"] == COMMAND.split()
    assert found["arguments"] == ["--verbose", "--max-batch-size=32"]
    assert found["metrics"]["port"] == "own"


def test_the_folder_of_the_configuration_is_left_to_whoever_starts_it() -> None:
    assert process()["variables"]["WEIGHBRIDGE_CONFIG"] == "{config}"
    own = {"system": {"sysctls": None, "env": {"WEIGHBRIDGE_CONFIG": "/own"}}}
    assert process(environment=own)["variables"]["WEIGHBRIDGE_CONFIG"] == "/own"


def test_a_release_without_a_way_to_serve_it_is_refused_with_what_would_do() -> None:
    card = {"name": "card", "role": "card", "path": "card.md", "digest": f"sha256:{'a' * 64}"}
    [(pointer, alternatives)] = refusals(artifacts=[card]).items()
    assert pointer == "/spec/artifacts"
    assert "command=" in alternatives[0]
    assert "compose" in alternatives[1]
    two = [
        {"name": name, "role": "weights", "path": f"{name}.onnx", "digest": f"sha256:{'a' * 64}"}
        for name in ("first", "second")
    ]
    assert "/spec/artifacts" in refusals(artifacts=two)
    assert not refusals({"command": "serve"}, artifacts=two)


@pytest.mark.parametrize(
    ("command", "said"),
    [("serve {prot}", "did you mean {port}?"), ("serve 'a", "close its quotes"), (" ", "say one")],
)
def test_a_command_that_cannot_be_started_is_refused(command: str, said: str) -> None:
    [alternatives] = refusals({"command": command}).values()
    assert said in alternatives[0]


def test_braces_that_are_no_placeholder_are_left_alone() -> None:
    assert process({"command": "serve '{\"a\": 1}'"})["command"] == ["serve", '{"a": 1}']


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_arrive_as_they_are(text: str) -> None:
    own = {"system": {"sysctls": None, "env": {"TEXT": text}, "args": [text]}}
    found = process({"command": "serve"}, environment=own)
    assert found["variables"]["TEXT"] == text
    assert found["arguments"][0] == text


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        ({"environment": {"system": {"sysctls": [{"name": "a", "value": "1"}]}}}, "sysctls"),
        (
            {
                "environment": {
                    "system": {"sysctls": None},
                    "resources": {"limits": {"accelerators": [{"type": "a/b", "count": 1}]}},
                }
            },
            "accelerators/0",
        ),
        ({"environment": {"system": {"sysctls": None, "env": {"WEIGHBRIDGE_PORT": "1"}}}}, "PORT"),
    ],
)
def test_what_a_process_cannot_have_is_refused(spec: dict[str, Any], pointer: str) -> None:
    [found] = refusals(**spec)
    assert found.endswith(pointer)


def test_limits_it_can_hold_are_held_and_others_said() -> None:
    limits = {"system": {"sysctls": None, "ulimits": [{"name": "nofile", "soft": 64, "hard": 128}]}}
    assert process(environment=limits)["limits"] == [{"name": "nofile", "soft": 64, "hard": 128}]
    told = rendered("local", change={"spec": PLAIN}).notices
    assert any("processor time and memory are not limited" in one for one in told)
    assert any("is not run" in one for one in told)


def test_plain_text_for_others_is_refused_where_it_is_to_be_encrypted() -> None:
    [pointer] = refusals({"bind": "0.0.0.0:8000"})
    assert pointer == "/spec/governance/encryption/inTransit"
    assert not refusals({"bind": "0.0.0.0:8000"}, governance=None)


def test_an_environment_that_is_there_is_not_made() -> None:
    assert refusals({"environment": "/a", "wheels": "/b"})
    conda = {"runtime": {"lock": "conda.lock", "format": "conda"}}
    assert "/spec/dependencies/runtime/format" in refusals(dependencies=conda)
    assert not refusals({"environment": "/a"}, dependencies=conda)


def test_secrets_are_named_and_never_held() -> None:
    [one] = process()["secrets"]
    assert one == {
        "variable": "BLOCKLIST_TOKEN_FILE",
        "from": "file",
        "name": "/etc/weighbridge/secrets/blocklist-token",
    }
    auth = {"scheme": "bearer", "secretRef": {"provider": "env", "name": "TOKEN"}}
    services = [{"name": "list", "endpoint": "https://a.example", "auth": auth}]
    [one] = process(externalServices=services)["secrets"]
    assert one == {"variable": "LIST_SECRET", "from": "env", "name": "TOKEN"}


def test_promtool_takes_the_rules(tmp_path: Path) -> None:
    change = {**WATCHED, "spec": {**WATCHED["spec"], **PLAIN}}
    text = files_of(rendered("local", change=change))["prometheus/rules.yml"]
    file = tmp_path / "rules.yml"
    file.write_text(text)
    done = run_tool("promtool", "check", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    [first, *_] = yaml.safe_load(text)["groups"]
    assert any("failure_mode" in one.get("labels", {}) for one in first["rules"])


def test_a_release_nobody_watches_has_no_rules() -> None:
    done = files_of(
        rendered(
            "local",
            change={"spec": {**PLAIN, "observability": None, "failureModes": None}},
        )
    )
    assert "prometheus/rules.yml" not in done
