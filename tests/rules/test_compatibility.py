from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.finding import Verdict
from weighbridge.model.lock import Pin
from weighbridge.rules import sample

NEWER = ">=3.12"


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("", Verdict.PASS),
        (">=3.11", Verdict.PASS),
        (">=3.8,<3.11.7", Verdict.FAIL),
        ("!=3.11.*", Verdict.FAIL),
        ("three", Verdict.INCONCLUSIVE),
    ],
)
def test_the_lock_admits_the_runtime(requirement: str, wanted: Verdict) -> None:
    facts = replace(sample.release(), locks=sample.lock(requires_python=requirement))

    assert verdict(ask("CMP002", facts)) is wanted


def test_a_package_is_named_with_its_line() -> None:
    pin = Pin(name="numpy", version="2.5.0", requires_python=NEWER, line=4)

    (finding,) = ask("CMP002", replace(sample.release(), locks=sample.lock(pin)))
    assert finding.subject == "numpy"
    assert finding.cause == "requirements.lock:4 pins numpy 2.5.0"
    assert finding.location.pointer == "/spec/environment/runtime/version"


def test_packages_for_other_pythons_are_left_out() -> None:
    other = Pin(
        name="numpy", version="2.5.0", requires_python=NEWER, marker="python_version >= '3.12'"
    )
    include = Pin(name="-r base.txt", version=None, source="include")

    assert ask("CMP002", replace(sample.release(), locks=sample.lock(other, include))) == ()


def test_packages_nothing_is_known_of_share_a_finding() -> None:
    pins = [Pin(name=name, version="1.0") for name in "abcde"]

    (finding,) = ask("CMP002", replace(sample.release(), locks=sample.lock(*pins)))
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.message.endswith(
        "5 packages of requirements.lock admit is not known: a, b, c and 2 more"
    )


def test_only_the_runtime_lock_is_asked() -> None:
    dev = {"lock": "dev.lock", "format": "requirements"}
    release = sample.release({"/spec/dependencies/dev": dev})

    assert ask("CMP002", replace(release, locks=sample.lock())) == ()


def test_a_runtime_left_todo_is_not_judged() -> None:
    release = sample.release({"/spec/environment/runtime/version": "TODO"})
    pin = Pin(name="numpy", version="2.5.0", requires_python=NEWER)
    facts = replace(release, locks=sample.lock(pin))

    assert ask("CMP002", facts) == ()
    assert messages(ask("CFG009", facts)) == ["spec.environment.runtime.version is still TODO"]


def test_a_lock_that_says_what_it_was_resolved_for_vouches_for_its_packages() -> None:
    pin = Pin(name="numpy", version="2.5.0", hashed=True)
    resolved = replace(sample.release(), locks=sample.lock(pin, requires_python=">=3.11"))
    assert ask("CMP002", resolved) == ()
    (found,) = ask("CMP002", replace(resolved, locks=sample.lock(pin, requires_python=">=3.12")))
    assert found.verdict is Verdict.FAIL
