from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.usecases.families import families
from tests.usecases.workshop import sha256
from weighbridge.codec.templates import read_template
from weighbridge.model import template as model

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

SHIPPED = Path(model.__file__).parents[1] / "templates"


def test_the_shipped_templates_are_listed_for_people_and_programs(run: Bench) -> None:
    found = run("template", "list")
    assert (found.code, found.err) == (0, "")
    lines = found.out.splitlines()
    assert [line.split()[0] for line in lines] == [one.reference for one in families()]
    assert all(line.endswith("  shipped") for line in lines)
    listed = run("template", "list", "--output-format=json").json["templates"]
    assert [one["reference"] for one in listed] == [one.reference for one in families()]


@pytest.mark.parametrize("reference", [one.reference for one in families()])
def test_every_shipped_template_is_shown(reference: str, run: Bench) -> None:
    found = run("template", "show", reference)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"{reference}  ")
    assert "\nhooks\n" in found.out
    assert "fallback" in found.out
    shown = run("template", "show", reference, "--output-format=json").json
    data = (SHIPPED / f"{reference}.yaml").read_bytes()
    assert (shown["digest"], shown["catalogue"]) == (sha256(data), "shipped")
    assert shown["template"]["kind"] == "ReleaseTemplate"


def test_a_template_there_is_not_names_what_is_near(run: Bench) -> None:
    found = run("template", "show", "onnx-clasifier@1")
    assert (found.code, found.out) == (2, "")
    assert "did you mean onnx-classifier@1" in found.err


def test_a_skeleton_is_written_named_and_extended(run: Bench) -> None:
    found = run("template", "new", "fraud")
    assert (found.code, found.out) == (0, "wrote templates/fraud@1.yaml\n")
    assert 'templates = ["templates"]' in found.err
    read_template((run.folder / "templates/fraud@1.yaml").read_bytes(), "fraud@1.yaml")
    (run.folder / "weighbridge.toml").write_text('templates = ["templates"]\n')
    assert run("template", "list").out.count("fraud@1") == 1
    assert "max_batch_size = 8 requests" in run("template", "show", "fraud@1").out
    again = run("template", "new", "fraud@2", "--from", "fraud@1")
    assert again.out == "wrote templates/fraud@2.yaml\n"
    assert "weighbridge template show fraud@2" in again.err
    (line,) = [
        line for line in run("template", "list").out.splitlines() if line.startswith("fraud@2")
    ]
    assert line.split()[1:] == ["TODO", "templates"]


def test_a_copy_changes_name_and_version_and_no_other_byte(run: Bench) -> None:
    wanted = (SHIPPED / "onnx-audio@1.yaml").read_text()
    assert run("template", "new", "wake-word@3", "--from=onnx-audio@1", "--directory=.").code == 0
    found = (run.folder / "wake-word@3.yaml").read_text()
    assert found == wanted.replace("  name: onnx-audio\n", "  name: wake-word\n", 1).replace(
        '  version: "1"\n', '  version: "3"\n', 1
    )


@pytest.mark.parametrize("name", ["1", "true", "1e3", "null", "2026.11", "0x1f"])
def test_a_name_that_yaml_reads_otherwise_stays_a_name(name: str, run: Bench) -> None:
    for words in ((), ("--from=onnx-audio@1",)):
        found = run("template", "new", f"{name}@{len(words)}", *words)
        assert found.code == 0, found.err
        path = run.folder / f"templates/{name}@{len(words)}.yaml"
        template, _ = read_template(path.read_bytes(), path.name)
        assert (template.metadata.name, template.metadata.version) == (name, str(len(words)))


def test_a_dry_run_writes_nothing(run: Bench) -> None:
    found = run("template", "new", "fraud", "--dry-run")
    assert found.code == 0
    template, _ = read_template(found.out.encode(), "fraud@1.yaml")
    assert template.metadata.name == "fraud"
    assert run.files() == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Fraud", "Fraud is no name of a template"),
        ("../fraud", "../fraud is no name of a template"),
        ("fraud@", "fraud@ is no name of a template"),
        ("fraud@1@2", "is no name of a template"),
        ("a\nb", "is no name of a template"),
        ("onnx-audio", "the catalogue shipped holds onnx-audio@1 already"),
        ("there", "templates/there@1.yaml exists already"),
        ("hanging", "templates/hanging@1.yaml exists already"),
    ],
)
def test_what_is_there_stays_and_what_is_no_name_is_refused(
    name: str, said: str, run: Bench
) -> None:
    (run.folder / "templates").mkdir()
    (run.folder / "templates/there@1.yaml").write_text("mine")
    (run.folder / "templates/hanging@1.yaml").symlink_to("nowhere")
    before = run.files()
    found = run("template", "new", name)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert run.files() == before


def test_a_catalogue_that_is_not_there_yet_does_not_keep_one_from_beginning(run: Bench) -> None:
    (run.folder / "weighbridge.toml").write_text('templates = ["templates"]\n')
    listed = run("template", "list")
    assert listed.code == 2
    assert "the templates in templates cannot be read: no such file" in listed.err
    found = run("template", "new", "fraud")
    assert (found.code, found.out) == (0, "wrote templates/fraud@1.yaml\n")


def test_a_folder_that_cannot_be_made_is_said(run: Bench) -> None:
    (run.folder / "templates").write_text("a file")
    found = run("template", "new", "fraud")
    assert (found.code, found.out) == (3, "")
    assert "could not be written" in found.err
