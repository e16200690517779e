"""What people try who want something into a cluster past the gate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.server.recorded_reviews import FOREIGN, IMAGE, RELEASE, text_of
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.usecases.admission import Doorkeeper

if TYPE_CHECKING:
    from tests.attacks.hands import Hands
    from weighbridge.model.admission import Answer


def keeper(hands: Hands) -> Doorkeeper:
    """Guard staging, where the second release took the place of the first."""
    return Doorkeeper(hands.registry, ["staging"], clock=hands.clock, companions=[IMAGE])


def asked(hands: Hands, door: Doorkeeper, release: str, *changes: tuple[str, str]) -> Answer:
    """Ask for a deployment of a release, with some texts of it replaced."""
    digest = hands.digest(release)
    text = text_of("admitted-deployment").replace(RELEASE, digest)
    text = text.replace(RELEASE[7:-1], digest[7:-1])
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return door.answer("staging", json.loads(text))


def test_a_workload_that_is_not_what_was_promoted(hands: Hands) -> None:
    door = keeper(hands)
    assert asked(hands, door, SECOND).allowed
    assert asked(hands, door, FIRST).remarks  # the one before, while a rollout may be under way
    for changes in (
        (f"@{IMAGE}", ":latest"),
        (IMAGE, FOREIGN),
        ('"image": "', '"image": "sha256:'),
        (hands.digest(SECOND), f"sha256:{'0' * 64}"),
        (f'"{hands.digest(SECOND)[7:-1]}"', f'"{"0" * 63}"'),
        ('"weighbridge.dev/release": "sha256:', '"weighbridge.dev/releases": "sha256:'),
    ):
        answer = asked(hands, door, SECOND, changes)
        assert answer.allowed is (changes[0] == '"image": "')  # the digest counts, not the name


def test_a_ledger_of_yesterday_at_the_door(hands: Hands) -> None:
    yesterday = hands.copied("yesterday")
    assert hands.asked(FIRST).moved
    door = keeper(hands)
    assert asked(hands, door, SECOND).allowed
    hands.replaced_by(yesterday)
    answer = asked(hands, door, SECOND)
    assert not answer.allowed
    assert answer.code == 503
    assert "the ledger is not the one that was read before" in answer.faults[0].message
    # Nor does another past of the same length help, signed by the log's own key.
    hands.say_of(FIRST, {"told": "another"}, by="carl")
    assert asked(hands, door, SECOND).code == 503
