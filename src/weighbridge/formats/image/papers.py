"""The configuration of an image, read strictly (OCI image specification 1.1, `config.md`)."""

from __future__ import annotations

from typing import Any, Final

from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.image import ImageConfig, Platform
from weighbridge.model.oci import DIGEST

CONFIG: Final = "application/vnd.oci.image.config.v1+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
CONFIGS: Final = frozenset({CONFIG, DOCKER_CONFIG})
LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar"
_MOST: Final = 10_000


class ConfigError(ValueError):
    """The bytes are no configuration; says in words what is wrong."""


def read_config(data: bytes) -> ImageConfig:
    """Read the configuration of an image.

    Raises:
        ConfigError: It is none.
    """
    try:
        document = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise ConfigError(str(error)) from error
    if not isinstance(document, dict):
        raise ConfigError("it is no JSON object")
    platform = read_platform(document)
    if platform is None:
        raise ConfigError("it does not say what it runs on")
    inner = _object(document.get("config"), "config")
    rootfs = _object(document.get("rootfs"), "rootfs")
    diff_ids = _texts(rootfs.get("diff_ids"), "rootfs.diff_ids")
    if not all(DIGEST.fullmatch(one) for one in diff_ids):
        raise ConfigError("rootfs.diff_ids holds what is no digest")
    return ImageConfig(
        platform=platform,
        diff_ids=diff_ids,
        user=_text(inner.get("User"), "config.User"),
        env=_env(_texts(inner.get("Env"), "config.Env")),
        entrypoint=_texts(inner.get("Entrypoint"), "config.Entrypoint"),
        cmd=_texts(inner.get("Cmd"), "config.Cmd"),
        working_dir=_text(inner.get("WorkingDir"), "config.WorkingDir"),
        labels=_labels(inner.get("Labels")),
        history=_history(document.get("history")),
    )


def read_platform(said: Any) -> Platform | None:  # noqa: ANN401 - whatever a document holds
    """Read a platform out of a configuration or a descriptor; None if it is none."""
    if not isinstance(said, dict):
        return None
    parts = [said.get(name) for name in ("os", "architecture")]
    variant = said.get("variant") or ""
    if not all(isinstance(part, str) and part for part in (*parts, variant or "-")):
        return None
    return Platform(os=str(parts[0]), architecture=str(parts[1]), variant=str(variant))


def layer_compression(media_type: str) -> str | None:
    """Say how a media type says a layer is compressed; None if it is no layer we know."""
    plain = media_type.replace(".nondistributable", "").replace(".foreign", "")
    if plain in {LAYER, DOCKER_LAYER}:
        return "none"
    for name in ("gzip", "zstd"):
        if plain in {f"{LAYER}+{name}", f"{DOCKER_LAYER}.{name}"}:
            return name
    return None


def _object(value: Any, where: str) -> dict[str, Any]:  # noqa: ANN401
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is no object")
    return value


def _text(value: Any, where: str) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{where} is no text")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:  # noqa: ANN401
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ConfigError(f"{where} is no list of texts")
    if len(value) > _MOST:
        raise ConfigError(f"{where} has {len(value)} entries, more than {_MOST}")
    return tuple(value)


def _env(lines: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, _, value in (line.partition("=") for line in lines))


def _labels(value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    labels = _object(value, "config.Labels")
    return tuple(sorted((name, _text(said, "config.Labels")) for name, said in labels.items()))


def _history(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST:
        raise ConfigError("history is no list of steps")
    return tuple(
        _text(_object(step, "history").get("created_by"), "history.created_by") for step in value
    )
