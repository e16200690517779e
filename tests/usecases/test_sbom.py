from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.workshop import commit, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

TEMPLATE = "{{ messages }}"
HASHED = "a" * 64
LOCK = f"numpy==2.1.0 --hash=sha256:{HASHED}\nown-package==1.0 --hash=sha256:{'b' * 64}\n"
LINEAGE = """\
  lineage:
    baseModel: {{ref: "hf://org/base", digest: "{digest}", license: Apache-2.0}}
    datasets: [{{ref: corpus, digest: "{digest}"{licence}}}]
"""
METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
License-Expression: {licence}

"""


def install(folder: Path, name: str, version: str, licence: str) -> None:
    """Put the metadata of a package into a virtual environment's folder."""
    environment = folder / ".venv"
    info = environment / f"lib/python3.11/site-packages/{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("version = 3.11.7\n")
    (info / "METADATA").write_text(METADATA.format(name=name, version=version, licence=licence))


@pytest.fixture
def full(bench: Bench) -> Bench:
    """Run commands where a release has packages, a base model, a dataset and a chat template."""
    folder = bench.folder
    (folder / "requirements.lock").write_text(LOCK)
    tokenizer = json.dumps({"chat_template": TEMPLATE}).encode()
    (folder / "tokenizer_config.json").write_bytes(tokenizer)
    text = (folder / "release.yaml").read_text()
    start, _, rest = text.partition('digest: "')
    text = start + f'digest: "{sha256(LOCK.encode())}' + rest[rest.index('"') :]
    text += "    - {name: tokenizer, role: tokenizer, path: tokenizer_config.json}\n"
    text += LINEAGE.format(digest=sha256(b""), licence=", license: CC-BY-4.0")
    (folder / "release.yaml").write_text(text)
    (folder / ".gitignore").write_text(".venv\n")
    commit(folder)
    install(folder, "numpy", "2.1.0", "BSD-3-Clause")
    return bench


def components(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["bom-ref"]: one for one in document["components"]}


def test_the_bill_of_a_release_holds_all_it_consists_of(full: Bench) -> None:
    ran = full("sbom")
    found = components(ran.json)
    assert ran.code == 0
    assert found["pkg:pypi/numpy@2.1.0"]["hashes"] == [{"alg": "SHA-256", "content": HASHED}]
    assert found["pkg:pypi/numpy@2.1.0"]["licenses"][0]["expression"] == "BSD-3-Clause"
    assert "licenses" not in found["pkg:pypi/own-package@1.0"]
    assert "the licences of 1 of 2 packages are not known" in ran.err
    (template,) = found["artifact:tokenizer"]["components"]
    assert template["hashes"][0]["content"] == sha256(TEMPLATE.encode())[7:]
    assert {"base-model:hf://org/base", "dataset:corpus", "artifact:model"} <= found.keys()


def test_a_sealed_release_has_the_same_bill_as_the_manifest_it_was_sealed_from(
    full: Bench,
) -> None:
    digest = full("seal").out.split()[0]
    authored, sealed = full("sbom"), full("sbom", "demo@1.0.0")
    assert authored.out == sealed.out
    assert authored.json["metadata"]["component"]["hashes"][0]["content"] == digest[7:]


def test_what_cannot_be_sealed_has_a_bill_without_a_digest_and_says_why(full: Bench) -> None:
    (full.folder / "labels.json").write_text("[]")
    ran = full("sbom")
    assert ran.code == 0
    assert "hashes" not in ran.json["metadata"]["component"]
    assert "not to be sealed as it stands: digest of labels.json" in ran.err


def test_a_lock_has_a_bill_of_its_own(full: Bench) -> None:
    lock = full.folder / "requirements.txt"
    lock.write_text(LOCK)
    ran = full("sbom", "requirements.txt", "--output", "lock.cdx.json")
    document = json.loads((full.folder / "lock.cdx.json").read_text())
    assert (ran.code, ran.out) == (0, "")
    assert len(document["components"]) == 2
    assert full("sbom", "lock.cdx.json", "--against", "requirements.txt").code == 0
    lock.write_text(LOCK.replace("numpy==2.1.0", "numpy==2.0.0"))
    ran = full("sbom", "lock.cdx.json", "--against", "requirements.txt")
    assert ran.code == 1
    assert "not-in-lock  numpy 2.1.0 is not in the lock (wanted: version 2.0.0)" in ran.out
    assert "not-in-sbom  numpy 2.0.0 of the lock is not in the bill" in ran.out
    lock.write_bytes(b"\xff")
    assert full("sbom", "requirements.txt").code == 2


def test_packages_for_development_are_listed_when_asked_for(full: Bench) -> None:
    (full.folder / "dev.lock").write_text(f"pytest==8.0.0 --hash=sha256:{'c' * 64}\n")
    text = (full.folder / "release.yaml").read_text()
    dev = "  dependencies:\n    dev: {lock: dev.lock, format: requirements}\n"
    (full.folder / "release.yaml").write_text(text.replace("  dependencies:\n", dev))
    assert "pkg:pypi/pytest@8.0.0" not in full("sbom").out
    ran = full("sbom", "--with-dev")
    assert ran.code == 0
    assert components(ran.json)["pkg:pypi/pytest@8.0.0"]["scope"] == "excluded"


def test_a_dataset_without_a_licence_is_refused(full: Bench) -> None:
    text = (full.folder / "release.yaml").read_text()
    (full.folder / "release.yaml").write_text(text.replace(", license: CC-BY-4.0", ""))
    ran = full("sbom")
    assert ran.code == 1
    assert "no-licence  corpus has no licence" in ran.err


def test_spdx_is_written_for_a_time_that_was_said(full: Bench) -> None:
    refused = full("sbom", "--format", "spdx-3.0")
    assert (refused.code, "SPDX 3 demands a time" in refused.err) == (2, True)
    assert full("set", "metadata.releasedAt", "2026-11-28T00:00:00Z").code == 0
    ran = full("sbom", "--format", "spdx-3.0", "--output", "a.spdx.json")
    assert ran.code == 0
    judged = full("sbom", "a.spdx.json", "--against", ".", "--output-format", "json")
    assert (judged.code, judged.json["inconsistencies"]) == (3, [])
    assert judged.json["schemaChecked"] is False


def test_a_time_may_be_given_as_reproducible_builds_give_it(
    full: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert full("sbom").json["metadata"]["timestamp"] == "1970-01-02T00:00:00Z"
    for text in ("soon", "99999999999"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
        ran = full("sbom")
        assert "timestamp" not in ran.json["metadata"] or len(text) > 10


def test_a_bill_of_others_is_judged_by_schema_and_beyond(full: Bench) -> None:
    document = full("sbom").json
    path = full.folder / "foreign.json"
    path.write_text(json.dumps(document))
    assert full("sbom", "foreign.json", "--against", ".").out.endswith(
        "CycloneDX 1.6, consistent\n"
    )
    numpy = next(one for one in document["components"] if one["name"] == "numpy")
    numpy["purl"] = "numpy"
    document["unknown"] = True
    path.write_text(json.dumps(document))
    ran = full("sbom", "foreign.json", "--output-format", "json")
    assert ran.code == 1
    assert [one["fault"] for one in ran.json["inconsistencies"]] == ["bad-purl"]
    assert (len(ran.json["schemaFaults"]), ran.json["schemaChecked"]) == (1, True)
    assert "schema  /: " in full("sbom", "foreign.json").out


@pytest.mark.parametrize("text", ["{}", "{", '{"bomFormat": "other"}'])
def test_what_is_no_bill_is_refused(full: Bench, text: str) -> None:
    (full.folder / "other.json").write_text(text)
    assert full("sbom", "other.json").code == 2


def test_against_is_for_bills_of_others(full: Bench) -> None:
    ran = full("sbom", "--against", "requirements.lock")
    assert (ran.code, "--against is for a bill" in ran.err) == (2, True)


def test_without_its_schema_a_bill_is_judged_all_the_same(
    full: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    full("sbom", "--output", "a.cdx.json")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    ran = full("sbom", "a.cdx.json")
    assert (ran.code, "the schema was not checked" in ran.out) == (3, True)
    assert 'pip install "weighbridge[sbom]"' in ran.err
    assert full("sbom").code == 0


def test_a_bill_among_the_artifacts_is_held_against_the_release(full: Bench) -> None:
    full("sbom", "--output", "sbom.cdx.json")
    text = (full.folder / "release.yaml").read_text()
    entry = "    - {name: sbom, role: schema, path: sbom.cdx.json}\n  lineage:"
    (full.folder / "release.yaml").write_text(text.replace("  lineage:", entry))
    assert full("check", "--select", "DEP017").code == 0
    path = full.folder / "sbom.cdx.json"
    path.write_text(path.read_text().replace(HASHED, "d" * 64))
    ran = full("check", "--select", "DEP017", "--output-format", "json")
    (finding,) = ran.json["findings"]
    assert (ran.code, finding["code"]) == (1, "DEP017")
    assert "is not in the lock" in finding["seen"]


@pytest.mark.slow
def test_the_same_release_has_the_same_bytes_wherever_it_is_written(full: Bench) -> None:
    texts = set()
    for seed, zone, locale in (("1", "UTC", "C"), ("2", "Asia/Tokyo", "C.UTF-8")):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        done = subprocess.run(
            [sys.executable, "-m", "weighbridge", "sbom"],
            cwd=full.folder,
            env=environ,
            capture_output=True,
            check=True,
        )
        texts.add(done.stdout)
    assert len(texts) == 1
