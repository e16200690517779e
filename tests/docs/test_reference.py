"""The reference says what the code says, all of it, and nothing that is gone."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from scripts import reference
from scripts.reference_manifest import SCALARS
from scripts.shown_commands import blocks
from weighbridge.cli.group import VERBS, weighbridge
from weighbridge.cli.main import EXIT_CODES
from weighbridge.codec.faults import DOCUMENT_FAULTS
from weighbridge.codec.schemas import release_schema
from weighbridge.codec.settings import KEYS
from weighbridge.formats.registry import FORMATS
from weighbridge.model import predicates
from weighbridge.model.event import Kind
from weighbridge.model.limits import DocumentLimits, Limits, ProcessLimits
from weighbridge.model.trust import TrustSnapshot, write_snapshot
from weighbridge.rules.catalogue import RULES
from weighbridge.seal import bundle, statement
from weighbridge.seal.control import Action, Obstacle
from weighbridge.seal.dsse import PAYLOAD_TYPE
from weighbridge.seal.judging import Reason, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


def page(name: str) -> str:
    return (reference.REFERENCE / name).read_text(encoding="utf-8")


def documented_commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from documented_commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_pages_are_what_the_code_says_now() -> None:
    assert reference.stale() == [], "run `make reference`"


def test_making_pages_twice_gives_the_same_bytes() -> None:
    assert reference.pages() == reference.pages()


def test_every_verb_and_option_is_told() -> None:
    told = page("cli.md")
    found = dict(documented_commands(weighbridge, "weighbridge"))
    assert {path.split()[1] for path in found} == {*VERBS}
    for path, command in found.items():
        section = told.partition(f"\n## {path.removeprefix('weighbridge ')}\n")[2]
        section = told[: told.index("\n## scan")] + section.partition("\n## ")[0]
        for option in command.params:
            if isinstance(option, click.Option):
                for name in option.opts:
                    assert name in section, f"{path} {name}"


def test_every_rule_is_told() -> None:
    index = page("rules/index.md")
    for rule in RULES:
        assert f"[{rule.code}]({rule.code}.md) | {rule.name}" in index
        assert rule.text.strip().splitlines()[0] in page(f"rules/{rule.code}.md")


def test_every_error_is_told_with_its_exit_code() -> None:
    told = page("errors.md")
    codes = {error.code: EXIT_CODES[error.kind] for error in reference.error_classes()}
    codes |= dict.fromkeys(DOCUMENT_FAULTS, 2)
    assert len(codes) > len(DOCUMENT_FAULTS)
    for code, number in codes.items():
        assert f"| [`{code}`](errors/{code}.md) | {number} |" in told


def test_every_setting_is_told_with_its_variable() -> None:
    told = page("settings.md")
    for key in KEYS:
        variable = f"`WEIGHBRIDGE_{key.upper().replace('-', '_')}`"
        assert re.search(rf"\| `{key}` \| (`--{key}`)? \| {variable} \|", told)


def test_every_format_and_limit_is_told() -> None:
    told = page("formats.md")
    headings = ", ".join(re.findall(r"(?m)^###? (.+)$", told)).split(", ")
    assert {*FORMATS} <= {*headings}
    for limits in (Limits, ProcessLimits, DocumentLimits):
        for field in fields(limits):
            assert f"| `{field.name}` | " in told


def schema_paths(schema: dict[str, Any], at: str, known: dict[str, Any]) -> Iterator[str]:
    """List the paths of a JSON Schema's fields the way the page writes them."""
    for key, below in schema.get("properties", {}).items():
        path = f"{at}.{key}".lstrip(".")
        yield path
        yield from schema_paths(below, path, known)
    inner = [(f"{at}.*", below) for below in schema.get("patternProperties", {}).values()]
    inner += [(f"{at}[]", schema["items"])] if "items" in schema else []
    inner += [(at, option) for option in schema.get("anyOf", [])]
    inner += [(at, known[schema["$ref"].removeprefix("#/$defs/")])] if "$ref" in schema else []
    for path, below in inner:
        yield from schema_paths(below, path, known)


def test_every_field_of_the_manifest_is_told() -> None:
    schema = release_schema()
    wanted = set(schema_paths(schema, "", schema["$defs"]))
    told = re.findall(r"(?m)^\| `([^`]+)` \|", page("manifest.md"))
    assert {*told} == wanted
    assert len(told) == len(wanted)


def test_types_of_the_manifest_are_told() -> None:
    told = page("manifest.md")
    linked = set(re.findall(r"\[([a-z ]+)\]\(#types\)", told))
    listed = set(re.findall(r"(?m)^- \*\*([a-z ]+)\*\*: ", told))
    assert linked == listed
    assert len(listed) <= len(SCALARS)


def test_every_key_of_the_json_shown_is_told() -> None:
    text = page("json.md")
    shown = "".join(block.body for block in blocks(text) if block.language == "console")
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    told = set(re.findall(r"[A-Za-z]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    schema = release_schema()
    sections = {*schema["$defs"]["Spec"]["properties"]}
    assert {*re.findall(r'"(\w+)":', shown)} - told - sections == set()


def first_cells(section: str) -> set[str]:
    """List what stands in the first column of a section's table."""
    cells = re.findall(r"(?m)^\| (`[^|]+) \|", page("evidence.md").partition(f"# {section}\n")[2])
    return {*re.findall(r"`([^`]+)`", " ".join(cells))}


def test_every_kind_of_entry_and_of_statement_is_told() -> None:
    assert {*Kind} <= first_cells("Entry")
    assert {*Action} <= first_cells("Statement")
    ours = {predicates.RELEASE, predicates.TEST_RESULT, predicates.CONTROL}
    assert ours <= first_cells("Statement")
    text = page("evidence.md")
    for form in (bundle.MEDIA_TYPE, PAYLOAD_TYPE, statement.STATEMENT_TYPE):
        assert f"`{form}`" in text


def test_every_reason_to_refuse_is_told_with_its_code() -> None:
    text = page("evidence.md")
    for reason in Reason:
        assert f"| `{reason}` | {refuse(reason, '', '').code} |" in text
    told = {*re.findall(r"(?m)^\| `([a-z-]+)` \|", text.partition("# Why a change")[2])}
    assert {*Obstacle} <= told


def test_every_member_of_a_trust_snapshot_is_told() -> None:
    empty = TrustSnapshot(as_of=0, owners=("ann",), threshold=1)
    members = re.findall(r'"(\w+)":', write_snapshot(empty).decode())
    assert {*members} <= {cell.removesuffix("[]") for cell in first_cells("Trust snapshot")}


def test_a_change_is_noticed_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "REFERENCE", tmp_path)
    reference.write()
    assert reference.stale() == []
    (tmp_path / "rules/OLD001.md").write_text("a rule of long ago\n", encoding="utf-8")
    (tmp_path / "cli.md").write_text("edited by hand\n", encoding="utf-8")
    assert reference.stale() == ["cli.md", "rules/OLD001.md"]
    monkeypatch.setattr("sys.argv", ["reference", "--check"])
    assert reference.main() == 1
    monkeypatch.setattr("sys.argv", ["reference"])
    assert reference.main() == 0
    assert reference.stale() == []


def test_attributes_are_read_with_lines_that_go_on() -> None:
    class Said:
        """A class.

        Attributes:
            one: The first,
                which goes on.
            two: The second.
        """

    assert reference.attributes(Said) == {"one": "The first, which goes on.", "two": "The second."}


def test_cells_of_tables_hold_no_column_of_their_own() -> None:
    assert reference.table(("a",), [("x|y",), ("two\nlines",)]).splitlines()[2:] == [
        "| x\\|y |",
        "| two lines |",
    ]
