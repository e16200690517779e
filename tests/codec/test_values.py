"""Values that other values of the manifest say more about: by type, by scheme, by name."""

from __future__ import annotations

import pytest

from tests.codec.samples import MINIMAL, faults_of, place
from weighbridge.codec import faults

TYPES = {
    "string": (["a", '""', "'e\u0301'"], ["1", "1.5", "true", "[a]", "{}"]),
    "integer": (["1", "-3", "0x10"], ["1.0", "1.5", '"1"', "true", "[]"]),
    "number": (["1", "0.50", '"1e3"', "-.5"], ["x", "true", '"1,5"', "[]", "1e309", '"NaN"']),
    "boolean": (["true", "False"], ["yes", "1", '"true"', "0.0", "[]"]),
    "array": (["[]", "[1, a, null, [true]]"], ["[1.5]", "a", "{}", "[[{a: 0.5}]]", "[{é: 1}]"]),
    "object": (["{}", "{a: {b: [1]}}"], ["{a: 1.5}", "{a: {é: 1}}", "[]", "x", "1"]),
}
PARAMETER = """\
  parameters:
    knob:
      type: {kind}
      {key}: {written}
"""


@pytest.mark.parametrize("key", ["value", "default", "fallback", "minimum", "maximum", "enum"])
@pytest.mark.parametrize("kind", TYPES)
def test_every_value_of_a_parameter_follows_its_type(key: str, kind: str) -> None:
    accepted, refused = TYPES[kind]
    form = "[{}]" if key == "enum" else "{}"
    for written in accepted:
        more = PARAMETER.format(kind=kind, key=key, written=form.format(written))
        assert faults_of(MINIMAL + more) == (), written
    for written in refused:
        more = PARAMETER.format(kind=kind, key=key, written=form.format(written))
        found = faults_of(MINIMAL + more)
        assert [fault.code for fault in found] == [faults.WRONG_VALUE], written
        assert place(found[0]) == f"21:{9 + len(key)} /spec/parameters/knob/{key}"


@pytest.mark.parametrize(
    ("kind", "written", "advice"),
    [
        ("string", "1", 'quote it to make it text: "…"'),
        ("boolean", "yes", "write true or false: yes, no, on and off are text in YAML 1.2"),
        ("object", "{a: 0.5}", 'quote it: "0.5"'),
    ],
)
def test_a_parameter_of_another_type_gets_advice(kind: str, written: str, advice: str) -> None:
    found = faults_of(MINIMAL + PARAMETER.format(kind=kind, key="value", written=written))
    assert [fault.help for fault in found] == [(advice,)]


def test_a_parameter_without_a_type_is_missed_once() -> None:
    found = faults_of(MINIMAL + "  parameters: {x: {value: 0.5, default: [1.5]}}\n")
    assert [fault.message for fault in found] == ["spec.parameters.x.type is missing"]


@pytest.mark.parametrize(
    ("scheme", "version", "legal"),
    [
        ("semver", "1.4.0", True),
        ("semver", "1.4.0-rc.1+build.7", True),
        ("semver", "1.4", False),
        ("semver", "01.4.0", False),
        ("calver", "2026.11.22", True),
        ("calver", "2026.1", True),
        ("calver", "2026.13", False),
        ("calver", "26.1", False),
        ("TODO", "anything", True),
        ("semver", "TODO", True),
    ],
)
def test_a_version_follows_its_scheme(scheme: str, version: str, legal: bool) -> None:  # noqa: FBT001 - a column of the table
    text = MINIMAL.replace('"1.4.0"', f'"{version}"\n  versioning: {scheme}')
    assert [place(fault) for fault in faults_of(text)] == (
        [] if legal else ["5:12 /metadata/version"]
    )


def test_members_of_a_set_are_told_apart() -> None:
    text = MINIMAL + "    - {name: model, role: code, uri: x}\n"
    (found,) = faults_of(text)
    assert found.message == "spec.artifacts has two members with the name 'model'"
    assert faults_of(text.replace("name: model, role", "name: TODO, role")) == ()
