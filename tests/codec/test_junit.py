"""JUnit XML of test runners, and of those who would rather have something else happen."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from weighbridge.codec.predicates import shape_fault
from weighbridge.codec.predicates.junit import LARGEST, MOST, JUnitError, is_xml, read_junit
from weighbridge.codec.predicates.recognising import recognise
from weighbridge.model.predicates import OURS, TEST_RESULT

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1"
 tests="5" time="0.1" timestamp="2026-11-28T10:00:00" hostname="host">
<testcase classname="tests.test_a" name="test_one" time="0.001" />
<testcase classname="tests.test_a" name="test_two"><failure message="1 == 2">E</failure></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped type="pytest.skip" /></testcase>
<testcase classname="" name="tests.test_b"><error message="collection failure" /></testcase>
<testcase classname="tests.test_c" name="test_four"><system-out>ok</system-out></testcase>
</testsuite></testsuites>
"""


def suite(inner: str, attributes: str = "") -> bytes:
    return f"<testsuite name='s' {attributes}>{inner}</testsuite>".encode()


def counts(found: dict[str, Any]) -> dict[str, int]:
    return {key: value for key, value in found[OURS]["junit"].items() if key != "digest"}


def test_what_a_runner_wrote_is_counted() -> None:
    found = read_junit(PYTEST)
    assert found["result"] == "FAILED"
    assert found["failedTests"] == ["tests.test_a.test_two", "tests.test_b"]
    assert found["warnedTests"] == ["tests.test_a.test_three"]
    assert counts(found) == {"tests": 5, "failures": 1, "errors": 1, "skipped": 1}
    assert found[OURS]["junit"]["digest"] == f"sha256:{sha256(PYTEST).hexdigest()}"
    assert shape_fault(TEST_RESULT, found) == ""


def test_the_document_itself_is_kept() -> None:
    found = recognise(PYTEST)
    assert (found.predicate_type, found.kept) == (TEST_RESULT, PYTEST)
    assert b"test_two" in found.predicate


@pytest.mark.parametrize(
    ("data", "result"),
    [
        (suite("<testcase name='a'/>"), "PASSED"),
        (suite("<testcase name='a'/><testcase name='b'><skipped/></testcase>"), "WARNED"),
        (suite("<testcase name='a' status='notrun'/>"), "WARNED"),
        (suite("<testcase name='a'><flakyFailure/></testcase>"), "WARNED"),
        (suite("<testcase name='a'/><error/>"), "FAILED"),
        (suite("<testcase><failure/></testcase>"), "FAILED"),
        (
            b"<testsuites>" + suite(suite("<testcase name='a'/>").decode()) + b"</testsuites>",
            "PASSED",
        ),
        (suite("<testcase name='a'><properties><failure/></properties></testcase>"), "PASSED"),
        (suite("<properties><testcase name='x'/></properties><testcase name='a'/>"), "PASSED"),
    ],
)
def test_a_test_that_did_not_run_is_a_warning_and_one_that_failed_fails(
    data: bytes, result: str
) -> None:
    assert read_junit(data)["result"] == result


def test_names_that_are_too_many_are_counted() -> None:
    many = "".join(f"<testcase name='t{n}'><failure/></testcase>" for n in range(1100))
    found = read_junit(suite(many))
    assert len(found["failedTests"]) == 1000
    assert counts(found)["unlisted"] == 100


LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE testsuite [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<testsuite><testcase name="&c;"/></testsuite>"""
OUTSIDE = b"""<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<testsuite><testcase name="a"><system-out>&x;</system-out></testcase></testsuite>"""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (LAUGHS, "a document type"),
        (OUTSIDE, "a document type"),
        (b'<!DOCTYPE testsuite SYSTEM "http://example.com/x.dtd"><testsuite/>', "a document type"),
        (b"<testsuite>&x;</testsuite>", "it is no XML: undefined entity"),
        (b"<testsuite>" * 100, "deeper than 32"),
        (suite("<testcase/>" * (MOST + 1)), "more than 100,000 test cases"),
        (b"<testsuite/>" + b" " * LARGEST, "larger than 32 MiB"),
        (b"<html><testcase/></html>", "it begins with <html>"),
        (b"<testsuites/>", "no test case"),
        (b"<testsuite><testcase>", "it is no XML"),
        (b"", "it is no XML"),
        (b"<?xml version='1.0' encoding='nonsense'?><testsuite/>", "encoding"),
        (suite("<testcase name='a'/>", "failures='2'"), "says that tests failed; none did"),
        (b"<testsuites errors='1'>" + suite("<testcase/>") + b"</testsuites>", "none did"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_document_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(JUnitError, match=message):
        read_junit(data)


def test_a_count_that_is_none_is_not_believed() -> None:
    for said in ("-1", "many", "\u0661", "9" * 5000):
        data = suite("<testcase name='a'/>", f"failures='{said}'")
        if said == "9" * 5000:
            assert read_junit(data)["result"] == "PASSED"
        assert read_junit(data)["failedTests"] == []


def test_xml_is_told_from_json() -> None:
    assert [is_xml(data) for data in (PYTEST, b"\xef\xbb\xbf <a/>", b"{}", b"", b" [")] == [
        True,
        True,
        False,
        False,
        False,
    ]
