from __future__ import annotations

from dataclasses import replace

from tests.rules.asking import ask
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Verdict
from weighbridge.model.lock import LockedFile, Pin
from weighbridge.rules import sample
from weighbridge.rules.wheels.question import Question, wheel_answers

HASH = (sample.DIGEST,)


def target(name: str, version: str, **changes: str) -> dict[str, str]:
    given = {"name": name, "os": "linux", "arch": "x86_64", "libc": "glibc", "libcVersion": version}
    return {**given, "python": "3.11", **changes}


def release(*targets: dict[str, str]) -> Facts:
    return sample.release({"/spec/compatibility/targets": list(targets)})


def pin(name: str, tag: str, *, line: int = 1) -> Pin:
    file = LockedFile(name=f"{name}-1.0-{tag}.whl", hashes=HASH)
    return Pin(name=name, version="1.0", hashed=True, files=(file,), line=line)


NEW = "cp311-cp311-manylinux_2_28_x86_64"


def test_each_package_has_one_finding_that_names_the_targets() -> None:
    facts = release(target("cloud", "2.31"), target("edge", "2.17"), target("attic", "2.12"))
    locks = sample.lock(pin("a", NEW, line=7), pin("b", NEW, line=9), pin("c", "py3-none-any"))

    found = ask("CMP001", replace(facts, locks=locks))
    assert [(one.subject, one.location.line) for one in found] == [("a", 7), ("b", 9)]
    assert found[0].message == (
        "a 1.0 is not to be had on targets edge, attic: its wheels need glibc 2.28 or newer"
    )
    assert found[0].cause == "nearest: glibc 2.28; target cloud has it"


def test_only_the_targets_asked_for_are_judged() -> None:
    facts = release(target("cloud", "2.31"), target("edge", "2.17"))
    facts = replace(facts, locks=sample.lock(pin("a", NEW)))

    assert ask("CMP001", replace(facts, targets=("cloud",))) == ()
    assert len(ask("CMP001", replace(facts, targets=("edge",)))) == 1


def test_without_targets_nothing_is_asked() -> None:
    facts = replace(sample.release(), locks=sample.lock(pin("a", NEW)))

    assert ask("CMP001", facts) == ()
    for field in ("os", "arch", "libc", "python"):
        todo = release(target("edge", "2.17", **{field: "TODO"}))
        assert ask("CMP001", replace(todo, locks=facts.locks)) == ()


def test_a_target_without_a_python_has_the_one_of_the_release() -> None:
    bare = target("edge", "2.28")
    del bare["python"]
    old, new = pin("a", "cp310-cp310-any"), pin("b", NEW)

    (found,) = ask("CMP001", replace(release(bare), locks=sample.lock(old, new)))
    assert found.subject == "a"


def test_many_packages_nobody_knows_of_are_one_finding() -> None:
    bare = [Pin(name=f"p{number:02}", version="1", hashed=True) for number in range(30)]

    (found,) = ask("CMP001", replace(release(target("edge", "2.28")), locks=sample.lock(*bare)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.message == (
        "whether 30 packages of requirements.lock are to be had on the targets is not known: "
        "p00, p01, p02, p03 and 26 more"
    )
    assert found.remediation == (
        "get a lock that does: `uv lock`, or `uv export --format pylock.toml`",
    )
    vague = target("edge", "2.28", python="4.0")
    named = [pin(f"p{number:02}", NEW) for number in range(30)]
    (open_,) = ask("CMP001", replace(release(vague), locks=sample.lock(*named)))
    assert (open_.verdict, open_.remediation) == (Verdict.INCONCLUSIVE, ())


def test_a_question_without_a_release_has_no_python_of_its_own() -> None:
    locks = sample.lock()
    question = Question(targets=(), path=next(iter(locks)), facts=Facts(locks=locks))

    assert question.runtime == ("", "")
    assert wheel_answers(question) == []


def test_other_target_wise_rules_are_restricted_too() -> None:
    arm = {"name": "arm", "os": "linux", "arch": "aarch64"}
    facts = sample.with_image({"/spec/compatibility/targets": [arm]})
    facts = replace(facts, images=sample.image())

    assert len(ask("CMP005", facts)) == 1
    assert ask("CMP005", replace(facts, targets=())) == ()
