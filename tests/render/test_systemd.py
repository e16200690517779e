from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.render.orders import HOSTILE, files_of, refused, rendered, write
from tests.render.units import command_of, understood, verified

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.rendering import Rendering

DIGEST = "sha256:" + "ab" * 32
NO_IMAGE: dict[str, Any] = {"image": None, "system": {"sysctls": None}}
SERVE = {"command": "serve --port 18082"}


def unit_of(done: Rendering) -> str:
    """Return the path of the release's own unit."""
    [found] = [
        one.path for one in done.files if re.fullmatch(r".*-[0-9a-f]{12}\.service", one.path)
    ]
    return found


def units(folder: Path) -> list[Path]:
    return sorted((*folder.glob("*.service"), *folder.glob("*.target")))


def lines(done: Rendering) -> list[str]:
    return files_of(done)[unit_of(done)].splitlines()


def process(
    *,
    options: Mapping[str, str] | None = None,
    environment: Mapping[str, object] | None = None,
    **spec: object,
) -> Rendering:
    """Render a release that has no image."""
    own: dict[str, Any] = NO_IMAGE | dict(environment or {})
    return rendered(
        "systemd",
        version="252",
        options={key: one for key, one in (SERVE | dict(options or {})).items() if one},
        change={"spec": {"environment": own, **spec}},
    )


def container(
    *,
    engine: str = "podman",
    options: Mapping[str, str] | None = None,
    environment: Mapping[str, object] | None = None,
    **spec: object,
) -> Rendering:
    return rendered(
        "systemd",
        version="252",
        options={"engine": engine, **(options or {})},
        change={"spec": {"environment": environment or {}, **spec}},
    )


def secret(**reference: str) -> list[dict[str, object]]:
    kept = {"name": "api", "endpoint": "https://api.example.com"}
    return [kept | {"auth": {"scheme": "bearer", "secretRef": reference}}]


@pytest.mark.parametrize("done", [container(), container(engine="docker"), process()])
def test_systemd_knows_everything_that_is_rendered(done: Rendering, tmp_path: Path) -> None:
    assert verified(*units(write(done, tmp_path))) == ""


@pytest.mark.parametrize(
    ("right", "typo"), [("NoNewPrivileges", "NoNewPrivilege"), ("PartOf", "PartsOf")]
)
def test_the_judge_sees_a_typo(right: str, typo: str, tmp_path: Path) -> None:
    folder = write(container(), tmp_path)
    for one in units(folder):
        one.write_text(one.read_text().replace(f"{right}=", f"{typo}="))
    assert f"Unknown key '{typo}'" in verified(*units(folder)).replace("name", "key")


def test_what_only_a_newer_systemd_knows_is_rendered_for_that_alone(tmp_path: Path) -> None:
    newer = write(rendered("systemd", version="255"), tmp_path)
    told = verified(*units(newer))
    assert "RestartSteps" in told
    unknown = set(re.findall(r"Unknown key(?: name)? '(\w+)'", told))
    assert unknown == {"RestartSteps", "RestartMaxDelaySec"}
    assert not any("RestartSteps" in line for line in lines(container()))


def test_a_unit_is_called_by_its_release_so_that_two_run_side_by_side() -> None:
    one, other = container(), container(parameters=None)
    assert unit_of(one) != unit_of(other)
    [name] = {line for line in lines(one) if line.startswith("X-Weighbridge-Release=")}
    digits = name.partition("=sha256:")[2]
    assert unit_of(one) == f"file-type-detector-{digits[:12]}.service"


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_any_text_reaches_the_container_as_it_is(engine: str, tmp_path: Path) -> None:
    own = {"env": {f"T{at}": text for at, text in enumerate(HOSTILE)}, "args": HOSTILE}
    done = container(engine=engine, environment={"system": own})
    told = understood(write(done, tmp_path) / unit_of(done), tmp_path)
    words = command_of(told)
    assert words[:3] == ["/usr/bin/env", engine, "run"]
    assert {f"--env=T{at}={text}" for at, text in enumerate(HOSTILE)} <= set(words)
    at = next(index for index, one in enumerate(words) if "@sha256:" in one and one[0] != "-")
    assert words[at + 1 : at + 1 + len(HOSTILE)] == HOSTILE


def test_any_text_reaches_the_process_as_it_is(tmp_path: Path) -> None:
    own = {"env": {f"T{at}": text for at, text in enumerate(HOSTILE)}, "args": HOSTILE}
    own["sysctls"] = None  # type: ignore[assignment]
    done = process(environment={"system": own})
    folder = write(done, tmp_path)
    assert verified(*units(folder)) == ""
    told = understood(folder / unit_of(done), tmp_path)
    assert command_of(told)[1 : 4 + len(HOSTILE)] == ["serve", "--port", "18082", *HOSTILE]
    for at, text in enumerate(HOSTILE):
        assert f"\tEnvironment: T{at}={text}\n" in told


def test_the_container_is_held_and_pinned() -> None:
    [run] = [line for line in lines(container()) if line.startswith("ExecStart=")]
    for option in (
        *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--stop-timeout=30"),
        *("--publish=127.0.0.1:18082:8080/tcp", "--sysctl=net.ipv4.tcp_fin_timeout=30"),
        *("--cgroups=split", "@sha256:8ee89711330c1ccf39a2e65ad12bbd7df4a4a2ee857f53b4823f00fe"),
    ):
        assert option in run


def test_limits_are_the_units_where_the_container_is_below_it() -> None:
    found = lines(container())
    assert {"CPUQuota=150%", f"MemoryMax={512 << 20}", "CPUWeight=50"} <= set(found)
    assert f"MemoryMin={256 << 20}" in found


def test_limits_are_the_engines_where_the_container_is_not_below_the_unit() -> None:
    text = "\n".join(lines(container(engine="docker")))
    assert f"--cpus=1.500 --memory={512 << 20}b --cpu-shares=512" in text
    assert "MemoryMax" not in text


def test_odd_millicores_are_a_quota_with_a_fraction(tmp_path: Path) -> None:
    amounts = {"limits": {"cpu": "125m"}, "requests": None}
    done = container(environment={"resources": amounts})
    assert "CPUQuota=12.5%" in lines(done)
    assert verified(write(done, tmp_path) / unit_of(done)) == ""


def test_a_release_that_asks_for_nothing_gets_no_limits() -> None:
    spare = {"resources": None, "system": None}
    for engine in ("podman", "docker"):
        text = "\n".join(lines(container(engine=engine, environment=spare)))
        assert not re.search("MemoryMax|--memory|CPU|--cpu|--ulimit", text)


@pytest.mark.parametrize("done", ["container", "process"])
def test_limits_of_processes_are_set(done: str, tmp_path: Path) -> None:
    limits = [
        {"name": "nofile", "soft": 1024, "hard": 4096},
        {"name": "nproc", "soft": 64},
        {"name": "rtprio", "soft": 5},
        {"name": "core", "soft": -1},
    ]
    own = {"system": {"ulimits": limits, "sysctls": None}}
    made = container(environment=own) if done == "container" else process(environment=own)
    text = "\n".join(lines(made))
    assert "TasksMax=64" in text
    assert verified(*units(write(made, tmp_path))) == ""
    if done == "container":
        assert "--ulimit=nofile=1024:4096 --ulimit=nproc=64:64 --pids-limit=64" in text
        assert "--ulimit=core=-1:-1" in text
    else:
        assert "LimitNOFILE=1024:4096" in text
        assert "LimitCORE=infinity:infinity" in text
        assert "RestrictRealtime" not in text


def test_a_process_runs_in_the_environment_that_was_replicated() -> None:
    done = process()
    found = set(lines(done))
    folder = f"/opt/weighbridge/{unit_of(done).removesuffix('.service')}"
    assert f'Environment="PATH={folder}/environment/bin:/usr/local/bin:/usr/bin:/bin"' in found
    assert f'Environment="WEIGHBRIDGE_CONFIG={folder}/configuration"' in found
    assert f"WorkingDirectory={folder}/release" in found
    assert {"DynamicUser=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= found
    assert "RestrictRealtime=yes" in found
    [seen] = json.loads(files_of(done)["prometheus/targets.json"])
    assert seen["targets"] == ["127.0.0.1:9100"]


def test_a_folder_the_manifest_names_is_left_as_it_is() -> None:
    own = {"env": {"WEIGHBRIDGE_CONFIG": "/etc/own"}, "sysctls": None}
    assert 'Environment="WEIGHBRIDGE_CONFIG=/etc/own"' in lines(
        process(environment={"system": own})
    )


def test_a_process_can_be_of_a_user_there_is() -> None:
    assert {"User=1000", "Group=1000"} <= set(lines(process(options={"user": "1000"})))
    assert "Group=50" in lines(process(options={"user": "1000:50"}))
    assert "--user=1000:50" in "\n".join(lines(container(options={"user": "1000:50"})))


@pytest.mark.parametrize(
    ("options", "environment", "pointer"),
    [
        ({"command": ""}, {}, "/spec/environment/image"),
        ({"command": "it's"}, {}, ""),
        ({"model": f"registry.example.com/packed@{DIGEST}"}, {}, ""),
        (
            {},
            {"resources": {"limits": {"accelerators": [{"type": "nvidia.com/gpu", "count": 1}]}}},
            "/spec/environment/resources/limits/accelerators/0",
        ),
        (
            {},
            {"system": {"sysctls": [{"name": "net.core.somaxconn", "value": "9"}]}},
            "/spec/environment/system/sysctls",
        ),
        (
            {},
            {"system": {"env": {"A": "\a"}, "sysctls": None}},
            "/spec/environment/system/env/A",
        ),
    ],
)
def test_what_needs_an_image_is_refused_without_one(
    options: dict[str, str], environment: dict[str, object], pointer: str
) -> None:
    [(found, alternatives)] = refused(process(options=options, environment=environment)).items()
    assert found == pointer
    assert alternatives


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_a_variable_is_a_secret_that_stands_on_no_command_line(engine: str, tmp_path: Path) -> None:
    done = container(
        engine=engine, externalServices=secret(provider="env", name="MY_TOKEN", key="token")
    )
    found = lines(done)
    assert "EnvironmentFile=/etc/weighbridge/secrets/environment" in found
    [run] = [line for line in found if line.startswith("ExecStart=")]
    assert " --env=API_TOKEN " in run
    assert any("is to hold API_TOKEN=…" in one for one in done.notices)
    assert verified(*units(write(done, tmp_path))) == ""


def test_a_process_reads_its_secrets_as_credentials(tmp_path: Path) -> None:
    done = process(externalServices=secret(provider="file", name="/etc/api %token"))
    found = lines(done)
    assert "LoadCredential=api-secret:/etc/api %%token" in found
    assert 'Environment="API_SECRET_FILE=%d/api-secret"' in found
    assert verified(*units(write(done, tmp_path))) == ""
    kept = process(externalServices=secret(provider="env", name="MY_TOKEN"))
    assert "EnvironmentFile=/etc/weighbridge/secrets/environment" in lines(kept)


def test_a_file_is_a_secret_that_is_mounted() -> None:
    [run] = [
        line
        for line in lines(container(externalServices=secret(provider="file", name="/etc/token")))
        if line.startswith("ExecStart=")
    ]
    assert "--volume=/etc/token:/run/secrets/api-secret:ro" in run
    assert "--env=API_SECRET_FILE=/run/secrets/api-secret" in run


@pytest.mark.parametrize("render", [container, process])
def test_a_secret_whose_path_would_end_early_is_refused(render: Any) -> None:  # noqa: ANN401
    done = render(externalServices=secret(provider="file", name="/etc/a:b"))
    assert list(refused(done)) == ["/spec/externalServices/0/auth/secretRef/name"]


@pytest.mark.parametrize(
    ("engine", "kind", "option"),
    [
        ("podman", "nvidia.com/gpu", "--device=nvidia.com/gpu=0 --device=nvidia.com/gpu=1"),
        ("podman", "amd.com/gpu", "--device=amd.com/gpu=0 --device=amd.com/gpu=1"),
        ("docker", "nvidia.com/gpu", "--gpus=2"),
        ("docker", "amd.com/gpu", ""),
        ("podman", "nvidia-a100", ""),
    ],
)
def test_accelerators_are_the_engines_devices(engine: str, kind: str, option: str) -> None:
    amounts = {"requests": {"accelerators": [{"type": kind, "count": 2}]}}
    done = container(engine=engine, environment={"resources": amounts})
    if option:
        assert option in "\n".join(lines(done))
    else:
        pointer = "/spec/environment/resources/requests/accelerators/0/type"
        assert list(refused(done)) == [pointer]


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_a_packed_release_is_mounted(engine: str, tmp_path: Path) -> None:
    packed = f"registry.example.com/packed@{DIGEST}"
    done = container(engine=engine, options={"model": packed, "writableRoot": "true"})
    text = "\n".join(lines(done))
    assert f"ExecStartPre=/usr/bin/env {engine} pull --quiet {packed}" in text
    assert f"--mount=type=image,source={packed},target=/models" in text
    assert "--read-only" not in text
    assert verified(*units(write(done, tmp_path))) == ""


@pytest.mark.parametrize(
    ("version", "engine", "knob", "value", "fits"),
    [
        ("252", "podman", "Nice", 5, True),
        ("252", "podman", "MemoryZSwapMax", 0, False),
        ("255", "podman", "MemoryZSwapMax", 0, True),
        ("262", "docker", "Nice", 5, False),
        ("262", "podman", "ExecStart", 5, False),
    ],
)
def test_a_parameter_sets_what_this_version_of_a_unit_has(
    version: str, engine: str, knob: str, value: int, *, fits: bool
) -> None:
    mapped = {"mapsTo": {"systemd": knob}, "value": value}
    done = rendered(
        "systemd",
        version=version,
        options={"engine": engine},
        change={"spec": {"parameters": {"max_batch_size": mapped}}},
    )
    if fits:
        assert f"{knob}={value}" in lines(done)
    else:
        assert list(refused(done)) == ["/spec/parameters/max_batch_size/mapsTo"]


def test_a_parameter_that_is_no_setting_is_refused() -> None:
    text = {"kind": "system", "type": "string", "value": "1\nExecStart=/bin/sh", "mapsTo": {}}
    knob = text | {"mapsTo": {"systemd": "Nice"}}
    done = container(parameters={"max_batch_size": None, "nice": knob})
    assert list(refused(done)) == ["/spec/parameters/nice/value"]


def test_units_of_a_namespace_are_called_by_it(tmp_path: Path) -> None:
    done = rendered("systemd", version="252", namespace="team")
    names = {one.path for one in done.files if one.path.endswith((".service", ".target"))}
    assert {"team-file-type-detector.target", "team-file-type-detector-haproxy.service"} < names
    assert verified(*units(write(done, tmp_path))) == ""


@pytest.mark.parametrize(
    ("endpoint", "port"), [("/metrics", "18082"), (":9100/metrics", "19102"), (None, None)]
)
def test_metrics_are_read_at_a_port_of_the_machine(endpoint: str | None, port: str | None) -> None:
    seen = {"metrics": {"endpoint": endpoint, "expected": None} if endpoint else None}
    files = files_of(container(observability=seen))
    if port is None:
        assert "prometheus/targets.json" not in files
    else:
        [found] = json.loads(files["prometheus/targets.json"])
        assert found["targets"] == [f"127.0.0.1:{port}"]


def test_haproxy_may_listen_at_a_port_of_roots_where_it_has_to(tmp_path: Path) -> None:
    options = {"bind": "0.0.0.0:443", "certificate": "/etc/ssl/private/detector.pem"}
    done = container(options=options)
    text = files_of(done)["file-type-detector-haproxy.service"]
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE\n" in text
    assert "LoadCredential=certificate.pem:/etc/ssl/private/detector.pem\n" in text
    assert verified(*units(write(done, tmp_path))) == ""
