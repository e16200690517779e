from __future__ import annotations

import json
from typing import Any

import pytest

from tests.advisories import advisory, record
from weighbridge.codec.osv import RecordError, read_record
from weighbridge.model.advisory import Level
from weighbridge.model.limits import AdvisoryLimits

YAML = b"""\
id: PYSEC-2026-1
modified: 2026-06-07T02:00:00+02:00
aliases: [CVE-2026-1, PYSEC-2026-1]
details: "first line\\nsecond"
affected:
- package: {name: Foo.Bar, ecosystem: PyPI}
  versions: [1.10, 2, "3.0"]
  ranges:
  - {type: ECOSYSTEM, events: [{introduced: 0}, {fixed: 1.10}]}
  database_specific: {cvss: 7.5, known: true}
"""
JSON: dict[str, Any] = {
    "id": "PYSEC-2026-1",
    "modified": "2026-06-07T02:00:00+02:00",
    "aliases": ["CVE-2026-1", "PYSEC-2026-1"],
    "details": "first line\nsecond",
    "affected": [
        {
            "package": {"name": "Foo.Bar", "ecosystem": "PyPI"},
            "versions": ["1.10", "2", "3.0"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.10"}]}],
            "database_specific": {"cvss": 7.5, "known": True},
        }
    ],
}
V2 = "AV:N/AC:L/Au:N/C:N/I:N/A:C"
V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V3_LOW = "CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"
V3_NONE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


def test_yaml_and_json_of_a_record_are_one() -> None:
    from_yaml = read_record(YAML, "a.yaml")
    assert from_yaml == read_record(json.dumps(JSON, indent=3).encode(), "a.json")
    read = from_yaml.advisory
    assert (read.modified, read.summary) == ("2026-06-07T00:00:00Z", "first line")
    assert read.aliases == ("CVE-2026-1",)
    (affected,) = read.affected
    assert (affected.package, affected.versions) == ("foo-bar", ("1.10", "2", "3.0"))
    assert affected.ranges[0].events == (("introduced", "0"), ("fixed", "1.10"))
    assert json.loads(from_yaml.data) == JSON


def test_a_long_line_is_cut() -> None:
    assert len(advisory(record(summary="x" * 500)).summary) == 120


def test_what_names_commits_alone_names_no_package() -> None:
    assert advisory({**record(), "affected": [{"ranges": []}]}).affected == ()
    other = record()
    other["affected"][0]["package"] = {"ecosystem": "Debian:12", "name": "Foo"}
    assert advisory(other).affected[0].package == "Foo"


@pytest.mark.parametrize(
    ("severity", "wanted"),
    [
        ({"severity": [{"type": "CVSS_V2", "score": V2}]}, (Level.HIGH, 78)),
        ({"severity": [{"type": "CVSS_V3", "score": V3}]}, (Level.CRITICAL, 98)),
        ({"severity": [{"type": "CVSS_V3", "score": V3_LOW}]}, (Level.LOW, 18)),
        ({"severity": [{"type": "CVSS_V3", "score": V3_NONE}]}, (Level.NONE, 0)),
        ({"severity": [{"type": "CVSS_V4", "score": V4}]}, (Level.CRITICAL, 93)),
        (
            {"severity": [{"type": "CVSS_V3", "score": V3_LOW}, {"type": "CVSS_V4", "score": V4}]},
            (Level.CRITICAL, 93),
        ),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]}, (Level.UNKNOWN, None)),
        ({"severity": [{"type": "CVSS_V3", "score": "A:A/" * 90 + "A:A"}]}, (Level.UNKNOWN, None)),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:X/AC:X"}]}, (Level.UNKNOWN, None)),
        ({"severity": [{"type": "CVSS_V3", "score": 9.8}]}, (Level.UNKNOWN, None)),
        ({"severity": "high"}, (Level.UNKNOWN, None)),
        ({"severity": [{"type": "Ubuntu", "score": "medium"}]}, (Level.MEDIUM, None)),
        ({"database_specific": {"severity": "MODERATE"}}, (Level.MEDIUM, None)),
        ({"database_specific": {"severity": "?"}}, (Level.UNKNOWN, None)),
        ({"database_specific": {"severity": ["HIGH"]}}, (Level.UNKNOWN, None)),
        ({}, (Level.UNKNOWN, None)),
    ],
)
def test_how_bad_it_is(severity: dict[str, Any], wanted: tuple[Level, int | None]) -> None:
    read = advisory(record(**severity))
    assert (read.level, read.score) == wanted


def test_a_severity_may_stand_at_what_is_affected() -> None:
    found = record()
    found["affected"][0]["severity"] = [{"type": "CVSS_V3", "score": V3}]
    assert advisory(found).vectors == (V3,)
    assert advisory({**found, "affected": []}).level is Level.UNKNOWN


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": ""}, "no id"),
        ({"id": "a b"}, "no id"),
        ({"id": "x" * 300}, "no id"),
        ({"id": 7}, "id is not text"),
        ({"modified": None}, "no time"),
        ({"modified": "yesterday"}, "no time"),
        ({"modified": "2026-06-07T00:00:00"}, "no time zone"),
        ({"modified": "0001-01-01T00:00:00+23:59"}, "no time"),
        ({"withdrawn": "x"}, "no time"),
        ({"aliases": "CVE-1"}, "aliases is not a list"),
        ({"aliases": [1]}, "other than text"),
        ({"affected": ["x"]}, "other than mappings"),
        ({"affected": [{"package": "torch"}]}, "not a mapping"),
        ({"affected": [{"package": {"name": "x"}}]}, "no ecosystem"),
        (
            {"affected": [{"package": {"name": "x", "ecosystem": "PyPI"}, "versions": [[]]}]},
            "other than text",
        ),
        (
            {
                "affected": [
                    {
                        "package": {"name": "x", "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"repaired": "1"}]}],
                    }
                ]
            },
            "none of introduced",
        ),
    ],
)
def test_what_is_no_record(change: dict[str, Any], why: str) -> None:
    with pytest.raises(RecordError, match=why):
        advisory({**record(), **change})


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.json", b"[]", "not a mapping"),
        ("a.json", b"{", "not plain JSON"),
        ("a.json", b'{"id": "a", "id": "b"}', "twice"),
        ("a.json", b"[" * 10_000, "nested"),
        ("a.json", b"\xff", "not plain JSON"),
        ("a.json", b'{"id": "\\ud800"}', "surrogate"),
        ("a.json", b'{"cvss": 1e999}', "finite"),
        ("a.yaml", b"- x", "not a mapping"),
        ("a.yaml", b"a: !!python/object:os.system {}", "line 1"),
        ("a.yaml", b"a: &a [*a]", "line 1"),
        ("a.yaml", b"a: 1\na: 2", "line 2"),
        ("a.yaml", "é: 1".encode(), "ASCII"),
    ],
)
def test_text_that_is_refused(name: str, data: bytes, why: str) -> None:
    with pytest.raises(RecordError, match=why):
        read_record(data, name)


def test_aliases_that_unfold_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(RecordError):
        read_record("\n".join(lines).encode(), "bomb.yaml")


def test_a_record_has_a_size() -> None:
    with pytest.raises(RecordError, match="larger than"):
        read_record(b"{}" + b" " * 20, "a.json", limits=AdvisoryLimits(record=10))
