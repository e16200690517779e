"""Manifests of an older schema: authored ones, and sealed ones whose bytes stay what they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.workshop import Ran, blob, manifest_text
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.canonical import section_digests
from weighbridge.model.canonical import canonical_bytes
from weighbridge.usecases.references import find_release
from weighbridge.usecases.statements import release_statement

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench

RUNTIME = "runtime: {implementation: cpython, version: "
OLD = "demo@0.9.0"


def older(text: str) -> str:
    """Write a manifest in the words of v1alpha1."""
    line = next(line for line in text.splitlines() if RUNTIME in line)
    version = line.partition(RUNTIME)[2].rstrip("}")
    text = text.replace("weighbridge.dev/v1", "weighbridge.dev/v1alpha1")
    more = "\n    resources: {cpu: 500m}  # half"
    return text.replace(line, f"    python: {version}  # to the patch level{more}")


@pytest.fixture
def authored(bench: Bench) -> Bench:
    """Run commands beside a manifest of v1alpha1."""
    (bench.folder / "release.yaml").write_text(older(manifest_text()))
    return bench


def seal_older(store: Path, digest: str, schema: str = "weighbridge.dev/v1alpha1") -> str:
    """Put bytes into a registry that an older weighbridge sealed, and bind them."""
    sealed: dict[str, Any] = json.loads(blob(store, digest).read_bytes())
    sealed["apiVersion"] = schema
    sealed["metadata"]["version"] = "0.9.0"
    environment = sealed["spec"]["environment"]
    environment["python"] = environment.pop("runtime")["version"]
    environment["resources"] = {"cpu": "500m"}
    sealed["spec"]["processing"] = {"pre": [{"name": "cut", "params": {"block": 1024}}]}
    registry = EmbeddedRegistry(store)
    found = registry.blobs.put(canonical_bytes(sealed))
    registry.change(lambda transaction: transaction.bind("demo", "0.9.0", found))
    registry.close()
    return found


@pytest.fixture
def sealed(bench: Bench) -> tuple[Bench, str]:
    """Run commands beside a registry that holds sealed bytes of v1alpha1."""
    digest = bench("seal").out.split()[0]
    return bench, seal_older(bench.folder / ".weighbridge", digest)


def test_an_authored_one_is_checked_and_what_its_keys_are_called_now_is_said(
    authored: Bench,
) -> None:
    found = authored("check")
    assert found.code == 0
    assert found.err == (
        "release.yaml is written for weighbridge.dev/v1alpha1; it is read as weighbridge.dev/v1\n"
        "  spec.environment.python is spec.environment.runtime now\n"
        "  spec.environment.resources is spec.environment.resources.requests now\n"
    )
    assert authored("-q", "check").err == ""


def test_what_is_not_read_is_said(authored: Bench) -> None:
    knob = "{type: integer, value: 1, effects: {memory: {direction: up, evidence: bench.json}}}"
    authored.edit("  artifacts:\n", f"  parameters:\n    depth: {knob}\n  artifacts:\n")
    found = authored("check")
    at = "spec.parameters.depth.effects.memory.evidence"
    assert f"\n  {at} is not read: it has no place in it\n" in found.err


def test_an_authored_one_is_sealed_in_the_form_of_today(authored: Bench) -> None:
    digest = authored("seal").out.split()[0]
    manifest = json.loads(blob(authored.folder / ".weighbridge", digest).read_bytes())
    assert manifest["apiVersion"] == "weighbridge.dev/v1"
    assert manifest["spec"]["environment"]["resources"] == {"requests": {"cpu": "500m"}}
    assert authored("check", "--output-format", "json").json["release"]["digest"] == digest
    assert (authored.folder / "release.yaml").read_text() == older(manifest_text())


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        ("spec.environment.resources.requests.cpu", "2", "cpu: 500m", 'cpu: "2"'),
        ("spec.environment.resources.cpu", "250m", "cpu: 500m", "cpu: 250m"),
        ("spec.environment.resources.requests.memory", "1Gi", "500m}", "500m, memory: 1Gi}"),
        ("spec.artifacts.labels.role", "code", "role: schema", "role: code"),
    ],
)
def test_set_changes_the_key_the_author_wrote(
    path: str, value: str, before: str, after: str, authored: Bench
) -> None:
    text = (authored.folder / "release.yaml").read_text()
    found = authored("set", path, value)
    assert found.code == 0
    changed = (authored.folder / "release.yaml").read_text()
    assert changed in {text.replace(before, after), text.replace(before, after.replace('"', ""))}


@pytest.mark.parametrize("path", ["spec.environment.runtime.version", "spec.environment.python"])
def test_set_finds_a_value_by_its_older_and_newer_name(path: str, authored: Bench) -> None:
    assert authored("set", path, "3.10.4").code == 0
    assert '    python: "3.10.4"  # to' in (authored.folder / "release.yaml").read_text()
    refused = authored("set", path, "3/10")
    assert refused.code == 2
    assert "spec.environment.python is not of the form" in refused.err


@pytest.mark.parametrize(
    "path", ["spec.environment.runtime.implementation", "spec.environment.resources.limits.cpu"]
)
def test_set_refuses_what_the_older_schema_cannot_say(path: str, authored: Bench) -> None:
    before = (authored.folder / "release.yaml").read_text()
    found = authored("set", path, "pypy")
    assert (found.code, found.out) == (2, "")
    assert (authored.folder / "release.yaml").read_text() == before


def test_capture_fills_in_the_key_the_author_wrote(authored: Bench) -> None:
    text = (authored.folder / "release.yaml").read_text()
    line = next(line for line in text.splitlines() if "python:" in line)
    (authored.folder / "release.yaml").write_text(text.replace(line, "    python: TODO"))
    assert authored("capture", "--update").code == 0
    changed = (authored.folder / "release.yaml").read_text()
    assert "python: TODO" not in changed
    filled = text.replace(line, line.partition("  #")[0]).replace('"', "").splitlines()
    assert changed.replace('"', "").splitlines()[:-1] == filled[:-1]


def test_explain_knows_where_a_value_was_written(authored: Bench) -> None:
    found = authored("explain", "spec.environment.runtime.version")
    line = (authored.folder / "release.yaml").read_text().split("    python:")[0].count("\n") + 1
    assert f"from    release.yaml:{line}:13" in found.out


def test_a_sealed_one_is_shown_with_the_values_that_were_sealed(sealed: tuple[Bench, str]) -> None:
    bench, digest = sealed
    stored = blob(bench.folder / ".weighbridge", digest).read_bytes()
    shown = bench("show", OLD, "--output-format", "json").json
    assert shown["digest"] == digest
    assert canonical_bytes(shown["manifest"]) == stored
    text = bench("show", digest)
    assert (text.code, text.err) == (0, "")
    assert digest in text.out
    assert "params:" in text.out


def test_a_sealed_one_is_checked_under_the_digest_of_its_bytes(sealed: tuple[Bench, str]) -> None:
    bench, digest = sealed
    found = bench("check", OLD, "--output-format", "json")
    assert (found.code, found.err) == (0, "")
    assert found.json["release"] == {"name": "demo", "version": "0.9.0", "digest": digest}
    inputs = {one["name"]: one["digest"] for one in found.json["inputs"]}
    assert inputs[OLD] == digest


def test_a_sealed_one_is_compared_by_meaning(sealed: tuple[Bench, str]) -> None:
    bench, _ = sealed
    found = bench("diff", OLD, "demo@1.0.0", "--output-format", "json")
    pointers = [change["pointer"] for change in found.json["changes"]]
    assert "/metadata/version" in pointers
    assert not [at for at in pointers if "python" in at or "runtime" in at or at == "/apiVersion"]


def test_sealing_over_it_is_refused_and_the_files_are_those_it_names(
    sealed: tuple[Bench, str],
) -> None:
    bench, digest = sealed
    bench.edit('version: "1.0.0"', 'version: "0.9.0"')
    found = bench("seal")
    assert found.code != 0
    assert digest in found.out + found.err


def verified(cast: Cast, digest: str) -> Ran:
    cast.done("sign", OLD, by="bea")
    return cast("verify", digest, "--output-format=json")


def test_a_sealed_one_is_signed_and_verified_by_the_digest_of_its_bytes(cast: Cast) -> None:
    digest = seal_older(cast.store, cast.digest)
    found = verified(cast, digest)
    assert (found.code, found.json["subject"], found.json["problems"]) == (0, digest, [])


def test_what_is_signed_of_it_are_the_digests_of_the_sections_that_were_sealed(cast: Cast) -> None:
    digest = seal_older(cast.store, cast.digest)
    named = find_release(OLD, registry=cast.registry, start=cast.folder, catalogues=lambda _: [])
    said = json.loads(release_statement(named))
    stored = json.loads(blob(cast.store, digest).read_bytes())
    assert said["predicate"]["sections"] == section_digests(stored)
    assert said["subject"][0]["digest"] == {"sha256": digest.removeprefix("sha256:")}


@pytest.mark.parametrize("verb", [("show",), ("check",), ("diff", "demo@1.0.0")])
def test_sealed_bytes_of_a_newer_schema_are_refused_by_every_verb(
    verb: tuple[str, ...], bench: Bench
) -> None:
    digest = bench("seal").out.split()[0]
    seal_older(bench.folder / ".weighbridge", digest, schema="weighbridge.dev/v2")
    found = bench(*verb, OLD)
    assert (found.code, found.out) == (2, "")
    assert "this is written for a newer weighbridge: weighbridge.dev/v2" in found.err
    assert "upgrade weighbridge" in found.err
