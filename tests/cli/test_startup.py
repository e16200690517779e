from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import clean_environ, run_apart
from weighbridge.rules.catalogue import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

LIST = """
import json, sys
from weighbridge.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write("\\n" + json.dumps(sorted(sys.modules)))
sys.exit(code)
"""
NEVER = {
    "asyncio",
    "httpx",
    "numpy",
    "onnx",
    "onnxruntime",
    "rich",
    "ssl",
    "torch",
    "unittest",
}
HEAVY = {"orjson", "pydantic", "sqlite3", "yaml"}


def imported(bench: Bench, *words: str) -> set[str]:
    """List the modules a command imports."""
    done = subprocess.run(
        [sys.executable, "-c", LIST, *words],
        cwd=bench.folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_nothing_is_imported_from_the_folder_it_is_started_in(bench: Bench) -> None:
    for name in ("yaml", "click", "orjson", "keyring", "sqlite3"):
        (bench.folder / f"{name}.py").write_text("raise SystemExit('imported from here')")
    found = run_apart(bench.folder, "check")
    assert "imported from here" not in found.err
    assert f"{len(RULES)} rules" in found.out


def test_no_plug_in_of_pydantic_is_run(bench: Bench, tmp_path: Path) -> None:
    about = tmp_path / "lib/eager-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: eager\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[pydantic]\neager = eager:plugin\n")
    (tmp_path / "lib/eager.py").write_text("raise SystemExit('a plug-in was run')")
    found = run_apart(bench.folder, "check", environ={"PYTHONPATH": str(tmp_path / "lib")})
    assert "a plug-in was run" not in found.err
    assert f"{len(RULES)} rules" in found.out


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("scan", "weights"),
        ("digest", "weights"),
        ("seal", "--dry-run"),
        ("show",),
        ("diff", ".", "."),
        ("capture",),
        ("key", "list"),
        ("registry", "status"),
        ("sign", "."),
        ("attest", ".", "--predicate", "labels.json", "--type", "https://example.com/t"),
        ("verify", "."),
        ("log", "verify"),
    ],
)
def test_no_verb_imports_what_it_does_not_need(words: tuple[str, ...], bench: Bench) -> None:
    assert imported(bench, *words) & NEVER == set()


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("check", "--help"), ("chekc",)])
def test_help_and_usage_errors_cost_no_manifest_reader(
    words: tuple[str, ...], bench: Bench
) -> None:
    assert imported(bench, *words) & (HEAVY | NEVER) == set()


def test_check_imports_no_renderer_it_does_not_use(bench: Bench) -> None:
    found = imported(bench, "check")
    assert "weighbridge.cli.check" in found
    assert {name for name in found if name.startswith("weighbridge.cli.demo")} == set()
    assert not {name for name in found if name.startswith("weighbridge.usecases.demo")}


def test_a_check_without_rule_packs_imports_nothing_of_them(bench: Bench) -> None:
    found = imported(bench, "check")
    packs = ("weighbridge.usecases.rule_packs", "weighbridge.adapters.python_packs")
    assert not [name for name in found if name.startswith((*packs, "weighbridge.model.rule_pack"))]
    assert not {"cel_expr_python", "google.protobuf"} & found
