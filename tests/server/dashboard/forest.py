"""Releases with much in them: a lock of hundreds of packages, targets, lineage, findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weighbridge.model.ports import NoProgress
from weighbridge.model.predicates import OURS, TEST_RESULT, VULNERABILITIES_02
from weighbridge.usecases.references import find_authored, sealed_release
from weighbridge.usecases.seal import seal
from weighbridge.usecases.statements import attestation

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

OLD, NEW = "forest@1.0.0", "forest@1.1.0"
PACKAGES = 400
TARGETS = (
    "{name: old, os: linux, arch: x86_64, libc: glibc, libcVersion: '2.17', python: '3.12'}",
    "{name: new, os: linux, arch: x86_64, libc: glibc, libcVersion: '2.39', python: '3.12'}",
)
_HASH = "sha256:" + "1" * 64


def uv_lock(count: int = PACKAGES, *, bumped: bool = False) -> str:
    """Write a uv.lock: ten packages that are asked for, and a tree of others below them."""
    lines = ["version = 1", 'requires-python = ">=3.12"', ""]
    for at in range(count):
        below = [one for one in (at * 3 + 10, at * 3 + 11, at * 3 + 12) if one < count]
        # Some are needed by several, as everywhere.
        below += [count - 1] if at % 7 == 0 and at < count - 1 else []
        version = "2.0.0" if bumped and at == 25 else f"1.{at % 9}.0"
        lines += _package(f"package-{at:03}", version, below)
    asked = ", ".join(f'{{ name = "package-{at:03}" }}' for at in range(10))
    lines += ["[[package]]", 'name = "forest"', 'version = "0"', 'source = { virtual = "." }']
    return "\n".join([*lines, f"dependencies = [{asked}]", ""])


def _package(name: str, version: str, below: list[int]) -> list[str]:
    tag = "py3-none-any" if int(name[-3:]) % 40 else "cp312-cp312-manylinux_2_28_x86_64"
    file = f"{name.replace('-', '_')}-{version}-{tag}.whl"
    needs = ", ".join(f'{{ name = "package-{at:03}" }}' for at in dict.fromkeys(below))
    return [
        "[[package]]",
        f'name = "{name}"',
        f'version = "{version}"',
        'source = { registry = "https://index.invalid/simple" }',
        *([f"dependencies = [{needs}]"] if needs else []),
        f'wheels = [{{ url = "https://index.invalid/{file}", hash = "{_HASH}" }}]',
        "",
    ]


def grow(story: Promoted) -> None:
    """Seal two releases with such a lock, the second made from the first, and report on it."""
    _seal(story, "1.0.0", uv_lock(), "")
    parent = f"      - {{ref: {OLD}, digest: '{story.digest(OLD)}'}}"
    _seal(story, "1.1.0", uv_lock(bumped=True), f"    parents:\n{parent}\n", threads=4)
    report(story, NEW, "package-025", "PYSEC-2026-7")
    scan(story, OLD, "CVE-2026-1")


def _seal(
    story: Promoted, version: str, lock: str, parents: str, *, threads: int | None = None
) -> None:
    first = json.loads(story.registry.blobs.read(story.digest("demo@1.0.0")))
    (story.folder / "uv.lock").write_text(lock)
    manifest = story.folder / "release.yaml"
    before = manifest.read_text()
    head, _, rest = before.partition("  dependencies:\n")
    _, _, artifacts = rest.partition("  artifacts:\n")
    head = head.replace("name: demo\n", "name: forest\n", 1)
    head = head.replace('"1.1.0"', f'"{version}"').replace('"1.0.0"', f'"{version}"')
    head = head.replace("source: {}", f"source: {json.dumps(first['spec']['source'])}")
    if threads:
        head += f"    system: {{threads: {threads}}}\n"
    text = (
        f"{head}  dependencies:\n    runtime: {{lock: uv.lock, format: uv}}\n"
        f"  compatibility:\n    targets:\n      - {TARGETS[0]}\n      - {TARGETS[1]}\n"
        "  lineage:\n"
        "    baseModel: {ref: 'hf://org/<b>base</b>', license: Apache-2.0}\n"
        "    datasets:\n      - {ref: 'trees \u202egnp 2026', license: CC-BY-4.0}\n"
        f"{parents}  artifacts:\n{artifacts}"
    )
    manifest.write_text(text)
    try:
        named, _ = find_authored(None, start=story.folder, catalogues=lambda _: [])
        seal(named, registry=story.registry, environ={}, progress=NoProgress())
    finally:
        manifest.write_text(before)


def report(story: Promoted, name: str, package: str, flaw: str) -> None:
    """Have the checker say that a package has a flaw, as a report of ours does."""
    named = sealed_release(story.digest(name), story.registry)
    finding: dict[str, Any] = {
        "code": "DEP005",
        "name": "known-vulnerability",
        "severity": "error",
        "verdict": "fail",
        "subject": f"{package} {flaw}",
        "message": f"{package} has {flaw} (severity high 8.1)",
        "location": {"file": "uv.lock", "line": None, "column": None, "pointer": None},
    }
    predicate = {
        "configuration": [{"name": "rules", "digest": {"sha256": "0" * 64}}],
        "failedTests": ["DEP005"],
        "passedTests": [],
        "warnedTests": [],
        "result": "FAILED",
        OURS: {"report": {"findings": [finding]}},
    }
    data = json.dumps(predicate).encode()
    story.attest(name, attestation(named, data, predicate_type=TEST_RESULT), by="carl")


def scan(story: Promoted, name: str, *flaws: str) -> None:
    """Have the checker say what a scanner found, as an in-toto statement."""
    named = sealed_release(story.digest(name), story.registry)
    times = {"scanStartedOn": "2026-02-20T00:00:00Z", "scanFinishedOn": "2026-02-20T00:00:01Z"}
    result = [{"id": flaw, "severity": []} for flaw in flaws]
    predicate = {"scanner": {"uri": "pkg:a", "result": result}, "metadata": times}
    data = json.dumps(predicate).encode()
    story.attest(name, attestation(named, data, predicate_type=VULNERABILITIES_02), by="carl")
