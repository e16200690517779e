from __future__ import annotations

from typing import get_args

import pytest

from weighbridge.model.release.metadata import Metadata
from weighbridge.model.replay import REPLAY_VERDICTS, Reproduced, reaches
from weighbridge.model.risk import RISKS


def test_manifests_and_policies_have_one_scale_of_risk() -> None:
    declared, _ = get_args(Metadata.model_fields["risk"].annotation)
    assert get_args(declared) == RISKS


@pytest.mark.parametrize("floor", get_args(Reproduced))
def test_a_verdict_reaches_itself_and_what_is_weaker(floor: Reproduced) -> None:
    at = REPLAY_VERDICTS.index(floor)
    assert [reaches(verdict, floor) for verdict in REPLAY_VERDICTS] == [
        index <= at for index in range(7)
    ]


def test_no_floor_is_reached_by_a_replay_that_failed() -> None:
    for floor in get_args(Reproduced):
        assert not reaches("different", floor)
        assert not reaches("could-not-replay", floor)
