"""Catalogues of an organisation: how they are named, and what of them is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import commit, git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

TEMPLATE = """\
apiVersion: weighbridge.dev/v1
kind: ReleaseTemplate
metadata: {name: house, version: "1", title: What all of ours have}
spec:
  release:
    spec:
      parameters:
        threshold: {type: number, value: 0.5, description: Where yes begins.}
"""
TOML = 'templates = ["ours"]\n'


@pytest.fixture
def project(bench: Bench) -> Bench:
    """Run commands in a release that extends a template of a folder beside it."""
    (bench.folder / "ours").mkdir()
    (bench.folder / "ours/house@1.yaml").write_text(TEMPLATE)
    (bench.folder / "weighbridge.toml").write_text(TOML)
    bench.edit("kind: ModelRelease\n", "kind: ModelRelease\nextends: house@1\n")
    commit(bench.folder)
    return bench


def origin(bench: Bench) -> str:
    return bench("explain", "spec.parameters.threshold.value").out.splitlines()[1]


def test_a_manifest_extends_a_template_of_the_house(project: Bench) -> None:
    assert project("check").code == 0
    assert origin(project) == "  from    ours/house@1.yaml:8:42  (template)"
    assert "house@1                  What all of ours have" in project("template", "list").out


def test_paths_of_the_file_are_relative_to_it(
    project: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder / "weights")
    assert project("check").code == 0
    assert origin(project) == f"  from    {project.folder}/ours/house@1.yaml:8:42  (template)"
    monkeypatch.chdir(project.folder.parent)
    assert project("check", "project").code == 0


def test_paths_of_the_variable_are_relative_to_the_user(
    project: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.folder / "weighbridge.toml").unlink()
    assert project("check").code == 2
    monkeypatch.setenv("WEIGHBRIDGE_TEMPLATES", "ours")
    assert project("check").code == 0
    monkeypatch.chdir(project.folder / "weights")
    found = project("check")
    assert found.code == 2
    assert "the templates in ours cannot be read" in found.err
    monkeypatch.setenv("WEIGHBRIDGE_TEMPLATES", "../ours")
    assert project("check").code == 0


def test_the_variable_wins_over_the_file(project: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.folder / "weighbridge.toml").write_text('templates = ["gone"]\n')
    assert project("check").code == 2
    monkeypatch.setenv("WEIGHBRIDGE_TEMPLATES", "ours")
    assert project("check").code == 0


def test_a_revision_of_git_is_a_catalogue(project: Bench, tmp_path: Path) -> None:
    repository = tmp_path / "templates"
    repository.mkdir()
    (repository / "house@1.yaml").write_text(TEMPLATE)
    commit(repository)
    git(repository, "tag", "v1")
    (project.folder / "weighbridge.toml").write_text('templates = ["git+../templates@v1"]\n')
    assert project("check").code == 0
    assert "git+../templates@v1/house@1.yaml:8:42" in origin(project)


def test_two_catalogues_with_one_template_agree_or_are_refused(project: Bench) -> None:
    (project.folder / "theirs").mkdir()
    other = project.folder / "theirs/house@1.yaml"
    other.write_text(TEMPLATE)
    (project.folder / "weighbridge.toml").write_text('templates = ["ours", "theirs"]\n')
    commit(project.folder)
    assert project("check").code == 0
    assert project("template", "list").out.count("house@1") == 1
    other.write_text(TEMPLATE + "# one byte more\n")
    for words in (("check",), ("template", "list"), ("template", "show", "house@1")):
        found = project(*words)
        assert (found.code, found.out) == (2, "")
        assert "ours and theirs hold different templates house@1" in found.err
        assert "give one of them another version" in found.err


def test_a_shipped_template_is_never_replaced_in_silence(project: Bench) -> None:
    text = TEMPLATE.replace("name: house", "name: onnx-audio")
    (project.folder / "ours/onnx-audio@1.yaml").write_text(text)
    found = project("template", "show", "onnx-audio@1")
    assert found.code == 2
    assert "ours and shipped hold different templates onnx-audio@1" in found.err


@pytest.mark.parametrize(
    ("before", "after", "where", "said"),
    [
        ("name: house", "name: home", "3:18", "is called house@1 and holds home@1"),
        ('version: "1"', 'version: "2"', "3:18", "is called house@1 and holds house@2"),
        ("threshold: {type", "threshold: {tpye", "8:21", "did you mean `type`"),
        ("value: 0.5", "value: high", "8:42", "is not a decimal number"),
        ("      parameters:", "      paramaters:", "7:7", "did you mean `parameters`"),
        ("    spec:\n", "    sepc:\n", "6:5", "did you mean `spec`"),
        ("kind: ReleaseTemplate", "kind: ModelRelease", "2:7", "a ReleaseTemplate is wanted here"),
        ("  release:", "  relaese:", "5:3", "did you mean `release`"),
    ],
)
def test_faults_of_a_template_are_told_in_its_own_file(
    before: str, after: str, where: str, said: str, project: Bench
) -> None:
    project.edit(before, after, "ours/house@1.yaml")
    for words in (("check",), ("template", "show", "house@1"), ("template", "list")):
        found = project(*words)
        assert (found.code, found.out) == (2, "")
        assert f"--> ours/house@1.yaml:{where}" in found.err
        assert said in found.err


def test_faults_of_a_template_stand_in_the_order_of_its_lines(project: Bench) -> None:
    more = "".join(f"        p{n}: {{type: number, value: high}}\n" for n in range(4))
    (project.folder / "ours/house@1.yaml").write_text(TEMPLATE + more)
    found = project("template", "show", "house@1").err
    places = [f"ours/house@1.yaml:{line}:" for line in (9, 10, 11, 12)]
    assert [found.index(place) for place in places] == sorted(map(found.index, places))


def test_a_fault_of_the_whole_is_told_where_its_value_stands(project: Bench) -> None:
    path = project.folder / "ours/house@1.yaml"
    path.write_text(TEMPLATE + "        strict: {type: boolean}\n")
    project.edit("  artifacts:\n", "  parameters:\n    strict: {value: maybe}\n  artifacts:\n")
    found = project("check")
    assert found.code == 2
    assert "--> release.yaml:" in found.err
    assert "spec.parameters.strict.value is not of the parameter's type boolean" in found.err


def test_a_template_nobody_has_is_told_where_it_is_named(project: Bench) -> None:
    project.edit("extends: house@1", "extends: huose@1")
    found = project("check")
    assert found.code == 2
    assert "no catalogue holds a template huose@1" in found.err
    assert "--> release.yaml:4:10" in found.err
    assert "did you mean house@1" in found.err
