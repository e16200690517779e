from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.render.orders import HOSTILE, files_of, refused, rendered, write
from tests.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DIGEST = "sha256:" + "ab" * 32


def run(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a judge of Compose files, with these variables and no others."""
    path = TOOLS / program
    assert path.exists(), f"there is no {path}: run `make tools`"
    return subprocess.run(
        [path, *arguments], env=variables, capture_output=True, text=True, check=False
    )


def read_by_docker(folder: Path, **variables: str) -> dict[str, Any]:
    """Return the service as Docker Compose itself understands it."""
    file = str(folder / "compose.yaml")
    done = run("compose/bin/docker-compose", "-f", file, "config", "--format", "json", **variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def service(
    *, options: Mapping[str, str] | None = None, change: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    done = rendered("compose", options=options, change=change)
    document = yaml.safe_load(files_of(done)["compose.yaml"])
    found: dict[str, Any] = document["services"]["model"]
    return found


def secret(**reference: str) -> dict[str, Any]:
    kept = {"name": "api", "endpoint": "https://api.example.com"}
    auth = {"scheme": "bearer", "secretRef": reference}
    return {"spec": {"externalServices": [kept | {"auth": auth}]}}


def system(**own: object) -> dict[str, Any]:
    return {"spec": {"environment": {"system": own}}}


@pytest.mark.parametrize("version", ["2.20.3", "2.23.3", "2.35.1", "2.40.3", "5.6.1"])
def test_the_published_schema_takes_what_is_rendered(version: str, tmp_path: Path) -> None:
    folder = write(rendered("compose", version=version), tmp_path)
    told = run(
        *("validators/bin/check-jsonschema", "--builtin-schema", "vendor.compose-spec"),
        str(folder / "compose.yaml"),
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(("right", "typo"), [("read_only", "readonly"), ("limits", "limit")])
def test_both_judges_see_a_typo(right: str, typo: str, tmp_path: Path) -> None:
    file = write(rendered("compose"), tmp_path) / "compose.yaml"
    file.write_text(file.read_text().replace(f"{right}:", f"{typo}:"))
    by_schema = run(
        *("validators/bin/check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(file))
    )
    by_docker = run("compose/bin/docker-compose", "-f", str(file), "config", "--quiet")
    assert by_schema.returncode == 1
    assert typo in by_schema.stdout
    assert by_docker.returncode == 1
    assert typo in by_docker.stderr


def test_docker_compose_reads_what_the_manifest_says(tmp_path: Path) -> None:
    found = read_by_docker(write(rendered("compose"), tmp_path))
    model = found["services"]["model"]
    assert found["name"] == "file-type-detector"
    assert model["image"].endswith("@sha256:" + "8ee89711" + model["image"][-56:])
    assert model["environment"]["MAX_BATCH_SIZE"] == "32"
    assert model["command"] == ["--verbose", "--max-batch-size=32"]
    assert model["deploy"]["resources"]["limits"] == {"cpus": 1.5, "memory": str(512 << 20)}
    assert model["deploy"]["resources"]["reservations"] == {"memory": str(256 << 20)}
    assert model["cpu_shares"] == 512
    assert model["sysctls"] == {"net.ipv4.tcp_fin_timeout": "30"}
    assert {one["host_ip"] for one in model["ports"]} == {"127.0.0.1"}
    assert model["read_only"] is True
    assert model["stop_grace_period"] == "30s"


def test_any_text_reaches_the_container_as_it_is(tmp_path: Path) -> None:
    change = system(env={f"T{at}": text for at, text in enumerate(HOSTILE)}, args=HOSTILE)
    folder = write(rendered("compose", change=change), tmp_path)
    model = read_by_docker(folder, HOME="of the machine")["services"]["model"]
    # `config` prints what can be read again: a dollar sign twice.
    seen = [model["environment"][f"T{at}"].replace("$$", "$") for at in range(len(HOSTILE))]
    assert seen == HOSTILE
    assert [one.replace("$$", "$") for one in model["command"][: len(HOSTILE)]] == HOSTILE


def test_everything_carries_the_release() -> None:
    done = rendered("compose")
    files = files_of(done)
    document = yaml.safe_load(files["compose.yaml"])
    model = document["services"]["model"]
    digest = model["environment"]["WEIGHBRIDGE_RELEASE"]
    assert model["labels"]["weighbridge.dev/release"] == digest
    assert document["networks"]["release"]["labels"]["weighbridge.dev/release"] == digest
    assert f"weighbridge.release={digest}" in model["environment"]["OTEL_RESOURCE_ATTRIBUTES"]
    [found] = json.loads(files["prometheus/targets.json"])
    assert found["labels"]["release"] == digest
    assert found["targets"] == ["127.0.0.1:9100"]
    assert any("canary" in one for one in done.notices)


def test_metrics_at_the_port_it_serves_are_read_there() -> None:
    change = {"spec": {"observability": {"metrics": {"endpoint": "/metrics", "expected": None}}}}
    files = files_of(rendered("compose", options={"hostPort": "18080"}, change=change))
    [found] = json.loads(files["prometheus/targets.json"])
    assert found["targets"] == ["127.0.0.1:18080"]
    ports = yaml.safe_load(files["compose.yaml"])["services"]["model"]["ports"]
    assert [one["published"] for one in ports] == ["18080"]


def test_a_release_that_says_little_is_rendered_too(tmp_path: Path) -> None:
    change = {
        "spec": {
            "environment": {"resources": None, "system": None},
            **dict.fromkeys(("observability", "externalServices", "rollout", "flags")),
        }
    }
    done = rendered("compose", change=change)
    assert done.notices == ()
    assert "prometheus/targets.json" not in files_of(done)
    model = read_by_docker(write(done, tmp_path))["services"]["model"]
    assert "deploy" not in model
    assert "secrets" not in model


def test_a_configuration_that_changes_is_called_otherwise() -> None:
    change = {"spec": {"parameters": {"max_batch_size": {"value": 16}}}}
    one, other = service()["configs"], service(change=change)["configs"]
    names = [{each["target"]: each["source"] for each in both} for both in (one, other)]
    changed = {target for target, source in names[0].items() if names[1][target] != source}
    assert changed == {"/etc/weighbridge/parameters.json", "/etc/weighbridge/release.json"}


def test_a_variable_is_a_secret_by_its_name_alone(tmp_path: Path) -> None:
    done = rendered("compose", change=secret(provider="env", name="MY_TOKEN", key="token"))
    folder = write(done, tmp_path)
    model = read_by_docker(folder, MY_TOKEN="hush")["services"]["model"]  # noqa: S106
    assert model["environment"]["API_TOKEN"] == "hush"  # noqa: S105
    file = str(folder / "compose.yaml")
    unset = run("compose/bin/docker-compose", "-f", file, "config", "--quiet")
    assert unset.returncode == 1
    assert "is to hold the secret of api" in unset.stderr


def test_a_file_is_a_secret_that_is_bound_into_the_container(tmp_path: Path) -> None:
    done = rendered("compose", change=secret(provider="file", name="/etc/api $token"))
    found = read_by_docker(write(done, tmp_path))
    assert found["secrets"]["api-secret"]["file"].replace("$$", "$") == "/etc/api $token"
    model = found["services"]["model"]
    assert "/run/secrets/api-secret" in model["environment"].values()
    assert any("API_SECRET_FILE" in one for one in done.notices)


def test_what_others_keep_is_brought_into_a_folder() -> None:
    change = secret(provider="aws", name="prod/api", version="3")
    done = rendered("compose", options={"secrets": "/run/brought"}, change=change)
    document = yaml.safe_load(files_of(done)["compose.yaml"])
    assert document["secrets"] == {"api-secret": {"file": "/run/brought/api-secret"}}
    assert any("aws's prod/api, version 3" in one for one in done.notices)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (secret(provider="env", name="MY TOKEN"), "/spec/externalServices/0/auth/secretRef/name"),
        (secret(provider="file", name="token"), "/spec/externalServices/0/auth/secretRef/name"),
        (system(sysctls=[{"name": "vm.swappiness", "value": "1"}]), "/sysctls/0"),
        (system(ulimits=[{"name": "files", "soft": 1}]), "/ulimits/0/name"),
        ({"spec": {"environment": {"image": None}}}, "/spec/environment/image"),
        ({"spec": {"environment": {"placement": {"nodeSelector": {"a": "b"}}}}}, "/placement"),
        (
            {"spec": {"parameters": {"max_batch_size": {"mapsTo": {"compose": "memory"}}}}},
            "/spec/parameters/max_batch_size/mapsTo",
        ),
    ],
)
def test_what_compose_cannot_do_is_refused_with_what_would_do(
    change: dict[str, Any], pointer: str
) -> None:
    [(found, alternatives)] = refused(rendered("compose", change=change)).items()
    assert found.endswith(pointer)
    assert alternatives


def gpus(**one: object) -> dict[str, Any]:
    amounts = {"accelerators": [{"type": "nvidia.com/gpu", "count": 2} | one]}
    return {"spec": {"environment": {"resources": {"limits": amounts}}}}


def test_accelerators_are_devices_of_their_driver(tmp_path: Path) -> None:
    folder = write(rendered("compose", change=gpus()), tmp_path)
    reserved = read_by_docker(folder)["services"]["model"]["deploy"]["resources"]["reservations"]
    [device] = reserved["devices"]
    assert device["driver"] == "nvidia"
    assert device["count"] == 2


def test_an_accelerator_without_a_driver_is_refused() -> None:
    found = refused(rendered("compose", change=gpus(type="amd.com/gpu")))
    assert list(found) == ["/spec/environment/resources/limits/accelerators/0/type"]


def test_whoever_chose_the_machine_says_so() -> None:
    change = gpus(memory="80Gi")
    change["spec"]["environment"]["placement"] = {"nodeSelector": {"zone": "a"}}
    assert len(refused(rendered("compose", change=change))) == 2
    assert files_of(rendered("compose", options={"placed": "true"}, change=change))


def test_knobs_of_compose_are_set_by_parameters(tmp_path: Path) -> None:
    mapped = {"mapsTo": {"compose": "shm_size"}, "value": 1 << 30}
    change = {"spec": {"parameters": {"max_batch_size": mapped}}}
    folder = write(rendered("compose", change=change), tmp_path)
    assert read_by_docker(folder)["services"]["model"]["shm_size"] == str(1 << 30)


def test_limits_of_the_process_are_set_soft_and_hard() -> None:
    limits = [{"name": "nofile", "soft": 1024, "hard": 4096}, {"name": "core", "soft": -1}]
    found = service(change=system(ulimits=limits))["ulimits"]
    assert found == {"core": {"soft": -1, "hard": -1}, "nofile": {"soft": 1024, "hard": 4096}}


@pytest.mark.parametrize(
    ("options", "test"),
    [
        (
            {"healthCommand": "test -f /ok && echo $HOME"},
            ["CMD-SHELL", "test -f /ok && echo $HOME"],
        ),
        ({"readyPath": "/it's$ready"}, "/it's$ready"),
    ],
)
def test_health_is_asked_by_a_command(
    options: dict[str, str], test: str | list[str], tmp_path: Path
) -> None:
    folder = write(rendered("compose", options=options), tmp_path)
    found = read_by_docker(folder)["services"]["model"]["healthcheck"]["test"]
    plain = [one.replace("$$", "$") for one in found]
    assert plain == test if isinstance(test, list) else repr(test) in plain[-1]


def test_health_is_not_asked_where_that_is_said() -> None:
    assert service(options={"healthCommand": "none"})["healthcheck"] == {"disable": True}


def test_the_python_of_the_image_asks_for_health_itself() -> None:
    command = service()["healthcheck"]["test"]
    compile(command[-1], "healthcheck", "exec")
    assert command[:3] == ["CMD", "python3", "-c"]


def test_a_namespace_is_part_of_the_project() -> None:
    document = yaml.safe_load(files_of(rendered("compose", namespace="team"))["compose.yaml"])
    assert document["name"] == "team-file-type-detector"


@pytest.mark.parametrize(
    ("version", "options", "least"),
    [
        ("2.20.3", {"model": f"registry.example.com/packed@{DIGEST}"}, "2.35.0"),
        ("2.20.3", {"configuration": "inline", "writableRoot": "true"}, "2.23.1"),
        ("5.6.1", {"configuration": "inline"}, "configuration=files"),
    ],
)
def test_what_a_version_cannot_do_is_refused_with_what_would_do(
    version: str, options: dict[str, str], least: str
) -> None:
    [(pointer, alternatives)] = refused(
        rendered("compose", version=version, options=options)
    ).items()
    assert pointer == ""
    assert any(least in one for one in alternatives)
    assert len(alternatives) >= 2


def test_a_packed_release_is_mounted_where_images_can_be(tmp_path: Path) -> None:
    packed = f"registry.example.com/packed@{DIGEST}"
    done = rendered("compose", version="2.35.1", options={"model": packed})
    model = read_by_docker(write(done, tmp_path))["services"]["model"]
    [volume] = model["volumes"]
    assert (volume["type"], volume["source"], volume["target"]) == ("image", packed, "/models")


def test_configuration_can_be_written_inline(tmp_path: Path) -> None:
    options = {"configuration": "inline", "writableRoot": "true"}
    done = rendered("compose", version="2.23.3", options=options)
    assert not any(one.startswith("configuration/") for one in files_of(done))
    configs = read_by_docker(write(done, tmp_path))["configs"]
    [content] = [one["content"] for key, one in configs.items() if key.startswith("parameters-")]
    assert json.loads(content) == {"max_batch_size": 32}
