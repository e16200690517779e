"""The key of every role is replaced in turn: the person stays, and the registry goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.identities import make_key
from tests.usecases.stage import FIRST, SECOND, THIRD

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

BOTH = "ann ben"


def hand_over(stage: Stage, person: str, *roles: str, by: str = BOTH) -> str:
    """Have a person go on with another key: trust the new one, revoke the old one."""
    heir = f"{person}-2"
    make_key(stage.keys, heir, "ed25519", "nothing")
    named = [f"--role={role}" for role in roles]
    stage.done("key", "trust", heir, f"--person={person}", *named, by=by)
    assert stage.revoke(person, by=by).code == 0
    return heir


@pytest.mark.slow
def test_every_role_goes_on_with_another_key(stage: Stage) -> None:
    stage.approved(FIRST)
    assert stage.promote(FIRST, "production").code == 0
    # Two owners, two must sign: neither goes before another key of his has come.
    assert stage.revoke("ann").code == 4
    assert stage.last()["body"]["reason"] == "too-few-owners"
    ann = hand_over(stage, "ann", "owner")
    assert stage.trust("cat", "sre", by=BOTH).code == 4
    ben = hand_over(stage, "ben", "owner", by=f"{ann} ben")
    owners = f"{ann} {ben}"
    assert stage.trust("cat", "owner", by="ann").code == 4
    bea = hand_over(stage, "bea", "builder", by=owners)
    carl = hand_over(stage, "carl", "checker", by=owners)
    dora = hand_over(stage, "dora", "releaser", by=owners)
    mia = hand_over(stage, "mia", "ml-lead", by=owners)
    max_ = hand_over(stage, "max", "sre", by=owners)
    stage.done("key", "trust", "--log", by=owners)

    # What the old keys signed counts, and what rests on it.
    stage.done("verify", FIRST, "--role=builder", "--role=checker")
    stage.done("log", "verify", "--deep")
    assert stage.pointer("production")["version"] == "1.0.0"
    assert stage.promote(SECOND, "staging", by=dora).code == 0

    # What they sign now does not.
    assert stage("sign", THIRD, by="bea").code == 4
    assert stage.check(THIRD, by="carl").code == 4
    assert stage.promote(THIRD, "staging", by="dora").code == 4
    assert stage.say("approve", by="mia", release=SECOND).code == 4

    # The new ones do all there is to do.
    stage.done("sign", SECOND, by=bea)
    assert stage.check(SECOND, by=carl).code == 0
    assert stage.last()["body"]["person"] == "carl"
    for name in (mia, max_):
        assert stage.say("approve", by=name, release=SECOND).code == 0
    assert stage.promote(SECOND, "production", by=dora).code == 0
    stage.done("log", "verify", "--deep")
    # An approver is one person, whichever key he signs with: nobody approves twice.
    assert {
        key["person"]
        for key in stage.done("registry", "status", "--output-format=json").json["keys"]
    } == {"ann", "ben", "bea", "carl", "dora", "max", "mia"}
