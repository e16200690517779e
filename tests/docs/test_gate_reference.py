"""The pages about the gate say what the gate has: its words, and what lies in a pack of it."""

from __future__ import annotations

import json
import re
import tarfile
from base64 import b64decode
from typing import TYPE_CHECKING, Any, get_args

import pytest

from scripts.reference import REFERENCE
from scripts.shown_commands import Shell
from weighbridge.codec.schemas import release_schema, schema_of
from weighbridge.gate import cel, diagnosis
from weighbridge.gate.shapes import Record
from weighbridge.gate.speech import speech, variables
from weighbridge.gate.syntax import FUNCTIONS, MACROS
from weighbridge.ledger.proof import read_proof
from weighbridge.model.environment import Environment
from weighbridge.model.policy.bundle import BundleLimits
from weighbridge.model.policy.fields import Collection
from weighbridge.model.predicates import APPROVAL, VSA
from weighbridge.packing.evidence_pack import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.shapes import Shape

ITEM_OF = get_args(Collection)


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """Cut a section out of a page, with what lies below its heading up to the next of its level."""
    marks, _, _ = title.partition(" ")
    return re.split(rf"(?m)^#{{1,{len(marks)}}} ", text.partition(f"\n{title}\n")[2])[0]


def words(text: str) -> set[str]:
    """List the words that stand between backquotes."""
    return {*re.findall(r"[A-Za-z0-9_]+", " ".join(re.findall(r"`+([^`]+)`+", text)))}


def row(text: str, first: str) -> str:
    (found,) = re.findall(rf"(?m)^\| `{re.escape(first)}` \|.*$", text)
    return str(found)


def spoken(for_each: str | None) -> dict[str, Shape]:
    return variables(
        for_each,
        known=speech(release_schema=release_schema(), environment_schema=schema_of(Environment)),
        data=(),
    )


def test_every_variable_is_told_and_no_other() -> None:
    told = re.findall(
        r"(?m)^\| `(\w+)` \|", section(page("expressions.md"), "## Variables").partition("###")[0]
    )
    assert {*told} == {*spoken("evidence")}


def test_every_field_of_a_release_is_told() -> None:
    release = spoken(None)["release"]
    assert isinstance(release, Record)
    told = section(page("expressions.md"), "### `release`")
    assert {*release.fields} == {*re.findall(r"`release\.(\w+)`", told)}


@pytest.mark.parametrize("collection", ITEM_OF)
def test_every_collection_is_told_with_what_its_items_are(collection: str) -> None:
    text = section(page("expressions.md"), "## Collections")
    (told,) = re.findall(rf"(?m)^\|[^|]*`{re.escape(collection)}`[^|]*\|(.*)$", text)
    item = spoken(collection)["item"]
    assert isinstance(item, Record)
    if path := re.search(r"as `(spec\.[\w.]+(?:\[\]|\.\*))`", told):
        fields = {*item.fields} - {"name", "pointer"}
        assert all(f"`{path[1]}.{field}`" in page("manifest.md") for field in fields)
    else:
        assert {*item.fields} <= words(told) | {"pointer"}


def test_no_collection_is_told_that_is_not_there() -> None:
    first = re.findall(r"(?m)^\| (`[^|]+) \|", section(page("expressions.md"), "## Collections"))
    assert {*re.findall(r"`([^`]+)`", " ".join(first))} == {*ITEM_OF}


def test_every_function_is_told_and_no_other() -> None:
    text = section(page("expressions.md"), "## Functions")
    first = re.findall(r"(?m)^\| (`[^|]+) \|", text)
    told = {name for cell in first for name in re.findall(r"(?:^|[`.])(\w{3,})(?=[(`])", cell)}
    assert told == {*FUNCTIONS, *MACROS}


@pytest.mark.parametrize(
    "text",
    [
        "a.list.map(x, x) == []",
        "type(a.b) == int",
        "dyn(a.b) == 1",
        'bytes("1") == bytes("1")',
        "uint(1) == uint(1)",
        'timestamp("2026-11-22T10:00:00Z").getHours("Europe/Berlin") == 1',
        "a.exists(x, x == 1)",
        'a.list.exists(x, x + "b" == "ab")',
        "a.list.exists(x, [x] == [1])",
    ],
)
def test_what_is_said_to_be_left_out_is_refused(text: str) -> None:
    language = cel.Language({"a": spoken("evidence")["release"]})
    with pytest.raises(diagnosis.ExpressionError):
        language.compile(text, result="bool")


def test_limits_are_those_of_the_gate() -> None:
    text = section(page("expressions.md"), "## Limits")
    limits = BundleLimits()
    numbers = (cel.MAX_LENGTH, cel.MAX_TEXT, diagnosis.MAX_DEPTH, diagnosis.MAX_STEPS)
    for number in (*numbers, limits.files):
        assert re.search(rf"\b{number:,}\b", text), number
    assert f"{limits.data >> 20} MiB" in text


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Take the pack the tutorial ends with."""
    home = Shell(tmp_path_factory.mktemp("pack"), "promoted-release").home
    with tarfile.open(home / "spam-filter.tar") as archive:
        return {
            member.name: file.read()
            for member in archive
            if (file := archive.extractfile(member)) is not None
        }


def statement(bundle: bytes) -> dict[str, Any]:
    payload = json.loads(bundle)["dsseEnvelope"]["payload"]
    found: dict[str, Any] = json.loads(b64decode(payload))
    return found


def keys(tree: object) -> Iterator[str]:
    """List the keys of a tree; a key that is a URI is told by its words."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from re.findall(r"[A-Za-z0-9_]+", key)
            yield from keys(value)
    elif isinstance(tree, list):
        for member in tree:
            yield from keys(member)


def test_every_file_of_a_pack_is_told(pack: Mapping[str, bytes]) -> None:
    text = section(page("evidence.md"), "## Evidence pack")
    told = re.sub(r"DIGEST|INDEX", "*", " ".join(re.findall(r"(?m)^\| ([^|]+) \|", text)))
    for name in pack:
        general = re.sub(r"[0-9a-f]{64}|(?<=/)\d+(?=\.)", "*", name)
        assert f"`{general}`" in told, name
    assert f"`{MEDIA_TYPE}`" in text
    assert {*json.loads(pack["index.json"])} <= words(text)


def test_members_of_what_is_packed_are_told(pack: Mapping[str, bytes]) -> None:
    text = page("evidence.md")
    bundle, record = json.loads(pack["policy.json"]), json.loads(pack["environment.json"])
    assert {*bundle, *bundle["rules"]} <= words(section(text, "## Policy bundle"))
    assert {*record} - words(page("environment.md")) == {"policyDigest"}
    assert "policyDigest" in words(section(text, "## Environment record"))
    assert {*keys(json.loads(pack["outcome.json"]))} <= words(section(text, "## Outcome"))


def test_members_of_a_decision_are_told(pack: Mapping[str, bytes]) -> None:
    said = statement(pack["decision.json"])
    assert said["predicateType"] == VSA
    told = words(section(page("evidence.md"), "## Decision"))
    finding = {"code", "severity", "subject"}
    assert {*keys(said["predicate"])} - told - finding == {"sha256"}


def test_members_of_an_approval_are_told(pack: Mapping[str, bytes]) -> None:
    statements = [statement(data) for name, data in pack.items() if name.startswith("evidence/")]
    approvals = [one for one in statements if one["predicateType"] == APPROVAL]
    told = words(row(page("evidence.md"), APPROVAL))
    assert len(approvals) == 2
    assert all({*one["predicate"]} <= told for one in approvals)


def test_members_of_entries_are_told(pack: Mapping[str, bytes]) -> None:
    text = section(page("evidence.md"), "## Entry")
    seen = set()
    for name, data in pack.items():
        if name.startswith("ledger/"):
            event = json.loads(read_proof(data).extra)
            if event["kind"].startswith(("promotion.", "act.")):
                told = words(row(text, event["kind"]))
                assert {*event["body"]} <= told, event["kind"]
                seen.add(event["kind"])
    assert seen >= {"promotion.done", "act.said"}


def test_every_topic_is_told() -> None:
    told = re.findall(r"(?m)^\| `([^`]+)` \|", section(page("evidence.md"), "### Topics"))
    assert {topic.partition(":")[0] for topic in told} == {
        "control",
        "delivery",
        "environment",
        "gate",
        "release",
        "statement",
        "store",
        "subject",
    }
