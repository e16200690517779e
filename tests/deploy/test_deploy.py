"""Files to deploy a server with, read by what will read them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.certificates import local_certificate
from tests.tools import TOOLS, run_tool, validator
from weighbridge.codec.server_settings import read_server_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = DEPLOY / "helm" / "weighbridge"
IMAGE = "registry.example.com/weighbridge@sha256:" + "a" * 64
LEAST = {"image": IMAGE, "store": "s3://bucket/weighbridge"}
ALL = {
    "autoscaling": {"enabled": True},
    "ingress": {"enabled": True, "host": "bridge.example.com", "tlsSecret": "front"},
}
# Helm's engine is a library of Go's, which stays out of the process of the tests.
HELM = """\
import json, sys
import helm_python as helm
chart, values = sys.argv[1], json.loads(sys.argv[2])
with helm.Chart.load(chart) as loaded:
    print(json.dumps(loaded.render(values, name="bridge", namespace="ml")))
problems = helm.lint(chart, values, strict=True)
sys.exit("\\n".join(problems["errors"]) or 0)
"""


def helm(values: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", HELM, str(CHART), json.dumps(values)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def rendered(more: Mapping[str, Any]) -> list[dict[str, Any]]:
    done = helm({**LEAST, **more})
    assert done.returncode == 0, done.stderr
    texts = json.loads(done.stdout)
    return [one for text in texts.values() for one in yaml.safe_load_all(text) if one]


@pytest.mark.parametrize("more", [{}, ALL, {"workers": 0, "networkPolicy": {"enabled": False}}])
def test_kubernetes_takes_what_the_chart_renders(more: dict[str, Any], tmp_path: Path) -> None:
    objects = rendered(more)
    for version in ("1.31.0", "1.34.0"):
        file = tmp_path / "objects.yaml"
        file.write_text(yaml.safe_dump_all(objects))
        told = subprocess.run(
            [validator("kubernetes-validate"), "--strict", "-k", version, file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stdout + told.stderr


def test_all_that_is_wanted_is_in_the_chart() -> None:
    kinds = sorted(one["kind"] for one in rendered(ALL))
    assert kinds == [
        *("ConfigMap", "Deployment", "Deployment", "HorizontalPodAutoscaler", "Ingress"),
        *("NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"),
    ]
    for one in rendered({}):
        if one["kind"] == "Deployment":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            held = container["securityContext"]
            assert held["readOnlyRootFilesystem"]
            assert not held["allowPrivilegeEscalation"]
            assert one["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


def test_a_server_of_the_chart_goes_by_its_settings() -> None:
    text = '[oidc]\nissuer = "https://login.example.com"\nclient-id = "w"\n'
    objects = rendered({"config": text, "secrets": {"oidc": "login"}})
    (config,) = (one for one in objects if one["kind"] == "ConfigMap")
    assert config["data"] == {"server.toml": text}
    server, worker = (one["spec"]["template"] for one in objects if one["kind"] == "Deployment")
    if "serve" not in server["spec"]["containers"][0]["args"]:
        server, worker = worker, server
    (container,) = server["spec"]["containers"]
    assert "--config=/etc/weighbridge/server.toml" in container["args"]
    places = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert places["config"] == "/etc/weighbridge"
    assert places["oidc"] == "/run/secrets/oidc"
    named = {one["name"]: one for one in server["spec"]["volumes"]}
    assert named["config"]["configMap"]["name"] == config["metadata"]["name"]
    assert named["oidc"]["secret"]["secretName"] == "login"
    (before,) = (
        one["spec"]["template"]["metadata"]["annotations"]
        for one in rendered({})
        if one["metadata"]["name"] == "bridge-server" and one["kind"] == "Deployment"
    )
    assert before != server["metadata"]["annotations"]


@pytest.mark.parametrize(
    "wrong",
    [{"image": "weighbridge:latest"}, {"replicas": 3}, {"store": "s3://user:word@bucket"}],
)
def test_values_that_are_wrong_are_refused(wrong: dict[str, Any]) -> None:
    done = helm({**LEAST, **wrong})
    assert done.returncode != 0
    assert next(iter(wrong)) in done.stderr


def compose(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    words = (str(TOOLS / "compose/bin/docker-compose"), "-f", str(DEPLOY / "compose.yaml"), *words)
    return subprocess.run(words, env=variables, capture_output=True, text=True, check=False)


NAMED = {
    "WEIGHBRIDGE_IMAGE": IMAGE,
    "HAPROXY_IMAGE": IMAGE,
    "POSTGRES_IMAGE": IMAGE,
    "WEIGHBRIDGE_STORE": "s3://bucket/weighbridge",
}


def test_compose_takes_the_file_and_everything_is_held() -> None:
    done = compose("config", "--format", "json", **NAMED)
    assert done.returncode == 0, done.stderr
    services = json.loads(done.stdout)["services"]
    assert sorted(services) == ["database", "front", "server", "worker"]
    for name, one in services.items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert not one["user"].startswith(("0", "root")), name


def test_servers_behind_haproxy_believe_its_network_alone() -> None:
    settings = read_server_settings((DEPLOY / "server.toml").read_text(), "server.toml")
    whole = json.loads(compose("config", "--format", "json", **NAMED).stdout)
    networks = [one["subnet"] for one in whole["networks"]["default"]["ipam"]["config"]]
    assert list(settings.trusted) == networks
    server = whole["services"]["server"]
    assert "--config=/etc/weighbridge/server.toml" in server["command"]
    places = {one["target"]: Path(one["source"]).name for one in server["volumes"]}
    assert places == {
        "/etc/weighbridge/server.toml": "server.toml",
        "/run/log-keys": "log-keys",
    }


@pytest.mark.parametrize("missing", NAMED)
def test_nothing_is_guessed(missing: str) -> None:
    done = compose("config", "--quiet", **{key: NAMED[key] for key in NAMED if key != missing})
    assert done.returncode != 0
    assert missing in done.stderr


def test_haproxy_takes_its_file(tmp_path: Path) -> None:
    certificate = local_certificate(tmp_path)
    text = (DEPLOY / "haproxy.cfg").read_text()
    for name in ("tls.pem", "server-ca.pem"):
        assert f"/run/secrets/{name}" in text
        text = text.replace(f"/run/secrets/{name}", str(certificate))
    file = tmp_path / "haproxy.cfg"
    file.write_text(text)
    done = run_tool("haproxy", "-c", "-f", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
