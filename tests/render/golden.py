"""Golden files: what the manifest of these tests is rendered as, byte for byte.

`python -m tests.render.golden` writes them anew; what changed, `git diff` shows.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.render.orders import files_of, rendered
from tests.render.watched import WATCHED
from weighbridge.render.targets import TARGETS

FOLDER = Path(__file__).parent / "golden"
OPTIONS = {
    "kargo": {
        "registry": "https://weighbridge.example.com",
        "repository": "registry.example.com/ml/file-type-detector",
        "environment": "staging",
        "image": f"registry.example.com/tools/weighbridge@sha256:{'6' * 64}",
        "pullSecret": "registry",
    }
}
"""What is said of a target that asks for it."""
KINDS = tuple(sorted(one.kind for one in TARGETS))
CHANGES = {
    "kserve": {"spec": {"environment": {"system": {"sysctls": None}}}},
    "local": {"spec": {"environment": {"system": {"sysctls": None}}}},
    "prometheus": WATCHED,
}
"""What is changed in the manifest, for what a target is to show or would refuse."""


def kept(kind: str) -> dict[str, str]:
    """Return the golden files of a target, by path."""
    folder = FOLDER / kind
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main() -> None:
    """Write them anew."""
    for kind in KINDS:
        folder = FOLDER / kind
        shutil.rmtree(folder, ignore_errors=True)
        done = rendered(kind, options=OPTIONS.get(kind), change=CHANGES.get(kind))
        for path, text in files_of(done).items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
