from __future__ import annotations

import pytest

from tests.codec.bundle.test_bundle import make, refused
from tests.codec.policies import POLICY, faults_of
from tests.codec.samples import place
from weighbridge.codec.bundle import bundle_bytes, bundle_digest, read_bundle
from weighbridge.model.policy import PromotionPolicy

END = "  targets: "
UNTIL = 'expiresOn: "2027-01-01T00:00:00Z"'


def excepting(entry: str) -> str:
    return POLICY.replace(END, f"  exceptions:\n    - {{{entry}}}\n{END}")


WHOLE = (
    "conditions: [pinned-images, licence], rules: [SEC001], environments: [staging], "
    f"severity: warn, reason: it is new, {UNTIL}"
)


def test_exceptions_are_part_of_the_bundle() -> None:
    made = make(excepting(WHOLE))
    assert read_bundle(bundle_bytes(made)) == made
    assert bundle_digest(made) != bundle_digest(make())


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (WHOLE.replace(f", {UNTIL}", ""),
         "spec.exceptions.0.severity is warn, and the exception never ends"),
        (WHOLE.replace("warn", "off").replace(f", {UNTIL}", ""),
         "spec.exceptions.0.severity is off, and the exception never ends"),
        (WHOLE.replace("conditions: [pinned-images, licence], rules: [SEC001], ", ""),
         "spec.exceptions.0.severity excepts nothing"),
        (WHOLE.replace("environments: [staging], ", ""),
         "spec.exceptions.0.environments is missing"),
        (WHOLE.replace("reason: it is new, ", ""), "spec.exceptions.0.reason is missing"),
        (WHOLE.replace("SEC001", "SEC1"), "spec.exceptions.0.rules.0 is not the code of a rule"),
        (WHOLE.replace("warn", "ignore"),
         "spec.exceptions.0.severity is not one of block, warn or off"),
    ],
)  # fmt: skip
def test_an_exception_says_what_where_how_long_and_why(entry: str, message: str) -> None:
    assert [fault.message for fault in faults_of(excepting(entry), PromotionPolicy)] == [message]


def test_what_blocks_need_not_end() -> None:
    stricter = WHOLE.replace("warn", "block").replace(f", {UNTIL}", "")
    assert faults_of(excepting(stricter), PromotionPolicy) == ()


def test_an_exception_is_from_a_condition_there_is() -> None:
    (fault,) = refused(excepting(WHOLE.replace("pinned-images", "pined-images")))
    assert place(fault) == "37:21 /spec/exceptions/0/conditions/0"
    assert fault.message == "there is no condition pined-images"
    assert fault.help == ("did you mean `pinned-images`?",)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("forEach: release.images\n", "forEach: release.images\n      grace: 14d\n",
         ("spec.conditions.0.grace is given to findings, and this condition does not go through "
         "them")),
        ("{type: replay,", "{type: replay, grace: 14d,",
         "spec.evidence.1.grace says nothing about evidence of the type replay"),
        ("{type: report,", "{type: report, graceRules: [DEP005],",
         "spec.evidence.0.graceRules names the rules of a grace, and none is given"),
        ("{min: 2, roles", ('{effectiveOn: "2027-01-01T00:00:00Z", '
         'expiresOn: "2026-01-01T00:00:00Z", min: 2, roles'),
         "spec.approvals.0.expiresOn ends before it begins"),
        ("{required: all-validated", ('{effectiveOn: "2027-01-01T00:00:00Z", '
         'expiresOn: "2026-01-01T00:00:00Z", required: all-validated'),
         "spec.targets.expiresOn ends before it begins"),
    ],
)  # fmt: skip
def test_times_make_sense(before: str, after: str, message: str) -> None:
    assert before in POLICY
    found = faults_of(POLICY.replace(before, after, 1), PromotionPolicy)
    assert [fault.message for fault in found] == [message]
