from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.advisories import record, write
from tests.codec.locks.samples import UV_OF_PANDAS as UV
from tests.usecases.workshop import LOCK, blob, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

TREE = "pandas==2.2.3\n└── numpy==2.1.0\n\n2 packages, 1 link\n"


@pytest.fixture
def locked(bench: Bench) -> Bench:
    """Run commands where a release has a uv.lock."""
    (bench.folder / "uv.lock").write_text(UV)
    bench.edit(
        f'requirements.lock, format: requirements, digest: "{sha256(LOCK.encode())}"',
        "uv.lock, format: uv",
    )
    return bench


def install(folder: Path, name: str, version: str, *requires: str) -> None:
    """Make an environment beside the release in which a distribution is installed."""
    site = folder / ".venv/lib/python3.12/site-packages" / f"{name}-{version}.dist-info"
    site.mkdir(parents=True)
    (folder / ".venv/pyvenv.cfg").write_text("home = /nowhere\nversion = 3.12.4\n")
    lines = "".join(f"Requires-Dist: {one}\n" for one in requires)
    (site / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}"
    )


def test_the_graph_of_a_release_is_that_of_its_runtime_lock(locked: Bench) -> None:
    assert locked("graph").out == locked("graph", "release.yaml").out == TREE
    assert locked("graph", "uv.lock").out == TREE


def test_a_sealed_release_is_read_from_its_blobs_alone(locked: Bench) -> None:
    locked("seal")
    (locked.folder / "uv.lock").unlink()
    assert locked("graph", "demo@1.0.0").out == TREE
    blob(locked.folder / ".weighbridge", sha256(UV.encode())).unlink()
    gone = locked("graph", "demo@1.0.0")
    assert (gone.code, gone.out) == (2, "")


def test_what_a_lock_does_not_record_is_told_by_what_is_installed(bench: Bench) -> None:
    (bench.folder / "requirements.txt").write_text("pandas==2.2.3\nnumpy==2.1.0\n")
    install(bench.folder, "pandas", "2.2.3", "numpy>=2.2")
    found = bench("graph", "requirements.txt")
    assert found.out.startswith("pandas==2.2.3\n└── numpy==2.1.0 [conflict]\n\nconflict numpy")
    assert "takes numpy>=2.2 alone" in found.out


def test_the_way_to_a_package_and_who_needs_it_are_shown(locked: Bench) -> None:
    assert locked("graph", "--to", "NumPy").out == (
        "pandas==2.2.3 -> numpy==2.1.0\n\n1 shortest path\n"
    )
    assert locked("graph", "--to", "numpy==2.1.0", "--invert").out == (
        "numpy==2.1.0\n└── pandas==2.2.3\n"
    )
    found = locked("graph", "--to", "numpy", "--output-format", "json").json
    assert found["paths"] == [["pandas==2.2.3", "numpy==2.1.0"]]
    unknown = locked("graph", "--to", "num")
    assert unknown.code == 2
    assert "the lock does not have num" in unknown.err
    assert "there is numpy" in unknown.err


def test_two_locks_are_compared(locked: Bench) -> None:
    (locked.folder / "pylock.old.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "t"\npackages = []\n'
    )
    found = locked("graph", "--against", "pylock.old.toml")
    assert found.out == (
        "+ numpy  2.1.0  by pandas==2.2.3 -> numpy==2.1.0\n"
        "+ pandas  2.2.3  asked for itself\n"
        "\n"
        "2 packages: 2 added\n"
    )
    as_json = locked("graph", "--against", "pylock.old.toml", "--output-format", "json").json
    assert [one["name"] for one in as_json["changes"]] == ["numpy", "pandas"]


def test_a_picture_and_all_of_it_for_programs_are_written(locked: Bench) -> None:
    assert locked("graph", "--output-format", "svg", "--output", "graph.svg").code == 0
    assert (locked.folder / "graph.svg").read_text().startswith("<svg xmlns=")
    found = json.loads(locked("graph", "--output-format", "json").out)
    assert [node["id"] for node in found["nodes"]] == ["numpy==2.1.0", "pandas==2.2.3"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--invert",), "--invert is for --to"),
        (("--to", "numpy", "--output-format", "svg"), "svg is for whole graphs"),
        (("--to", "numpy", "--against", "."), "two questions"),
        (("--lock", "dev"), "demo@1.0.0 declares no lock for dev"),
        (("uv.lock", "--lock", "dev"), "a lock file is named itself"),
        (("gone.lock",), "there is no file gone.lock"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    locked: Bench, words: tuple[str, ...], message: str
) -> None:
    found = locked("graph", *words)
    assert found.code == 2
    assert message in found.err


def test_a_lock_that_cannot_be_read_is_refused(locked: Bench) -> None:
    (locked.folder / "uv.lock").write_text("version = 2\n")
    for words in ((), ("uv.lock",)):
        found = locked("graph", *words)
        assert found.code == 2
        assert "uv.lock cannot be read" in found.err


def test_what_advisories_speak_of_is_marked_with_the_worst_severity(locked: Bench) -> None:
    quiet = locked("graph", "--output-format", "svg")
    assert "vulnerable: " not in quiet.out
    assert quiet.err == ""
    assert locked("graph", "-v").err == "no advisories were loaded here: nothing is marked\n"
    severe = {"database_specific": {"severity": "HIGH"}}
    write(
        locked.folder / "osv",
        record("PYSEC-1", "numpy", ("introduced", "0"), ("fixed", "2.2"), **severe),
        record("PYSEC-2", "numpy", ("introduced", "0")),
        record("PYSEC-3", "pandas", ("introduced", "0"), ("fixed", "2.2")),
    )
    assert locked("advisories", "update", "--from=osv").code == 0
    assert "<title>numpy==2.1.0; vulnerable: high</title>" in (
        locked("graph", "--output-format", "svg").out
    )
    assert "1 vulnerable" in locked("graph", "uv.lock").out
    assert locked("graph", "--to", "numpy").out.startswith(
        "pandas==2.2.3 -> numpy==2.1.0 [vulnerable: high]\n"
    )
    assert "[vulnerable: high]" in locked("graph", "--to", "numpy", "--invert").out


def test_what_advisories_say_of_a_name_is_not_said_of_condas_packages(bench: Bench) -> None:
    text = "@EXPLICIT\nhttps://conda.anaconda.org/c/linux-64/numpy-2.1.0-py311_0.conda#" + "a" * 32
    (bench.folder / "conda-linux-64.lock").write_text(text + "\n")
    write(bench.folder / "osv", record("PYSEC-1", "numpy", ("introduced", "0")))
    assert bench("advisories", "update", "--from=osv").code == 0
    found = bench("graph", "conda-linux-64.lock").out
    assert found.startswith("numpy==2.1.0\n")


def test_advisories_that_cannot_be_read_are_no_reason_not_to_draw(locked: Bench) -> None:
    write(locked.folder / "osv", record("PYSEC-1", "numpy", ("introduced", "0")))
    assert locked("advisories", "update", "--from=osv").code == 0
    (locked.folder / ".weighbridge/data/advisories.db").write_bytes(b"x" * 4096)
    found = locked("graph")
    assert (found.code, found.out) == (0, TREE)
    assert found.err.startswith("nothing is marked: ")
