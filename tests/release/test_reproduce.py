"""Two builds make the same bytes, and what differs is named."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

import weighbridge
from scripts.reproduce import DifferentError, hold_against, members

if TYPE_CHECKING:
    from pathlib import Path


def wheel(path: Path, content: str, how: int = zipfile.ZIP_DEFLATED) -> Path:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", how) as made:
        for name, text in (("a.py", "same"), ("b.py", content)):
            made.writestr(zipfile.ZipInfo(name), text, how)
    return path


def test_the_same_bytes_pass(tmp_path: Path) -> None:
    hold_against(wheel(tmp_path / "1/x.whl", "b"), wheel(tmp_path / "2/x.whl", "b"))


def test_what_differs_is_named(tmp_path: Path) -> None:
    one, two = wheel(tmp_path / "1/x.whl", "b"), wheel(tmp_path / "2/x.whl", "c")
    with pytest.raises(DifferentError, match=r"x\.whl: two builds differ in b\.py"):
        hold_against(one, two)
    packed = wheel(tmp_path / "3/x.whl", "b", zipfile.ZIP_STORED)
    with pytest.raises(DifferentError, match="nothing in them but how it is packed"):
        hold_against(one, packed)


@pytest.mark.slow
def test_wheel_and_sdist_are_of_this_version_and_hold_what_they_should(built: Path) -> None:
    version = weighbridge.__version__
    names = sorted(path.name for path in built.iterdir())
    assert names == [f"weighbridge-{version}-py3-none-any.whl", f"weighbridge-{version}.tar.gz"]
    inside = members(built / names[0])
    tops = {name.split("/")[0] for name in inside}
    assert tops == {"weighbridge", f"weighbridge-{version}.dist-info"}
    root = f"weighbridge-{version}"
    sources = {name.split("/")[1] for name in members(built / names[1]) if "/" in name}
    assert sources == {
        *("src", "docs", "README.md", "CHANGELOG.md", "LICENSE"),
        *("pyproject.toml", "PKG-INFO", ".gitignore"),
    }
    made = {name for name in members(built / names[1]) if name.endswith((".py", ".md"))}
    assert {f"weighbridge/{name}" for name in ("__init__.py", "py.typed")} <= inside.keys()
    assert f"{root}/src/weighbridge/__init__.py" in made
