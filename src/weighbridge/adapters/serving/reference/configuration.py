"""What the server is started with: files and variables every delivered release is given."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.serving.reference.problems import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VISIBLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Configuration:
    """What the server goes by.

    Attributes:
        release: Digest of the release; empty if nobody says.
        version: Version of the release; empty if nobody says.
        batch: The parameter `max_batch_size`; 0 for any.
        threads: Threads one request may use; 0 for as many as there are cores.
    """

    release: str = ""
    version: str = ""
    batch: int = 0
    threads: int = 0


def read_configuration(environ: Mapping[str, str]) -> Configuration:
    """Read `WEIGHBRIDGE_CONFIG`, `WEIGHBRIDGE_RELEASE` and `OMP_NUM_THREADS`; each may be missing.

    Raises:
        ConfigurationError: A file cannot be read, or a value is not what it has to be.
    """
    release = environ.get("WEIGHBRIDGE_RELEASE", "")
    if release and not _VISIBLE.fullmatch(release):
        raise ConfigurationError("WEIGHBRIDGE_RELEASE is no digest")
    threads = _threads(environ.get("OMP_NUM_THREADS", ""))
    folder = environ.get("WEIGHBRIDGE_CONFIG", "")
    if not folder:
        return Configuration(release=release, threads=threads)
    about = _object(Path(folder, "release.json"))
    digest = about.get("digest", "")
    if release and digest != release:
        message = f"the configuration is of {digest!r}, WEIGHBRIDGE_RELEASE says {release!r}"
        raise ConfigurationError(message)
    version = about.get("version", "")
    if not isinstance(version, str):
        raise ConfigurationError("the version in release.json is no text")
    parameters = _object(Path(folder, "parameters.json"))
    batch = parameters.get("max_batch_size", 0)
    if type(batch) is not int or ("max_batch_size" in parameters and batch < 1):
        raise ConfigurationError("the parameter max_batch_size is no positive integer")
    return Configuration(release=release, version=version, batch=batch, threads=threads)


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    if not isinstance(value, dict):
        raise ConfigurationError(f"{path} holds no object")
    return value


def _threads(text: str) -> int:
    """Read a number of threads; of several (nested parallelism) the first counts."""
    first = text.partition(",")[0].strip()
    if not first:
        return 0
    if not re.fullmatch(r"[0-9]{1,4}", first) or not int(first):
        raise ConfigurationError(f"OMP_NUM_THREADS is no number of threads: {text!r:.50}")
    return int(first)
