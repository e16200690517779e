"""What a manifest means: values that do not go together, one rule after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.codec.manifest import read_release
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Edit, Verdict
from weighbridge.rules import sample
from weighbridge.rules.catalogue import RULES

SHARED = Path(__file__).parents[3] / "shared" / "examples" / "release.yaml"
TRACES = "/spec/observability/traces"
TARGETS = "/spec/compatibility/targets"
TOLERATIONS = "/spec/environment/placement/tolerations"
NOTHING_SAYS = "and nothing says"
LINEAGE = "/spec/lineage"
OF_THE_MANIFEST = ("CFG", "GOV", "INT004")


def said(code: str, changes: dict[str, Any]) -> list[str]:
    return messages(ask(code, sample.release(changes)))


def example() -> Facts:
    """Read the example of the project's papers; where they are not at hand, the small sample."""
    if not SHARED.exists():
        return sample.release({"/spec/card/path": "CARD.md"})
    lines = SHARED.read_text("utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("extends:"))
    release, document = read_release(text.encode(), "release.yaml")
    return Facts(release=release, document=document)


@pytest.mark.parametrize(
    "code",
    [
        rule.code
        for rule in RULES
        if rule.code.startswith(OF_THE_MANIFEST) and rule.code != "CFG004"  # asks for a fact
    ],
)
def test_the_example_means_what_it_says(code: str) -> None:
    findings = ask(code, example())

    assert findings == () or (code, verdict(findings)) == ("GOV007", Verdict.FAIL)


def test_the_parser_of_promql_is_loaded_for_promql_alone() -> None:
    program = (
        "import sys; from weighbridge.rules import sample; "
        "from weighbridge.rules.catalogue import RULES; "
        "from weighbridge.rules.engine import judge; "
        "judge([r for r in RULES if r.code.startswith('CFG')], sample.release()); "
        "print('promql_parser' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"timeout": "TODO", "fallback": "TODO"}, []),
        ({"auth": {"scheme": "none"}}, []),
        ({"auth": {"scheme": "TODO"}}, []),
        ({"auth": {"scheme": "mtls", "secretRef": "TODO"}}, []),
        (
            {"timeout": None, "fallback": None},
            [
                "service s has no fallback: nothing says what is done when it does not answer",
                "service s has no timeout: nothing says how long its answer is waited for",
            ],
        ),
        (
            {"auth": {"scheme": "apiKey"}},
            [f"service s is authenticated to by apiKey, {NOTHING_SAYS} where the secret is kept"],
        ),
    ],
)
def test_services(changes: dict[str, Any], found: list[str]) -> None:
    service = {"name": "s", "endpoint": "https://x", "timeout": "1s", "fallback": "none", **changes}
    kept = {key: value for key, value in service.items() if value is not None}

    findings = ask("CFG007", sample.release({"/spec/externalServices": [kept]}))
    assert messages(findings) == found
    severe = {found.severity for found in findings if "secret" in found.message}
    assert severe <= {"error"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"/spec/artifacts/0/role": "TODO"}, []),
        ({"/spec/artifacts/0/format": "json"}, []),
        ({"/spec/model/format": "pytorch"}, []),
        ({"/spec/model/format": "ONNX", "/spec/artifacts/0/format": "onnx"}, []),
        ({"/spec/model/format": "joblib", "/spec/artifacts/0/format": "pickle"}, []),
        ({"/spec/model/format": "onnx", "/spec/artifacts/0/format": "ort"}, []),
        ({"/spec/model/format": "onnx", "/spec/artifacts/0/format": None}, []),
        ({"/spec/artifacts/1": {"name": "c", "role": "card", "uri": "https://x"}}, []),
        (
            {
                "/spec/card/path": "CARD.md",
                "/spec/artifacts/1": {"name": "c", "role": "card", "uri": "https://x"},
            },
            [],
        ),
        (
            {
                "/spec/card/path": "CARD.md",
                "/spec/artifacts/1": {"name": "c", "role": "card", "path": "README.md"},
            },
            ["the card is CARD.md in spec.card, and README.md among the artifacts"],
        ),
        (
            {"/spec/artifacts/0/mediaType": "Text/Markdown; charset=utf-8"},
            ["artifact model has the role weights and the mediaType text/markdown"],
        ),
        (
            {"/spec/artifacts/1": {"name": "c", "role": "code", "path": "x", "format": "ONNX"}},
            ["artifact c has the role code and the format onnx"],
        ),
    ],
)
def test_roles(changes: dict[str, Any], found: list[str]) -> None:
    assert said("CFG010", changes) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({TRACES: {"sampler": "traceidratio", "ratio": "TODO"}}, []),
        ({TRACES: {"sampler": "TODO", "ratio": "0.5"}}, []),
        ({TRACES: {"sampler": "always_on"}}, []),
        (
            {TRACES: {"ratio": "0.5"}},
            ["the ratio 0.5 of traces has no effect: the sampler is the default"],
        ),
        ({"/spec/observability/logs": {"format": "json", "schema": "s.json"}}, []),
        ({"/spec/observability/logs": {"format": "text"}}, []),
        (
            {"/spec/observability/logs": {"format": "text", "schema": "s.json"}},
            ["the schema of the logs has no effect: lines of free text have none"],
        ),
        ({TOLERATIONS: [{"key": "k", "operator": "Equal", "value": "v"}]}, []),
        ({TOLERATIONS: [{"key": "k", "operator": "Exists", "tolerationSeconds": 5}]}, []),
        (
            {TOLERATIONS: [{"key": "k", "operator": "Exists", "value": "v"}]},
            ["the value of a toleration has no effect: `Exists` asks for the key alone"],
        ),
        (
            {TOLERATIONS: [{"key": "k", "effect": "NoSchedule", "tolerationSeconds": 5}]},
            ["tolerationSeconds has no effect: NoSchedule evicts nobody"],
        ),
        ({TARGETS: [{"name": "t", "os": "linux", "arch": "x86_64", "libc": "musl"}]}, []),
        ({TARGETS: [{"name": "t", "os": "windows", "arch": "x86_64", "cuda": {}}]}, []),
        (
            {TARGETS: [{"name": "t", "os": "windows", "arch": "x86_64", "libcVersion": "2"}]},
            ["target t has a libcVersion on windows, which has no choice of one"],
        ),
        (
            {TARGETS: [{"name": "t", "os": "linux", "arch": "x86_64", "libcVersion": "2"}]},
            ["target t has a libcVersion and does not say of which libc"],
        ),
        (
            {TARGETS: [{"name": "t", "os": "macos", "arch": "aarch64", "cuda": {"toolkit": "12"}}]},
            ["target t has CUDA on macOS, for which there is none"],
        ),
    ],
)
def test_settings_without_effect(changes: dict[str, Any], found: list[str]) -> None:
    assert said("CFG011", changes) == found


@pytest.mark.parametrize(
    "artifact",
    [
        {"uri": "s3://b/k", "path": "model.onnx"},
        {"uri": "s3://b/k", "digest": "TODO"},
        {"uri": "s3://b/k", "digest": sample.DIGEST, "version": "main"},
        {"uri": "s3://b/k", "version": "2026-11-01"},
        {"uri": "s3://b/k?versionId=3sL4kqtJlcpXroDTDmJ"},
        {"uri": f"oci://r.example.com/m@{sample.DIGEST}"},
        {"uri": f"git+https://git.example.com/m.git@{sample.COMMIT}#subdirectory=x"},
        {"uri": f"hf://org/m@{sample.COMMIT}"},
        {"uri": "TODO"},
    ],
)
def test_references_that_stay(artifact: dict[str, Any]) -> None:
    named = {"name": "model", "role": "weights", **artifact}

    assert said("INT004", {"/spec/artifacts/0": named}) == []


@pytest.mark.parametrize(
    "artifact",
    [
        {"uri": "s3://b/k"},
        {"uri": "s3://b/k?versionId="},
        {"uri": "oci://r.example.com/m:1.0"},
        {"uri": "hf://org/m@main"},
        {"uri": "hf://org/m@3f9c2b7"},
        {"uri": "hf://org/m", "version": "Latest"},
    ],
)
def test_references_that_move(artifact: dict[str, Any]) -> None:
    named = {"name": "model", "role": "weights", **artifact}

    (finding,) = ask("INT004", sample.release({"/spec/artifacts/0": named}))
    assert (finding.severity, finding.edits) == ("warning", ())
    assert finding.location.pointer == "/spec/artifacts/0/uri"


def test_the_tag_latest_is_noted_and_taken_off() -> None:
    image = {
        "ref": "r.example.com/a:1.0",
        "digest": sample.DIGEST,
        "base": {"ref": "r.example.com:5000/b:latest", "digest": sample.DIGEST},
    }

    (finding,) = ask("INT004", sample.release({"/spec/environment/image": image}))
    at = "/spec/environment/image/base/ref"
    assert finding.severity == "note"
    assert finding.edits == (Edit(file="release.yaml", pointer=at, value="r.example.com:5000/b"),)


@pytest.mark.parametrize(
    ("lineage", "found"),
    [
        ({"baseModel": "TODO"}, []),
        ({"baseModel": {"ref": "x", "digest": "TODO", "license": "TODO"}}, []),
        ({"parents": [{"ref": "x@1"}]}, []),
        (
            {"baseModel": {"ref": "x"}, "datasets": [{"ref": "y", "digest": sample.DIGEST}]},
            [
                "the base model x has no digest: nobody can tell which bytes are meant",
                "the base model x has no license: nobody can tell whether it may be used",
                "the dataset y has no license: nobody can tell whether it may be used",
            ],
        ),
    ],
)
def test_lineage(lineage: dict[str, Any], found: list[str]) -> None:
    assert said("GOV006", {LINEAGE: lineage}) == found


@pytest.mark.parametrize(
    "changes",
    [
        {"/spec/card": "TODO"},
        {"/spec/artifacts/0/role": "TODO"},
        {"/spec/card": {"path": "TODO"}},
    ],
)
def test_a_card_to_come_is_not_asked_for(changes: dict[str, Any]) -> None:
    assert said("GOV007", changes) == []
