from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import PASSPHRASES, STORE
from weighbridge.adapters.keys import KeyFolder
from weighbridge.seal.control import trust_key
from weighbridge.usecases.control import change_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.cast import Cast
    from weighbridge.model.ports import Signer


def test_a_proposal_waits_until_another_owner_signs(cast: Cast) -> None:
    first = cast.trust("mia", "ml-lead", by="ann")
    assert first.code == 1
    assert first.out == (
        f"{cast.spki('mia')}  key.trust key of mia: signed by ann; 1 more must sign\n"
    )
    assert first.err == "another owner runs the same command with a key of his\n"
    assert cast.last()["kind"] == "control.proposed"
    second = cast.trust("mia", "ml-lead", by="ben")
    assert (second.code, second.err) == (0, "")
    assert second.out.endswith("signed by ann, ben; in force\n")
    assert cast.last()["kind"] == "control.applied"
    assert cast.last()["body"]["signers"] == ["ann", "ben"]


def test_the_outcome_as_plain_values(cast: Cast) -> None:
    found = cast.trust("mia", "ml-lead", "--output-format=json", by="ann")
    assert (found.code, found.json) == (
        1,
        {
            "schemaVersion": 1,
            "action": "key.trust",
            "subject": cast.spki("mia"),
            "applied": False,
            "signers": ["ann"],
            "missing": 1,
        },
    )
    applied = cast.trust("mia", "ml-lead", "--output-format=json", by="ben").json
    assert (applied["applied"], applied["missing"]) == (True, 0)


def test_two_owners_at_once_make_one_entry(cast: Cast) -> None:
    before = cast.kinds()
    assert cast.trust("mia", "ml-lead", by="ann ben").code == 0
    assert cast.kinds() == [*before, "control.applied"]


def test_the_same_owner_twice_changes_and_appends_nothing(cast: Cast) -> None:
    cast.trust("mia", "ml-lead", by="ann")
    before = cast.entries()
    again = cast.trust("mia", "ml-lead", by="ann")
    assert again.code == 1
    assert "signed by ann; 1 more must sign" in again.out
    assert cast.entries() == before


def test_one_owner_with_two_keys_is_one_owner(cast: Cast) -> None:
    assert cast("key", "trust", "cat", "--person=ann", "--role=owner", by="ann ben").code == 0
    found = cast.trust("mia", "ml-lead", by="ann cat")
    assert found.code == 1
    assert "signed by ann; 1 more must sign" in found.out


def test_proposals_wait_in_the_registry(cast: Cast) -> None:
    cast.trust("mia", "ml-lead", by="ann")
    cast.revoke("carl", by="ben")
    assert [(w["action"], w["signers"], w["missing"]) for w in cast.waiting()] == [
        ("key.trust", ["ann"], 1),
        ("key.revoke", ["ben"], 1),
    ]
    shown = cast.done("registry", "status").out
    assert (
        "waiting for signatures\n  key.trust key of mia: signed by ann, 1 more must sign\n" in shown
    )
    cast.trust("mia", "ml-lead", by="ben")
    assert [waiting["action"] for waiting in cast.waiting()] == ["key.revoke"]


def test_proposals_that_differ_do_not_add_up(cast: Cast) -> None:
    assert cast.trust("mia", "ml-lead", by="ann").code == 1
    assert cast.trust("mia", "sre", by="ben").code == 1
    assert [waiting["signers"] for waiting in cast.waiting()] == [["ann"], ["ben"]]


def test_what_was_applied_is_asked_for_anew(cast: Cast) -> None:
    """A change of long ago must not come back into force with the signatures of then."""
    cast.trust("mia", "ml-lead")
    cast.trust("mia", "sre")
    back = cast.trust("mia", "ml-lead", by="ann")
    assert back.code == 1
    assert "signed by ann; 1 more must sign" in back.out


@pytest.mark.parametrize(
    ("who", "reason"), [("carl", "wrong-role"), ("dora", "unknown-key"), ("ann carl", "wrong-role")]
)
def test_who_is_no_owner_is_refused_and_logged(who: str, reason: str, cast: Cast) -> None:
    found = cast.trust("mia", "ml-lead", by=who)
    assert (found.code, found.out) == (4, "")
    assert "error[WB170]: only owners change who and what is trusted" in found.err
    refused = cast.last()
    assert (refused["kind"], refused["body"]["reason"]) == ("control.refused", reason)
    assert cast.waiting() == []


def test_a_refused_attempt_does_not_spoil_the_proposal(cast: Cast) -> None:
    cast.trust("mia", "ml-lead", by="ann")
    assert cast.trust("mia", "ml-lead", by="carl").code == 4
    assert [waiting["signers"] for waiting in cast.waiting()] == [["ann"]]
    assert cast.trust("mia", "ml-lead", by="ben").code == 0


def test_an_owner_alone_cannot_give_himself_a_role(ownerless: Cast) -> None:
    """Not even where one signature is enough."""
    ownerless.begin("ann", "ben", threshold=1)
    words = ("key", "trust", "ann", "--person=ann", "--role=owner", "--role=builder")
    alone = ownerless(*words, by="ann")
    assert (alone.code, "signed by ann; 1 more must sign" in alone.out) == (1, True)
    assert ownerless(*words, by="ben").code == 0
    assert ownerless.trust("mia", "ml-lead", by="ann").code == 0


def test_an_owner_alone_cannot_trust_a_second_key_of_his(ownerless: Cast) -> None:
    ownerless.begin("ann", "ben", threshold=1)
    assert ownerless("key", "trust", "cat", "--person=ann", "--role=checker", by="ann").code == 1


def test_a_sole_owner_can_never_be_given_a_role(ownerless: Cast) -> None:
    ownerless.begin("ann", threshold=1)
    found = ownerless("key", "trust", "cat", "--person=ann", "--role=builder", by="ann")
    assert (found.code, found.out) == (4, "")
    assert "ann cannot be given a role by nobody but himself" in found.err
    assert ownerless.last()["body"]["reason"] == "beneficiary-alone"
    assert ownerless.trust("bea", "builder", by="ann").code == 0


def test_owners_can_be_added(cast: Cast) -> None:
    assert cast.trust("cat", "owner").code == 0
    status = cast.done("registry", "status", "--output-format=json").json
    assert (status["owners"], status["threshold"]) == (["ann", "ben", "cat"], 2)
    assert cast.trust("mia", "ml-lead", by="ben cat").code == 0


def test_too_few_owners_may_not_be_left(cast: Cast) -> None:
    found = cast.revoke("ben")
    assert (found.code, found.out) == (4, "")
    assert "owners left who can sign: 1; who must sign a change: 2" in found.err
    assert cast.last()["body"]["reason"] == "too-few-owners"
    demoted = cast.trust("ben", "builder")
    assert demoted.code == 4
    assert cast.done("registry", "status", "--output-format=json").json["owners"] == ["ann", "ben"]


def test_what_a_revoked_owner_proposed_waits_for_others(ownerless: Cast) -> None:
    ownerless.begin("ann", "ben", "cat", threshold=2)
    ownerless.trust("mia", "ml-lead", by="cat")
    assert ownerless.revoke("cat").code == 0
    (waiting,) = ownerless.waiting()
    assert (waiting["signers"], waiting["missing"]) == ([], 2)
    assert "signed by nobody, 2 more must sign" in ownerless.done("registry", "status").out
    assert "signed by ann; 1 more must sign" in ownerless.trust("mia", "ml-lead", by="ann").out
    assert ownerless.trust("mia", "ml-lead", by="ben").code == 0
    assert ownerless.last()["body"]["signers"] == ["ann", "ben"]
    ownerless.done("log", "verify", "--deep")


def test_an_owner_whose_key_ended_signs_no_longer(cast: Cast) -> None:
    assert cast.trust("cat", "owner", "--until=2026-03-01T00:00:00Z").code == 0
    cast.clock.set("2026-03-01T00:00:00Z")
    found = cast.trust("mia", "ml-lead", by="cat ann")
    assert found.code == 4
    assert cast.last()["body"]["reason"] == "expired"


@dataclass(frozen=True, slots=True)
class Late:
    """Signs, but not before something else has happened."""

    signer: Signer
    before: Callable[[], object]

    @property
    def spki(self) -> bytes:
        return self.signer.spki

    def sign(self, message: bytes) -> bytes:
        self.before()
        return self.signer.sign(message)


def test_who_signs_what_came_into_force_meanwhile_is_told_so(ownerless: Cast) -> None:
    ownerless.begin("ann", "ben", "cat", threshold=2)
    ownerless.trust("mia", "sre", by="ann")
    keys = KeyFolder(ownerless.keys)
    change = trust_key(keys.public("mia").spki_der, person="mia", roles=["sre"])
    cat = keys.locked("cat").unlock(PASSPHRASES["cat"])
    late = Late(cat, lambda: ownerless.trust("mia", "sre", by="ben"))
    outcome = change_control(change, signers=[late], registry=ownerless.registry)
    assert (outcome.applied, outcome.missing) == (True, 0)
    assert ownerless.kinds()[1:] == ["control.proposed", "control.applied"]
    ownerless.done("log", "verify", "--deep")


def test_what_came_into_force_does_not_wait_for_want_of_an_index(cast: Cast) -> None:
    """Else an owner who repeats an old command would bring back what was replaced since."""
    cast.trust("mia", "ml-lead", by="ann")
    cast.trust("mia", "ml-lead", by="ben")
    cast.trust("mia", "sre")
    cast.execute("DELETE FROM topic WHERE entry = 5")
    assert cast.waiting() == []
    again = cast.trust("mia", "ml-lead", by="ann")
    assert (again.code, "signed by ann; 1 more must sign" in again.out) == (1, True)


def test_a_proposal_means_nothing_in_another_registry(cast: Cast) -> None:
    """Signatures of one registry are not carried over to one with the same owners."""
    cast.trust("mia", "ml-lead", by="ann")
    bundle = cast.last()["body"]["bundles"][0]
    kept = cast.blob(bundle).read_bytes()
    shutil.rmtree(cast.folder / STORE)
    cast.begin("ann", "ben", threshold=2)
    cast.registry.blobs.put(kept)
    found = cast.trust("mia", "ml-lead", by="ben")
    assert (found.code, "signed by ben; 1 more must sign" in found.out) == (1, True)


def test_a_dry_run_shows_what_owners_would_sign(cast: Cast) -> None:
    before = cast.everything()
    shown = cast("key", "trust", "mia", "--person=mia", "--role=ml-lead", "--dry-run")
    assert (shown.code, shown.err) == (0, "nothing was signed\n")
    assert shown.json["predicateType"] == "https://weighbridge.dev/control/v1"
    assert shown.json["predicate"]["parameters"]["roles"] == ["ml-lead"]
    assert cast.everything() == before
