"""A log of promotions with three witnesses, and checkpoints they cosigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.promoted import FIRST
from tests.witnesses import Key, vkey, witness
from weighbridge.ledger.cosignature import WitnessKey, cosign, read_witness_key, seconds, with_lines
from weighbridge.ledger.note import read_note
from weighbridge.usecases.cosigners import load_policy
from weighbridge.usecases.cosigning import Gathered, gather_cosignatures
from weighbridge.usecases.witness import Answer, answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.promoted import Promoted
    from weighbridge.ledger.quorum import QuorumPolicy

SEEDS = (21, 22, 23)
NOW = "2026-05-01T00:00:00Z"


def policy_text(promoted: Promoted, quorum: str = "2 w21 w22 w23") -> str:
    witnesses = "".join(f"witness w{seed} {vkey(seed)}\n" for seed in SEEDS)
    return f"log {promoted.registry.log_key}\n{witnesses}group all {quorum}\nquorum all\n"


def policy_of(promoted: Promoted, quorum: str = "2 w21 w22 w23") -> QuorumPolicy:
    return load_policy(policy_text(promoted, quorum).encode(), file="policy")


class World:
    """Witnesses that are asked without a network."""

    def __init__(self, promoted: Promoted, folder: Path) -> None:
        log_key = promoted.registry.log_key
        self.witnesses = {
            f"http://w{seed}/": witness(folder / f"state{seed}", seed, log_key=log_key)
            for seed in SEEDS
        }
        self.asked: list[str] = []

    def __call__(self, url: str, body: bytes) -> Answer:
        self.asked.append(url)
        return answer(body, witness=self.witnesses[url], notice=self.asked.append)


URLS = {f"w{seed}": f"http://w{seed}/" for seed in SEEDS}


def gather(promoted: Promoted, ask: Callable[[str, bytes], Answer], *names: str) -> Gathered:
    urls = {name: URLS[name] for name in names or URLS}
    registry = promoted.registry
    return gather_cosignatures(
        ledger=registry,
        log_key=registry.log_key,
        policy=policy_of(promoted),
        urls=urls,
        ask=ask,
    )


@pytest.fixture
def world(promoted: Promoted, tmp_path: Path) -> World:
    return World(promoted, tmp_path)


def say_more(promoted: Promoted) -> None:
    promoted.say_of(FIRST, {"later": True}, by="carl")


def cosigned_note(promoted: Promoted, *seeds: int, name: str = "") -> bytes:
    with promoted.registry.reading() as view:
        note = read_note(view.checkpoint)
    lines = []
    for seed in seeds:
        key = read_witness_key(vkey(seed))
        named = WitnessKey(name=name or key.name, public_key=key.public_key)
        lines.append(cosign(note.text, named, at=seconds(NOW), sign=Key(seed).sign))
    return with_lines(note, lines)
