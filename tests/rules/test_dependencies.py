from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import (
    Distribution,
    Facts,
    InputRequirement,
    ObservedLock,
    PythonEnvironment,
    Unavailable,
)
from weighbridge.model.finding import Edit, Verdict
from weighbridge.model.lock import Pin
from weighbridge.rules import sample

if TYPE_CHECKING:
    from weighbridge.model.release.dependencies import LockFormat

COMMIT = sample.COMMIT


def locked(*pins: Pin, kind: LockFormat = "requirements", **installed: str) -> Facts:
    """Make a release with a lock, beside an environment with packages installed."""
    release = sample.release({"/spec/dependencies/runtime/format": kind})
    found = {name: Distribution(name=name, version=version) for name, version in installed.items()}
    here = PythonEnvironment(
        where=".venv", implementation="cpython", version="3.11.7", distributions=found
    )
    return replace(release, locks=sample.lock(*pins, kind=kind), python=here)


def with_inputs(requirement: str, *pins: Pin, sealed: bool = False) -> Facts:
    given = InputRequirement(file="requirements.in", line=3, requirement=requirement)
    release = sample.release(sealed=sealed)
    return replace(release, locks=sample.lock(*pins, inputs=[given]))


@pytest.mark.parametrize(
    ("pin", "what"),
    [
        (Pin(name="a", version="1.0"), None),
        (Pin(name="a", version=None, specifier=">=1"), "its version is open"),
        (Pin(name="a", version="1.0", source="editable", reference="./a"), "editable"),
        (Pin(name="a", version=None, source="path", reference="./a"), "the path has no hash"),
        (Pin(name="a", version=None, source="path", reference="./a.whl", hashed=True), None),
        (Pin(name="a", version=None, source="url", reference="https://x/a.whl"), "the url has"),
        (Pin(name="a", version=None, source="url", reference="https://x/a", hashed=True), None),
        (Pin(name="a", version=None, source="git", reference="https://x/a@main"), "full commit"),
        (Pin(name="a", version=None, source="git", reference="https://x/a@3f9c2b7"), "full commit"),
        (Pin(name="a", version=None, source="git", reference=f"https://x/a@{COMMIT}"), None),
        (Pin(name="a", version="1", source="git", reference=f"https://x/a?rev=v1#{COMMIT}"), None),
        (Pin(name="-r base.txt", version=None, source="include"), "another file"),
    ],
)
def test_entries_that_leave_something_open(pin: Pin, what: str | None) -> None:
    found = messages(ask("DEP001", locked(pin)))

    assert len(found) == (what is not None)
    assert all(str(what) in message for message in found)


def test_a_finding_stands_at_the_line_of_the_lock() -> None:
    (finding,) = ask("DEP001", locked(Pin(name="numpy", version=None, specifier=">=1", line=7)))

    assert str(finding.location) == "requirements.lock:7:1"
    assert finding.subject == "numpy"
    assert finding.edits == ()


def test_the_installed_version_is_offered_with_its_marker() -> None:
    pin = Pin(
        name="numpy", version=None, specifier=">=1.24", marker="python_version < '3.12'", line=7
    )

    (finding,) = ask("DEP001", locked(pin, numpy="1.26.4"))
    value = "numpy==1.26.4 ; python_version < '3.12'"
    assert finding.edits == (Edit(file=sample.LOCK, line=7, value=value),)
    assert "check --fix" in finding.remediation[0]


@pytest.mark.parametrize(
    ("pin", "kind", "version"),
    [
        (Pin(name="numpy", version=None, specifier=">=2"), "requirements", "1.26.4"),
        (Pin(name="numpy", version=None), "pylock", "1.26.4"),
        (Pin(name="numpy", version=None), "conda", "1.26.4"),
        (Pin(name="numpy", version=None), "requirements", "2.1.0+cpu"),
        (Pin(name="numpy", version=None), "requirements", "not a version"),
        (Pin(name="numpy", version=None, hashes=("sha256:00",)), "requirements", "1.26.4"),
        (Pin(name="numpy", version=None, specifier="what"), "requirements", "1.26.4"),
        (Pin(name="numpy", version=None, source="git", reference="x"), "requirements", "1.26.4"),
    ],
)
def test_no_edit_is_offered_that_may_be_wrong(pin: Pin, kind: LockFormat, version: str) -> None:
    (finding,) = ask("DEP001", locked(pin, kind=kind, numpy=version))

    assert finding.edits == ()
    assert finding.remediation


@pytest.mark.parametrize("code", ["DEP001", "DEP002", "DEP003"])
def test_a_lock_that_cannot_be_understood_is_inconclusive(code: str) -> None:
    facts = with_inputs("numpy>=1", Pin(name="numpy", version="1.26.4", hashed=True))
    lock = facts.locks[sample.LOCK]
    assert not isinstance(lock, Unavailable)
    blind = replace(lock, lock=Unavailable("conda locks are not read yet"))

    (finding,) = ask(code, replace(facts, locks={sample.LOCK: blind}))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "conda locks" in finding.message


@pytest.mark.parametrize("kind", ["requirements", "pylock", "uv", "conda"])
def test_a_few_entries_without_hash_are_named_one_by_one(kind: LockFormat) -> None:
    pins = [Pin(name=name, version="1.0", line=line) for line, name in enumerate("abcde", 1)]
    from_address = Pin(name="f", version=None, source="url", reference="https://x/f.whl")

    findings = ask("DEP002", locked(*pins, kind=kind))
    assert [found.location.line for found in findings] == [1, 2, 3, 4, 5]
    assert messages(ask("DEP002", locked(from_address, kind=kind))) == ["f has no hash"]
    together = ask("DEP002", locked(*pins, from_address, kind=kind))
    assert messages(together) == ["6 of 6 entries have no hash: a, b, c, d, e and 1 more"]


def test_commits_and_folders_need_no_hash() -> None:
    git = Pin(name="a", version=None, source="git", reference=f"https://x/a@{COMMIT}")
    folder = Pin(name="b", version=None, source="path", reference="./b")

    assert ask("DEP002", locked(git, folder)) == ()


def test_another_lock_is_mended_in_the_manifest() -> None:
    facts = replace(sample.release(), locks=sample.lock(digest=sample.OTHER_DIGEST))

    (finding,) = ask("DEP003", facts)
    at = "/spec/dependencies/runtime/digest"
    assert finding.edits == (Edit(file="release.yaml", pointer=at, value=sample.OTHER_DIGEST),)
    assert finding.location.pointer == at


def test_a_sealed_release_is_never_edited_and_its_inputs_are_not_judged() -> None:
    facts = with_inputs("numpy>=2", Pin(name="numpy", version="1.26.4"), sealed=True)
    assert ask("DEP003", facts) == ()

    (finding,) = ask("DEP003", replace(facts, locks=sample.lock(digest=sample.OTHER_DIGEST)))
    assert finding.edits == ()
    assert "restore" in finding.remediation[0]


def test_a_lock_without_a_digest_in_the_manifest_passes() -> None:
    release = sample.release({"/spec/dependencies/runtime/digest": None})

    assert ask("DEP003", replace(release, locks=sample.lock())) == ()


@pytest.mark.parametrize(
    ("requirement", "version", "wanted"),
    [
        ("numpy>=1.24", "1.26.4", Verdict.PASS),
        ("NumPy", "1.26.4", Verdict.PASS),
        ("numpy>=1", "2.0.0rc1", Verdict.PASS),
        ("numpy>=2", "1.26.4", Verdict.FAIL),
        ("numpy>=2 ; sys_platform == 'win32'", "1.26.4", Verdict.FAIL),
        ("scipy", "1.26.4", Verdict.FAIL),
        ("scipy ; sys_platform == 'win32'", "1.26.4", Verdict.PASS),
        ("numpy @ https://example.com/numpy.whl", "1.26.4", Verdict.PASS),
        ("numpy>=2", None, Verdict.PASS),
        ("numpy>=2", "1.26_custom", Verdict.INCONCLUSIVE),
        ("-e .", "1.26.4", Verdict.INCONCLUSIVE),
    ],
)
def test_inputs_are_held_against_the_lock(
    requirement: str, version: str | None, wanted: Verdict
) -> None:
    findings = ask("DEP003", with_inputs(requirement, Pin(name="numpy", version=version)))

    assert verdict(findings) is wanted
    assert all(str(found.location) == "requirements.in:3:1" for found in findings)


def test_one_of_several_entries_fulfils_an_input() -> None:
    old, new = Pin(name="numpy", version="1.26.4"), Pin(name="numpy", version="2.1.0")

    assert ask("DEP003", with_inputs("numpy>=2", old, new)) == ()


def test_all_locks_are_judged() -> None:
    dev = {"lock": "dev.lock", "format": "requirements", "digest": sample.DIGEST}
    release = sample.release({"/spec/dependencies/dev": dev})

    (finding,) = ask("DEP001", replace(release, locks=sample.lock()))
    assert (finding.subject, finding.verdict) == ("dev.lock", Verdict.INCONCLUSIVE)


def test_the_pin_that_is_proposed_keeps_extras_and_marker() -> None:
    loose = Pin(
        name="uvicorn", version=None, specifier=">=0.3", extras=("standard",), marker="os_name=='x'"
    )
    here = PythonEnvironment(
        where=".venv",
        implementation="cpython",
        version="3.11.7",
        distributions={"uvicorn": Distribution(name="uvicorn", version="0.30")},
    )
    (found,) = ask("DEP001", replace(sample.release(), locks=sample.lock(loose), python=here))
    assert [edit.value for edit in found.edits] == ["uvicorn[standard]==0.30 ; os_name=='x'"]


def test_inputs_that_cannot_be_read_are_inconclusive() -> None:
    (path, lock), *_ = sample.lock().items()
    assert isinstance(lock, ObservedLock)
    broken = replace(lock, inputs=Unavailable("requirements.in:1 is not a requirement"))
    (found,) = ask("DEP003", replace(sample.release(), locks={path: broken}))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "requirements.in:1" in found.message


def test_a_weak_hash_is_called_weak() -> None:
    weak = Pin(name="numpy", version="1.26.4", hashes=("md5:" + "0" * 32,))
    assert messages(ask("DEP002", locked(weak))) == [
        "numpy has no hash but md5, which does not count"
    ]
    some = replace(weak, hashes=("md5:" + "0" * 32, "sha256:" + "0" * 64))
    assert messages(ask("DEP002", locked(some))) == ["numpy has no hash"]
