from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.cases import (
    MANIFEST,
    POLICY,
    decided,
    evidence,
    judged,
    make,
    manifest_of,
    papers,
    release_of,
    signature,
)
from weighbridge.codec.canonical import digest
from weighbridge.codec.sections import depended_sections
from weighbridge.gate.unusual import CODE, ENOUGH, Range, of_past, usual
from weighbridge.model.decision import GateVerdict, Judged, Outcome
from weighbridge.model.predicates import PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case

WARN = f"{POLICY}  unusual: {{change: warn}}\n"
BLOCK = f"{POLICY}  unusual: {{change: block}}\n"
EVERY = ("signer", "source", "base-image", "build-host", "dependencies", "artifact-size")
IMAGE = """\
  environment:
    image:
      ref: "registry.example.com:5000/serve:1"
      digest: "sha256:%s"
      base: {ref: BASE, digest: "sha256:%s"}
    runtime"""


def text_of(
    version: str,
    *,
    size: int = 1000,
    repo: str = "https://git.example.com/ml",
    base: str = "python",
) -> str:
    """Write a manifest of that version."""
    text = MANIFEST.replace("1.4.0", version).replace("source: {}", f'source: {{repo: "{repo}"}}')
    text = text.replace("  environment:\n    runtime", IMAGE % ("1" * 64, "2" * 64))
    text = text.replace("BASE", f'"{base}"')
    return text.replace("model.onnx,", f"model.onnx, size: {size},").replace(
        "labels.txt,", "labels.txt, size: 0,"
    )


def lock_of(count: int) -> bytes:
    return "".join(f"p{at}==1.0 --hash=sha256:{'0' * 64}\n" for at in range(count)).encode()


def built(release: str, host: str, entry: int) -> Any:  # noqa: ANN401 - evidence
    details = {"builder": {"id": host}}
    return evidence(PROVENANCE, "bea", {"runDetails": details}, entry=entry, release=release)


class Story:
    """Releases that came one after another, and the one that asks now."""

    def __init__(self, policy: str = BLOCK) -> None:
        self.policy = policy
        self.past: dict[str, Mapping[str, Any] | None] = {}
        self.locks: dict[str, bytes] = {}
        self.said: list[Any] = []
        self.entry = 100

    def __call__(self, count: int = 6, **changes: Any) -> Story:  # noqa: ANN401 - as `text_of`
        for at in range(count):
            self.before(f"1.0.{len(self.past)}", size=1000 + 10 * (at % 3), **changes)
        return self

    def before(
        self,
        version: str,
        *,
        packages: int = 40,
        signer: str = "bea",
        host: str = "ci",
        **more: Any,  # noqa: ANN401 - as `text_of`
    ) -> None:
        tree, release = self._tree(text_of(version, **more), packages)
        self.past[release] = tree
        self._sign(release, signer, host)

    def asks(
        self,
        *,
        packages: int = 40,
        signer: str = "bea",
        host: str = "ci",
        **more: Any,  # noqa: ANN401 - as `text_of`
    ) -> Case:
        tree, release = self._tree(text_of("1.4.0", **more), packages)
        _, checked = papers(tree)
        self._sign(release, signer, host)
        case = make(self.policy, past=self.past, locks=self.locks)
        return replace(
            case,
            manifest=tree,
            release=release,
            sections=depended_sections(tree),
            evidence=(checked, *self.said),
        )

    def _tree(self, text: str, packages: int) -> tuple[dict[str, Any], str]:
        data = lock_of(packages)
        self.locks[digest(data)] = data
        named = f'format: requirements, digest: "{digest(data)}"'
        tree = manifest_of(text.replace("format: requirements", named))
        return tree, release_of(tree)

    def _sign(self, release: str, signer: str, host: str) -> None:
        self.said += [signature(release, signer, self.entry), built(release, host, self.entry + 1)]
        self.entry += 2


def told(case: Case) -> dict[str, Judged]:
    found = [one for one in decided(case).conditions if one.id.startswith("unusual:")]
    return {one.id.removeprefix("unusual:"): one for one in found}


def test_a_policy_that_says_nothing_of_it_asks_nothing() -> None:
    for policy in (POLICY, WARN.replace("change: warn", "change: allow")):
        assert told(Story(policy)().asks()) == {}


def test_a_release_like_those_before_it_is_usual() -> None:
    found = told(Story()().asks())
    assert tuple(sorted(found)) == tuple(sorted(EVERY))
    assert {one.outcome for one in found.values()} == {Outcome.MET}
    assert not any(one.warns or one.findings for one in found.values())
    assert found["dependencies"].why == "40 packages, as others"
    assert found["signer"].why == "signed by what others were"


def test_the_first_release_of_a_name_is_unlike_nothing() -> None:
    found = told(Story().asks())
    assert {one.outcome for one in found.values()} == {Outcome.MET}
    assert {one.why for one in found.values()} == {"no other release of its name was here before"}


@pytest.mark.parametrize(
    ("name", "changes", "seen", "wanted"),
    [
        ("signer", {"signer": "rob"}, "rob", "bea"),
        ("build-host", {"host": "laptop"}, "laptop", "ci"),
        (
            "source",
            {"repo": "https://git.example.net/ml"},
            "https://git.example.net/ml",
            "https://git.example.com/ml",
        ),
        (
            "base-image",
            {"base": "docker.example.com/alpine:3"},
            "docker.example.com/alpine",
            "python",
        ),
        (
            "dependencies",
            {"packages": 90},
            "90 packages",
            "40 packages, or 30 packages to 50 packages",
        ),
        ("artifact-size", {"size": 400}, "400 B", "1.0 kB, or 748 B to 1.3 kB"),
    ],
)
def test_what_none_before_it_had_is_told_and_explained(
    name: str, changes: dict[str, Any], seen: str, wanted: str
) -> None:
    found = told(Story()().asks(**changes))
    assert {one for one, what in found.items() if what.outcome is Outcome.UNMET} == {name}
    one = found[name]
    assert (one.seen, one.wanted) == (seen, wanted)
    assert one.findings == (
        {"code": CODE, "severity": "warning", "subject": name, "seen": seen, "verdict": "fail"},
    )
    assert "weighbridge diff" in one.remedy[0]
    assert f"[{name}]" in one.remedy[1]


def test_a_warning_is_told_and_does_not_block() -> None:
    case = Story(WARN)().asks(packages=90)
    one = told(case)["dependencies"]
    assert (one.outcome, one.warns) == (Outcome.MET, True)
    assert decided(case).verdict is GateVerdict.NEEDS  # approvals alone are missing


def test_an_approval_is_given_for_what_was_unlike() -> None:
    usual_one, odd = Story(WARN)().asks(), Story(WARN)().asks(packages=90)
    outcomes = [decided(case).outcome for case in (usual_one, odd)]
    codes = [
        {f["code"] for one in outcome["conditions"] for f in one["findings"]}
        for outcome in outcomes
    ]
    assert (CODE in codes[0], CODE in codes[1]) == (False, True)


def test_what_is_ignored_is_not_looked_at() -> None:
    policy = BLOCK.replace("block}", "block, ignore: [signer, dependencies]}")
    found = told(Story(policy)().asks(signer="rob", packages=90, host="laptop"))
    assert sorted(found) == ["artifact-size", "base-image", "build-host", "source"]
    assert found["build-host"].outcome is Outcome.UNMET


def test_few_releases_say_nothing_of_numbers_and_all_of_names() -> None:
    found = told(Story()(ENOUGH - 1).asks(packages=90, host="laptop"))
    assert found["dependencies"].outcome is Outcome.MET
    assert (
        found["dependencies"].why == f"{ENOUGH - 1} releases before it say nothing of what is usual"
    )
    assert found["build-host"].outcome is Outcome.UNMET
    assert told(Story()(ENOUGH).asks(packages=90))["dependencies"].outcome is Outcome.UNMET


def test_one_odd_release_among_many_makes_nothing_usual() -> None:
    story = Story()(6)
    story.before("1.0.9", packages=90, size=9000)
    assert told(story.asks(packages=90))["dependencies"].outcome is Outcome.UNMET


def test_what_a_release_does_not_say_is_not_unlike() -> None:
    story = Story()(6)
    case = story.asks()
    tree = manifest_of()
    bare = replace(case, manifest=tree, release=release_of(tree), sections=depended_sections(tree))
    bare = replace(bare, evidence=(*papers(tree), *story.said))
    found = told(bare)
    assert {name for name, one in found.items() if one.outcome is not Outcome.MET} == set()


@pytest.mark.parametrize("lost", ["manifest", "lock", "torn lock"])
def test_what_cannot_be_read_leaves_it_open(lost: str) -> None:
    story = Story()(6)
    case = story.asks()
    if lost == "manifest":
        past: dict[str, Any] = dict.fromkeys(case.past)
        case = replace(case, past=past)
    else:
        case = replace(case, locks={})
    if lost == "torn lock":
        data = b"p0 =="
        named = f'format: requirements, digest: "{digest(data)}"'
        tree = manifest_of(text_of("0.9.0").replace("format: requirements", named))
        past = {**case.past, release_of(tree): tree}
        case = replace(case, past=past, locks={**story.locks, digest(data): data})
    found = told(case)
    assert found["dependencies"].outcome is Outcome.INCONCLUSIVE
    assert decided(case).verdict is not GateVerdict.ALLOWED


def test_a_manifest_of_the_past_that_was_changed_is_no_case() -> None:
    case = Story()(6).asks()
    release = next(iter(case.past))
    tree = dict(case.past[release] or {}) | {"kind": "Other"}
    changed = replace(case, past={**case.past, release: tree})
    assert judged(decided(changed), "case-intact").outcome is Outcome.UNMET


def test_it_rests_on_signatures_and_builds_of_the_past_alone() -> None:
    case = Story()(3).asks()
    found = list(of_past(case))
    assert len(found) == 2 * 3
    assert {one.release for one in found} == set(case.past)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=25))
def test_the_middle_is_usual_and_is_the_median(values: list[int]) -> None:
    found = usual(values)
    exact = median([Fraction(value) for value in values])
    assert found.middle == exact
    assert found.low <= exact <= found.high
    shuffled = values.copy()
    random.Random(0).shuffle(shuffled)  # noqa: S311 - no secret
    assert usual(shuffled) == found


@given(st.lists(st.integers(1, 10**9), min_size=5, max_size=15), st.integers(1, 10**6))
def test_it_does_not_matter_in_what_unit_is_counted(values: list[int], unit: int) -> None:
    found, scaled = usual(values), usual([value * unit for value in values])
    assert scaled.low == found.low * unit
    assert scaled.high == found.high * unit
    assert all((value in found) == (value * unit in scaled) for value in [*values, 0, 10**10])


def test_equal_numbers_leave_a_quarter_of_room() -> None:
    found = usual([100] * 7)
    assert (126 in found, 125 in found) == (False, True)
    assert (74 in found, 75 in found) == (False, True)


def test_the_ends_of_a_range_are_usual_as_well() -> None:
    range_ = Range(Fraction(1), Fraction(2), Fraction(3))
    assert [value in range_ for value in range(5)] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("name", "changes", "place"),
    [
        ("signer", {"signer": "carl"}, ""),
        ("source", {"repo": "https://git.example.com/other"}, "/spec/source/repo"),
        ("base-image", {"base": "debian"}, "/spec/environment/image"),
        ("build-host", {"host": "laptop"}, ""),
        ("dependencies", {"packages": 90}, "/spec/dependencies/runtime"),
        ("artifact-size", {"size": 9000}, "/spec/artifacts"),
    ],
)
def test_what_is_unlike_others_is_told_at_its_place(
    name: str, changes: dict[str, Any], place: str
) -> None:
    one = told(Story()().asks(**changes))[name]
    assert (one.outcome, one.pointer) == (Outcome.UNMET, place)
