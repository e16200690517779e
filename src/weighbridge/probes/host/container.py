"""What hints at a container: files that engines leave in it, and the names of control groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.host import Container
from weighbridge.probes.small_files import read_start, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SHORT: Final = 1 << 18
_ID: Final = re.compile(
    r"(?:docker|containers|libpod|kubepods|crio|containerd|sandboxes)\S*?([0-9a-f]{64})"
)
_SETTING: Final = re.compile(r'^(engine|id|image|imageid)="?([^"\n]{0,512})"?$', re.MULTILINE)
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


def observe_container(root: Path, environ: Mapping[str, str]) -> Container:
    """Say what is known of the container this runs in; empty outside of any."""
    podman = read_start(root / "run/.containerenv", _SHORT)
    said = dict(_SETTING.findall((podman or b"").decode("utf-8", "replace")))
    known = environ.get("container", "")
    kind = ""
    if environ.get("KUBERNETES_SERVICE_HOST"):
        kind = "kubernetes"
    elif podman is not None:
        kind = said.get("engine", "podman").partition("-")[0]
    elif read_start(root / ".dockerenv", 1) is not None:
        kind = "docker"
    elif _WORD.fullmatch(known):
        kind = known
    texts = [read_text(root / f"proc/self/{name}", _SHORT) for name in ("cgroup", "mountinfo")]
    ids = [found[1] for text in texts if (found := _ID.search(text))] if kind else []
    return Container(
        kind=kind,
        id=said.get("id") or (ids[0] if ids else ""),
        image=said.get("image", ""),
        image_id=said.get("imageid", ""),
    )
