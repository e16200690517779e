from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT, contract

if TYPE_CHECKING:
    from collections.abc import Mapping


def layer_names() -> list[str]:
    names = " | ".join(contract("layers")["layers"]).split(" | ")
    return [name.strip("()") for name in names]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Build a house of empty packages, one for every layer, under the real contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in ["", *layer_names()]:
        package = tmp_path / "weighbridge" / name
        package.mkdir()
        (package / "__init__.py").touch()
    return tmp_path


def plant(house: Path, modules: Mapping[str, str]) -> None:
    for name, source in modules.items():
        path = house / "weighbridge" / f"{name.replace('.', '/')}.py"
        path.write_text(source, encoding="utf-8")


def lint(house: Path) -> tuple[int, str]:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=house, capture_output=True, text=True, check=False
    )
    return done.returncode, " ".join(done.stdout.split())


def test_an_empty_house_keeps_all_contracts(house: Path) -> None:
    exit_code, output = lint(house)
    assert (exit_code, "2 kept, 0 broken" in output) == (0, True), output


def test_what_is_allowed_stays_allowed(house: Path) -> None:
    modules = {
        "cli.check": "from weighbridge.usecases import check\nimport os\n",
        "usecases.check": "from weighbridge import probes, adapters, rules\n",
        "probes.files": "import os, pathlib\nfrom weighbridge import formats\n",
        "rules.digest": "import hashlib, zlib, json, struct, re, yaml, pydantic\n",
        "codec.reading": "from weighbridge.model import fact\n",
        "model.fact": "",
    }
    plant(house, modules)
    exit_code, output = lint(house)
    assert (exit_code, "0 broken" in output) == (0, True), output


def test_a_pure_package_may_import_none_of_the_forbidden(house: Path) -> None:
    forbidden = contract("purity")["forbidden_modules"]
    plant(house, {f"rules.planted{i}": f"import {name}\n" for i, name in enumerate(forbidden)})
    exit_code, output = lint(house)
    assert exit_code == 1
    arrows = [f"weighbridge.rules.planted{i} -> {name}" for i, name in enumerate(forbidden)]
    assert len(arrows) > 15
    assert [arrow for arrow in arrows if arrow not in output] == []


@pytest.mark.parametrize(
    "source", ["from os import path\n", "import os.path\n", "def late():\n    import os\n"]
)
def test_no_spelling_escapes_in_any_pure_package(house: Path, source: str) -> None:
    pure = [name.removeprefix("weighbridge.") for name in contract("purity")["source_modules"]]
    plant(house, {f"{name}.planted": source for name in pure})
    exit_code, output = lint(house)
    assert exit_code == 1
    assert [n for n in pure if f"weighbridge.{n}.planted -> os" not in output] == []


def test_a_pure_package_may_not_go_through_another_module(house: Path) -> None:
    modules = {
        "formats.pickled": "from weighbridge.model import clock\n",
        "model.clock": "import time\n",
    }
    plant(house, modules)
    exit_code, output = lint(house)
    assert exit_code == 1
    assert "weighbridge.formats.pickled -> weighbridge.model.clock" in output
    assert "weighbridge.model.clock -> time" in output


def test_a_pure_package_may_not_go_through_the_root(house: Path) -> None:
    modules = {
        "__init__": "import os\n__version__ = '1'\n",
        "rules.digest": "from weighbridge import __version__\n",
    }
    plant(house, modules)
    exit_code, output = lint(house)
    assert exit_code == 1
    assert "weighbridge -> os" in output


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("model", "codec"),
        ("codec", "rules"),
        ("rules", "usecases"),
        ("usecases", "cli"),
        ("rules", "formats"),
        ("formats", "report"),
        ("probes", "adapters"),
        ("adapters", "probes"),
    ],
)
def test_layers_import_downwards_only(house: Path, importer: str, imported: str) -> None:
    plant(house, {f"{importer}.planted": f"import weighbridge.{imported}\n"})
    exit_code, output = lint(house)
    assert exit_code == 1
    assert f"weighbridge.{importer}.planted -> weighbridge.{imported}" in output


def test_a_package_without_a_layer_is_refused(house: Path) -> None:
    plant(house, {"cellar": ""})
    exit_code, output = lint(house)
    assert exit_code == 1
    assert "cellar" in output
