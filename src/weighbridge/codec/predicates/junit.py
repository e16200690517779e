"""JUnit XML, as test runners write it, to in-toto's test result.

There is no standard, so as little as possible is relied on: test cases, and what stands in them.
The document is hostile: a document type is refused before anything in it is read, nothing outside
is ever opened, and depth and number are bounded. The counts in the attributes of suites are not
believed; where they speak of failures and none is shown, the document is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from xml.parsers import expat

from weighbridge.model.predicates import OURS

LARGEST: Final = 32 << 20
"""Bytes of a document."""
MOST: Final = 100_000
"""Test cases of a document."""
DEEPEST: Final = 32
LISTED: Final = 1_000
"""Names that are listed of those that failed, and as many of those that were skipped."""
LONGEST: Final = 500
"""Characters of a name."""

_SUITES: Final = frozenset({"testsuite", "testsuites"})
_FAILED: Final = frozenset({"error", "failure"})
_FLAKY: Final = frozenset({"flakyError", "flakyFailure", "rerunError", "rerunFailure"})
_NOT_RUN: Final = frozenset({"disabled", "ignored", "notrun", "skipped"})


class JUnitError(ValueError):
    """The bytes are no JUnit document, or none that is read here."""


@dataclass(slots=True)
class _Suite:
    """A suite that is open: its name, what it says of failures, and how many it showed."""

    name: str
    declared: int
    failed: int = 0


@dataclass(slots=True)
class _Case:
    """A test case that is open."""

    name: str
    failures: int = 0
    errors: int = 0
    skipped: bool = False
    flaky: bool = False


@dataclass(slots=True)
class _Listener:
    """Hears the elements of a document, and counts."""

    path: list[str] = field(default_factory=list)
    suites: list[_Suite] = field(default_factory=list)
    case: _Case | None = None
    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def start(self, name: str, values: dict[str, str]) -> None:
        """Hear that an element begins."""
        if not self.path and name not in _SUITES:
            raise JUnitError(f"it begins with <{name[:40]}>, not with test suites")
        if len(self.path) >= DEEPEST:
            raise JUnitError(f"it is nested deeper than {DEEPEST} levels")
        within = self.path[-1] if self.path else ""
        self.path.append(name)
        if name in _SUITES and (not within or within in _SUITES):
            declared = _count(values, "failures") + _count(values, "errors")
            self.suites.append(_Suite(values.get("name", ""), declared))
        elif name == "testcase" and within in _SUITES:
            self._open(values)
        elif within == "testcase" and self.case is not None:
            self._mark(self.case, name)
        elif within in _SUITES and name in _FAILED:
            # Of no test at all: the suite itself could not be run.
            self.errors += 1
            self._fail(self.suites[-1].name or "a suite")

    def end(self, name: str) -> None:
        """Hear that an element ends."""
        self.path.pop()
        within = self.path[-1] if self.path else ""
        if name == "testcase" and self.case is not None and within in _SUITES:
            self._close(self.case)
            self.case = None
        elif name in _SUITES and (not within or within in _SUITES):
            suite = self.suites.pop()
            if suite.declared and not suite.failed:
                raise JUnitError(f"the suite {suite.name[:80]!r} says that tests failed; none did")
            if self.suites:
                self.suites[-1].failed += suite.failed

    def _open(self, values: dict[str, str]) -> None:
        self.tests += 1
        if self.tests > MOST:
            raise JUnitError(f"it has more than {MOST:,} test cases")
        name = ".".join(filter(None, (values.get("classname"), values.get("name"))))
        self.case = _Case(name[:LONGEST] or f"test {self.tests}")
        said = {values.get("status", "").lower(), values.get("result", "").lower()}
        self.case.skipped = not said.isdisjoint(_NOT_RUN)

    @staticmethod
    def _mark(case: _Case, name: str) -> None:
        case.failures += name == "failure"
        case.errors += name == "error"
        case.skipped = case.skipped or name == "skipped"
        case.flaky = case.flaky or name in _FLAKY

    def _close(self, case: _Case) -> None:
        if case.failures or case.errors:
            self.failures += case.failures > 0
            self.errors += case.failures == 0
            self._fail(case.name)
        elif case.skipped or case.flaky:
            self.skipped += case.skipped
            self.warned.append(case.name)

    def _fail(self, name: str) -> None:
        self.failed.append(name)
        self.suites[-1].failed += 1

    def refuse(self, *_: object) -> None:
        """Refuse a document type: what it declares could grow, or point elsewhere."""
        raise JUnitError("it has a document type, which test runners do not write")


def _count(values: dict[str, str], name: str) -> int:
    found = values.get(name, "")
    return int(found) if found.isascii() and found.isdigit() and len(found) < LONGEST else 0


def is_xml(data: bytes) -> bool:
    """Tell whether bytes look like XML."""
    start = data[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<"))


def read_junit(data: bytes) -> dict[str, Any]:
    """Read a document into the predicate of a test result.

    A test that failed makes it fail; one that did not run, or ran only when repeated, is a
    warning. Under our own key stand the counts and the sha256 of the document.

    Raises:
        JUnitError: It is none, or goes beyond the limits.
    """
    if len(data) > LARGEST:
        raise JUnitError(f"it is larger than {LARGEST >> 20} MiB")
    listener = _Listener()
    parser = expat.ParserCreate()
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.StartDoctypeDeclHandler = listener.refuse
    parser.EntityDeclHandler = listener.refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by place only
    except expat.ExpatError as error:
        raise JUnitError(f"it is no XML: {error}") from error
    except (LookupError, UnicodeError) as error:
        raise JUnitError(f"its encoding cannot be read: {error}") from error
    if not listener.tests:
        raise JUnitError("it has no test case")
    return _predicate(listener, f"sha256:{sha256(data).hexdigest()}")


def _predicate(heard: _Listener, document: str) -> dict[str, Any]:
    counts = {
        "errors": heard.errors,
        "failures": heard.failures,
        "skipped": heard.skipped,
        "tests": heard.tests,
    }
    unlisted = sum(max(0, len(names) - LISTED) for names in (heard.failed, heard.warned))
    more = {"unlisted": unlisted} if unlisted else {}
    return {
        "configuration": [],
        "failedTests": heard.failed[:LISTED],
        "result": "FAILED" if heard.failed else "WARNED" if heard.warned else "PASSED",
        "warnedTests": heard.warned[:LISTED],
        OURS: {"junit": {"digest": document, **counts, **more}},
    }
