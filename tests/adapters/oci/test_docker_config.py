from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.adapters.oci.credentials import Credentials
from weighbridge.adapters.oci.docker_config import find_credentials
from weighbridge.model.errors import UnavailableError, UnreadableError, WeighbridgeError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "correct:horse"  # noqa: S105 - nobody's
HOST = "registry.example.org:5000"
FOUND = Credentials(username="anna", password=SECRET)


def entry(username: str = "anna", password: str = SECRET) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


def write(folder: Path, config: Any) -> dict[str, str]:  # noqa: ANN401 - whatever somebody wrote
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return {"DOCKER_CONFIG": str(folder), "PATH": f"{folder}:/usr/bin:/bin"}


def helper(folder: Path, name: str, script: str) -> None:
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"https://{HOST}/v1/", f"{HOST}/team"])
def test_a_login_is_found(tmp_path: Path, key: str) -> None:
    environ = write(tmp_path, {"auths": {key: entry(), "other": entry("eve")}})
    assert find_credentials(HOST, "team/model", environ=environ) == FOUND


def test_the_closest_entry_counts(tmp_path: Path) -> None:
    known = {HOST: entry("host"), f"{HOST}/team": entry(), f"{HOST}/team/modelling": entry("eve")}
    environ = write(tmp_path, {"auths": known})
    assert find_credentials(HOST, "team/model", environ=environ) == FOUND


def test_docker_hub_has_a_name_of_its_own(tmp_path: Path) -> None:
    environ = write(tmp_path, {"auths": {"https://index.docker.io/v1/": entry()}})
    assert find_credentials("docker.io", environ=environ) == FOUND
    assert find_credentials(HOST, environ=environ) is None


def test_an_identity_token_counts_before_a_password(tmp_path: Path) -> None:
    environ = write(tmp_path, {"auths": {HOST: entry() | {"identitytoken": "refresh"}}})
    assert find_credentials(HOST, environ=environ) == Credentials(identity_token="refresh")  # noqa: S106


def test_files_are_looked_into_in_their_order(tmp_path: Path) -> None:
    environ = write(tmp_path / "docker", {"auths": {HOST: entry("docker")}})
    podman = tmp_path / "run" / "containers" / "auth.json"
    podman.parent.mkdir(parents=True)
    podman.write_text(json.dumps({"auths": {HOST: entry("podman")}}))
    named = tmp_path / "named.json"
    named.write_text(json.dumps({"auths": {HOST: entry("named")}}))

    def user(**more: str) -> str:
        found = find_credentials(HOST, environ=environ | more)
        return found.username if found else ""

    assert user() == "docker"
    assert user(XDG_RUNTIME_DIR=str(tmp_path / "run")) == "podman"
    both = {"REGISTRY_AUTH_FILE": str(named), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    assert user(**both) == "named"


def test_the_usual_place_is_below_home(tmp_path: Path) -> None:
    write(tmp_path / ".docker", {"auths": {HOST: entry()}})
    assert find_credentials(HOST, environ={"HOME": str(tmp_path)}) == FOUND
    assert find_credentials(HOST, environ={}) is None


@pytest.mark.parametrize("config", [{"credHelpers": {HOST: "own"}}, {"credsStore": "own"}])
def test_a_helper_is_asked_by_its_standard_input(tmp_path: Path, config: dict[str, Any]) -> None:
    environ = write(tmp_path, config | {"auths": {HOST: {}}})
    answer = json.dumps({"ServerURL": HOST, "Username": "anna", "Secret": SECRET})
    helper(tmp_path, "own", f'[ "$*" = get ] && [ "$(cat)" = {HOST} ] && echo \'{answer}\'')
    assert find_credentials(HOST, environ=environ) == FOUND


def test_a_helper_may_keep_an_identity_token(tmp_path: Path) -> None:
    environ = write(tmp_path, {"credsStore": "own"})
    helper(tmp_path, "own", """echo '{"Username": "<token>", "Secret": "refresh"}'""")
    assert find_credentials(HOST, environ=environ) == Credentials(identity_token="refresh")  # noqa: S106


def test_what_a_helper_does_not_know_may_stand_in_the_file(tmp_path: Path) -> None:
    environ = write(tmp_path, {"credsStore": "own", "auths": {HOST: entry()}})
    helper(tmp_path, "own", "echo credentials not found in native keychain; exit 1")
    assert find_credentials(HOST, environ=environ) == FOUND


@pytest.mark.parametrize(
    ("name", "script", "said"),
    [
        ("own", f"echo {SECRET}", "something else"),
        ("own", f'echo \'{{"Username": "anna", "Secret": ["{SECRET}"]}}\'', "something else"),
        ("own", f"echo {SECRET}; exit 3", "ended with 3"),
        ("own", "exec sleep 60", "did not answer"),
        ("absent", "", "cannot be run"),
        ("../own", "", "no name"),
        (["own"], "", "no name"),
    ],
)
def test_a_helper_that_fails_is_said_without_its_secret(
    tmp_path: Path, name: object, script: str, said: str
) -> None:
    environ = write(tmp_path, {"credsStore": name})
    helper(tmp_path, "own", script)
    with pytest.raises(UnavailableError, match=said) as caught:
        find_credentials(HOST, environ=environ, seconds=0.2 if "sleep" in script else 30)
    assert SECRET not in repr((caught.value.faults, caught.value.__cause__))


BROKEN = ["{" + SECRET, "[]", '{"auths": {"h": {}}, "auths": {}}', " " * (2 << 20)]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_said_without_its_content(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UnreadableError, match=r"config\.json") as caught:
        find_credentials(HOST, environ={"DOCKER_CONFIG": str(tmp_path)})
    assert SECRET not in repr((caught.value.faults, caught.value.__cause__))


@pytest.mark.parametrize("auth", ["%%%", "YW5uYQ==", "/////w=="])
def test_a_broken_entry_is_no_login(tmp_path: Path, auth: str) -> None:
    environ = write(tmp_path, {"auths": {HOST: {"auth": auth}}})
    with pytest.raises(UnreadableError, match="no credential"):
        find_credentials(HOST, environ=environ)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(WeighbridgeError, match="cannot be read"):
        find_credentials(HOST, environ={"DOCKER_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("config", [{}, {"auths": []}, {"auths": {HOST: 3}}, {"auths": {HOST: {}}}])
def test_nothing_is_kept_for_a_stranger(tmp_path: Path, config: dict[str, Any]) -> None:
    assert find_credentials(HOST, environ=write(tmp_path, config)) is None


def test_credentials_do_not_show_themselves() -> None:
    found = Credentials(username="anna", password=SECRET, identity_token="refresh")  # noqa: S106
    assert repr(found) == str(found) == "Credentials()"
