"""A release with a pinned package, promoted where somebody watches over it.

Carl checks and watches, bea builds, cat (security) answers for flaws, dora deploys.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.advisories import record, write
from tests.usecases.stage import FIRST, STAGING
from tests.usecases.workshop import LABELS, LOCK, commit, manifest_text, sha256

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

PINNED = "demo@2.0.0"
FLAW = "PYSEC-2026-1"
TORCH = f"torch==1.13.0 --hash=sha256:{'0' * 64}\n"
VEX = "https://openvex.dev/ns/v0.2.0"
SPEC = """\
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: warning, inconclusive: allow}
  waivers:
    - {rules: [DEP005], roles: [security], longest: 30d}
  vex: {roles: [security]}
"""


def promoted(stage: Stage, more: str = "", *, environment: str = STAGING) -> Stage:
    """Promote FIRST and then PINNED under a policy of its own."""
    stage.rule(SPEC + more, environment=environment)
    assert stage.trust("cat", "security").code == 0
    stage.arrive(FIRST)
    (stage.folder / "labels.json").write_bytes(LABELS)
    (stage.folder / "requirements.lock").write_text(TORCH)
    text = manifest_text().replace(sha256(LOCK.encode()), sha256(TORCH.encode()))
    (stage.folder / "release.yaml").write_text(text.replace('"1.0.0"', '"2.0.0"'))
    commit(stage.folder)
    stage.done("seal")
    stage.done("sign", PINNED, by="bea")
    stage.check(PINNED)
    stage.arrive(PINNED)
    return stage


def advise(stage: Stage, *names: str, modified: str = "2026-02-01T00:00:00Z") -> None:
    """Load advisories: one about the pinned package for each name, and one about another."""
    found = [
        record(name, "torch", ("introduced", "0"), ("fixed", "1.13.1"), aliases=[f"CVE-{name}"])
        for name in names
    ]
    other = record("PYSEC-2020-1", "other", ("introduced", "0"))
    folder = stage.folder.parent / f"osv-{len(names)}"
    write(folder, *({**one, "modified": modified} for one in [*found, other]))
    stage.done("advisories", "update", f"--from={folder}")


def watch(stage: Stage, *words: str, by: str = "carl") -> Ran:
    return stage("watch", "staging", "--once", "--output-format=json", *words, by=by)


def watched(stage: Stage, *words: str, by: str = "carl") -> dict[str, Any]:
    """Watch once, and return what is said of the one release."""
    (found,) = watch(stage, *words, by=by).json["releases"]
    return dict(found)


def vex(status: str, *, flaw: str = f"CVE-{FLAW}", version: str = "1.13.0") -> dict[str, Any]:
    """Write what somebody says of a flaw in the pinned package."""
    said: dict[str, Any] = {
        "vulnerability": {"name": flaw},
        "products": [{"@id": f"pkg:pypi/torch@{version}"}],
        "status": status,
    }
    if status == "not_affected":
        said["justification"] = "vulnerable_code_not_in_execute_path"
    return {
        "@context": VEX,
        "@id": "https://example.com/vex/1",
        "author": "cat",
        "timestamp": "2026-02-01T00:00:00Z",
        "version": 1,
        "statements": [said],
    }


def answer(stage: Stage, status: str, *, by: str = "cat", **more: str) -> None:
    stage.attest(vex(status, **more), by=by, kind=VEX, release=PINNED)


def verdict(stage: Stage) -> str:
    return str(stage.pointer()["verdict"])


def events(stage: Stage, since: int) -> list[str]:
    """Name what was logged after an entry, with the verdicts among it."""
    return [
        f"{entry['body']['before']} -> {entry['body']['verdict']}"
        if entry["kind"] == "verdict.changed"
        else entry["kind"]
        for entry in stage.entries()[since:]
    ]


def what_if(stage: Stage, *words: str) -> dict[str, Any]:
    """Foresee something, and return what is said of the one release."""
    (found,) = json.loads(stage("policy", "what-if", "--output-format=json", *words).out)[
        "releases"
    ]
    return dict(found)
