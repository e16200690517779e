"""Rendered files for people and programs: what there is, with its digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION, json_text

if TYPE_CHECKING:
    from weighbridge.model.rendering import Rendering


def render_rendering(
    done: Rendering, *, digest: str, sealed: bool, folder: str | None = None
) -> str:
    """List rendered files.

    Args:
        done: What was rendered.
        digest: The release digest.
        sealed: Whether there is such a release.
        folder: Where the files were written; None if they were not.
    """
    whose = "release" if sealed else "preview of"
    lines = [f"{whose} {digest}", f"target {done.kind} {done.version}"]
    lines += [f"  {hashlib.sha256(one.content).hexdigest()[:12]}  {one.path}" for one in done.files]
    count = plural(len(done.files), "file")
    lines.append(f"{count} in {folder}" if folder else f"{count}; --output DIR writes them")
    return "".join(f"{line}\n" for line in lines)


def rendering_json(done: Rendering, *, digest: str, sealed: bool, folder: str | None = None) -> str:
    """Write the same for programs; arguments as of `render_rendering`."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "release": digest,
            "sealed": sealed,
            "target": {
                "kind": done.kind,
                "version": done.version,
                "namespace": done.namespace,
                "options": dict(done.options),
            },
            "folder": folder,
            "files": [
                {
                    "path": one.path,
                    "digest": f"sha256:{hashlib.sha256(one.content).hexdigest()}",
                    "size": len(one.content),
                }
                for one in done.files
            ],
            "notices": list(done.notices),
        }
    )
