from __future__ import annotations

import json
from typing import Any

import pytest

from weighbridge.formats.image.papers import ConfigError, layer_compression, read_config
from weighbridge.model.image import Platform

DIGEST = "sha256:" + "a" * 64
WHOLE: dict[str, Any] = {
    "architecture": "arm64",
    "os": "linux",
    "variant": "v8",
    "config": {
        "User": "10001",
        "Env": ["A=1", "B=x=y"],
        "Entrypoint": ["/serve"],
        "Cmd": ["--fast"],
        "WorkingDir": "/srv",
        "Labels": {"b": "2", "a": "1"},
    },
    "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
    "history": [{"created_by": "COPY . ."}, {"empty_layer": True}],
}


def read(value: object) -> object:
    return read_config(json.dumps(value).encode())


def test_a_configuration_is_read_whole() -> None:
    found = read_config(json.dumps(WHOLE).encode())

    assert found.platform == Platform(os="linux", architecture="arm64", variant="v8")
    assert str(found.platform) == "linux/arm64/v8"
    assert found.env == (("A", "1"), ("B", "x=y"))
    assert (found.user, found.entrypoint, found.cmd) == ("10001", ("/serve",), ("--fast",))
    assert found.labels == (("a", "1"), ("b", "2"))
    assert found.history == ("COPY . .", "")
    assert (found.working_dir, found.diff_ids) == ("/srv", (DIGEST,))
    assert not found.runs_as_root


@pytest.mark.parametrize("user", [None, "", "root", "0", "0:0", "root:users"])
def test_who_is_not_named_is_root(user: str | None) -> None:
    found = read_config(json.dumps({**WHOLE, "config": {"User": user}}).encode())

    assert found.runs_as_root


def test_what_is_not_said_is_empty() -> None:
    found = read_config(b'{"architecture":"amd64","os":"linux"}')

    assert (found.env, found.diff_ids, found.history, found.labels) == ((), (), (), ())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"os": None}, "what it runs on"),
        ({"os": 1}, "what it runs on"),
        ({"variant": 1}, "what it runs on"),
        ({"config": []}, "config is no object"),
        ({"config": {"User": 0}}, "config.User is no text"),
        ({"config": {"Env": "A=1"}}, "config.Env is no list"),
        ({"config": {"Cmd": [1]}}, "config.Cmd is no list"),
        ({"config": {"Env": ["A"] * 10_001}}, "more than 10000"),
        ({"config": {"Labels": {"a": 1}}}, "config.Labels is no text"),
        ({"rootfs": {"diff_ids": ["latest"]}}, "no digest"),
        ({"history": {}}, "history is no list"),
        ({"history": ["x"]}, "history is no object"),
    ],
)
def test_what_is_something_else_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(WHOLE | changes)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"os":"a","os":"b"}'])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(ConfigError):
        read_config(raw)


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("application/vnd.oci.image.layer.v1.tar", "none"),
        ("application/vnd.oci.image.layer.v1.tar+gzip", "gzip"),
        ("application/vnd.oci.image.layer.v1.tar+zstd", "zstd"),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "gzip"),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "gzip"),
        ("application/octet-stream", None),
    ],
)
def test_media_types_say_how_a_layer_is_compressed(media_type: str, name: str | None) -> None:
    assert layer_compression(media_type) == name
