"""Credentials as `docker login`, `podman login` and `skopeo login` keep them.

Looked into, the first answer counting: `$REGISTRY_AUTH_FILE`, podman's file in `$XDG_RUNTIME_DIR`,
`$DOCKER_CONFIG/config.json` or `~/.docker/config.json`. A credential helper (`credHelpers`,
`credsStore`) is a program of the user's own; it is asked with `get`, the host on its standard
input, and what it answers goes into no message.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.oci.credentials import Credentials
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import UnavailableError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGEST = 1 << 20
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SECONDS = 30.0
_NOT_FOUND = b"credentials not found"
_TOKEN_USER = "<token>"  # noqa: S105 - the name helpers give an identity token
_DOCKER_HUB = "https://index.docker.io/v1/"


def find_credentials(
    host: str,
    repository: str = "",
    *,
    environ: Mapping[str, str] | None = None,
    seconds: float = _SECONDS,
) -> Credentials | None:
    """Find what is kept for a registry.

    Args:
        host: The registry, with its port if one was named.
        repository: The repository; an entry for a part of its path counts before its host's.
        environ: Instead of the process's own environment.
        seconds: How long a helper may take.

    Returns:
        None if nothing is kept for it.

    Raises:
        UnreadableError: A file is not what it should be.
        UnavailableError: A helper is missing, too slow, or says nothing usable.
    """
    environ = os.environ if environ is None else environ
    for path in _files(environ):
        config = _read(path)
        found = _of_helper(config, host, environ, seconds) or _of_file(
            config, host, repository, path
        )
        if found is not None:
            return found
    return None


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    folder = environ.get("DOCKER_CONFIG")
    if folder or environ.get("HOME"):
        yield Path(folder or Path(environ["HOME"]) / ".docker") / "config.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    if len(data) > _LARGEST:
        raise UnreadableError(f"{path} is larger than {_LARGEST} bytes")
    try:
        config = read_json(data, decimals=True)
    except NotCanonicalError:
        config = None
    if not isinstance(config, dict):
        # Nothing of its content is shown: a parser's complaint may quote a password.
        help_ = ["log in again with `docker login`, or mend it"]
        raise UnreadableError(f"{path} is no configuration of docker's", help=help_) from None
    return config


def _names(host: str, repository: str) -> Iterator[str]:
    """Name the keys an entry may stand under, the closest first."""
    parts = repository.split("/") if repository else []
    for count in range(len(parts), 0, -1):
        yield "/".join([host, *parts[:count]])
    yield from (host, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/")
    if host in {"docker.io", "index.docker.io", "registry-1.docker.io"}:
        yield from (_DOCKER_HUB, "docker.io", "index.docker.io")


def _of_file(config: dict[str, Any], host: str, repository: str, path: Path) -> Credentials | None:
    entries = config.get("auths")
    if not isinstance(entries, dict):
        return None
    for name in _names(host, repository):
        entry = entries.get(name)
        if isinstance(entry, dict) and (found := _entry(entry, name, path)) is not None:
            return found
    return None


def _entry(entry: dict[str, Any], name: str, path: Path) -> Credentials | None:
    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return Credentials(identity_token=token)
    auth = entry.get("auth")
    if not isinstance(auth, str) or not auth:
        return None  # a helper keeps it
    try:
        username, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = username = password = ""
    if not colon:
        help_ = [f"log in again: docker login {name}"]
        raise UnreadableError(f"{path} holds no credential for {name}", help=help_) from None
    # Docker pads what it writes with NUL.
    return Credentials(username=username, password=password.rstrip("\0"))


def _of_helper(
    config: dict[str, Any], host: str, environ: Mapping[str, str], seconds: float
) -> Credentials | None:
    helpers = config.get("credHelpers")
    helper = helpers.get(host) if isinstance(helpers, dict) else None
    if helper is None:
        helper = config.get("credsStore")
    if not helper:
        return None
    if not isinstance(helper, str) or not _HELPER.fullmatch(helper):
        raise UnavailableError(f"{helper!r:.60} is no name of a credential helper")
    key = _DOCKER_HUB if host in {"docker.io", "registry-1.docker.io"} else host
    return _ask_helper(f"docker-credential-{helper}", key, environ, seconds)


def _ask_helper(
    program: str, key: str, environ: Mapping[str, str], seconds: float
) -> Credentials | None:
    help_ = [f"try it: echo {key} | {program} get", f"or log in again: docker login {key}"]
    try:
        done = subprocess.run(
            [program, "get"],
            input=key.encode(),
            capture_output=True,
            env=dict(environ),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"{program} did not answer within {seconds:.0f} s"
        raise UnavailableError(message, help=help_) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnavailableError(f"{program} cannot be run: {reason}", help=help_) from error
    if done.returncode != 0:
        if _NOT_FOUND in done.stdout or _NOT_FOUND in done.stderr:
            return None
        raise UnavailableError(f"{program} ended with {done.returncode}", help=help_)
    return _answered(done.stdout, program, help_)


def _answered(data: bytes, program: str, help_: list[str]) -> Credentials:
    try:
        answer = read_json(data) if len(data) <= _LARGEST else None
    except NotCanonicalError:
        answer = None
    name = answer.get("Username") if isinstance(answer, dict) else None
    secret = answer.get("Secret") if isinstance(answer, dict) else None
    if not isinstance(name, str) or not isinstance(secret, str) or not secret:
        message = f"{program} answered with something else than a credential"
        raise UnavailableError(message, help=help_) from None
    if name == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(username=name, password=secret)
