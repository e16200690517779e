from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT, contract

if TYPE_CHECKING:
    from pathlib import Path

# A list of forbidden modules cannot see builtins, methods of values, and submodules.
NAMES = {"__import__", "breakpoint", "eval", "exec", "import_module", "input", "open", "print"}
METHODS = {
    "import_module",
    "now",
    "open",
    "read_bytes",
    "read_text",
    "today",
    "utcnow",
    "write_bytes",
    "write_text",
}
SUBMODULES = {"importlib.metadata", "importlib.resources"}


def impurities(source: str) -> list[str]:
    """List what reaches for the world, as `line: what`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in NAMES:
                found.append((node.lineno, f"{name}("))
            case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
                found.append((node.lineno, f".{name}("))
            case ast.Import(names=names):
                found += [(node.lineno, n.name) for n in names if n.name in SUBMODULES]
            case ast.ImportFrom(module=str(module), names=names):
                full = {module, *(f"{module}.{n.name}" for n in names)}
                found += [(node.lineno, name) for name in full & SUBMODULES]
            case _:
                pass
    return [f"{line}: {what}" for line, what in sorted(found)]


def pure_files() -> list[Path]:
    folders = [
        ROOT / "src" / name.replace(".", "/") for name in contract("purity")["source_modules"]
    ]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("open('x')", "open("),
        ("print(1)", "print("),
        ("__import__('os')", "__import__("),
        ("eval('1')", "eval("),
        ("path.read_text()", ".read_text("),
        ("path.read_bytes()", ".read_bytes("),
        ("path.write_text('')", ".write_text("),
        ("path.write_bytes(b'')", ".write_bytes("),
        ("path.open()", ".open("),
        ("datetime.now(UTC)", ".now("),
        ("date.today()", ".today("),
        ("importlib.import_module('os')", ".import_module("),
        ("from importlib import import_module\nimport_module('os')", "import_module("),
        ("import importlib.metadata", "importlib.metadata"),
        ("from importlib import metadata", "importlib.metadata"),
        ("from importlib.metadata import version", "importlib.metadata"),
        ("def f():\n    if 1:\n        return [open(x) for x in y]", "open("),
    ],
)
def test_a_planted_impurity_is_seen(source: str, found: str) -> None:
    assert [entry.split(": ")[1] for entry in impurities(source)] == [found]


@pytest.mark.parametrize(
    "source",
    [
        "now = 1\nf(now)",
        "read_bytes(x)",
        "def today(): ...",
        "opened(x)",
        "'print(1)'",
        "import importlib",
    ],
)
def test_innocent_words_are_not_seen(source: str) -> None:
    assert impurities(source) == []


def test_pure_packages_do_not_reach_for_the_world() -> None:
    files = pure_files()
    found = {str(p.relative_to(ROOT)): impurities(p.read_text(encoding="utf-8")) for p in files}
    assert len(files) > 10
    assert {name: entries for name, entries in found.items() if entries} == {}


def test_every_pure_package_is_under_the_purity_contract() -> None:
    layers = contract("layers")["layers"]
    pure = " | ".join(layers[next(i for i, x in enumerate(layers) if "rules" in x) :]).split(" | ")
    names = [name.strip("()") for name in pure]
    existing = {f"weighbridge.{n}" for n in names if (ROOT / "src/weighbridge" / n).is_dir()}
    assert existing == set(contract("purity")["source_modules"])
