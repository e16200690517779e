"""Witnesses that are asked, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.cosigned import (
    NOW,
    SEEDS,
    URLS,
    World,
    gather,
    policy_text,
    say_more,
    world,
)
from tests.usecases.promoted import FIRST, promoted, promoted_folder
from tests.witnesses import listening, name_of, vkey
from weighbridge.ledger.note import read_note
from weighbridge.model.errors import NotFoundError, UnavailableError
from weighbridge.usecases.cosigning import newest_request
from weighbridge.usecases.witness import Answer, cosign_file

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from tests.usecases.workshop import Bench

__all__ = ["promoted", "promoted_folder", "world"]


def test_witnesses_are_asked_and_their_cosignatures_kept(promoted: Promoted, world: World) -> None:
    for turns in (1, 2):  # a size that is known costs a second question
        world.asked.clear()
        found = gather(promoted, world)
        names = [line.name for line in read_note(found.note).signatures]
        assert names == ["example.com/log", *map(name_of, SEEDS)]
        assert found.silent == ()
        assert len(world.asked) == turns * len(SEEDS)
        say_more(promoted)


def test_who_is_away_is_named_and_enough_are_enough(promoted: Promoted, world: World) -> None:
    def ask(url: str, body: bytes) -> Answer:
        if "23" in url:
            raise UnavailableError("it is away")
        return world(url, body)

    assert gather(promoted, ask).silent == (("w23", "it is away"),)
    assert gather(promoted, world, "w21", "w22").silent == (("w23", "nobody said where it is"),)
    with pytest.raises(UnavailableError, match="too few witnesses cosigned it: w21, w23 did not"):
        gather(promoted, ask, "w22", "w23")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Answer(status=200, media_type="text/plain", body=b""), "not a signed note"),
        (Answer(status=200, media_type="text/plain", body=b"\n\n\n"), "not a signed note"),
        (Answer(status=403, media_type="text/plain", body=b"no\nmore"), "it answered 403: no"),
        (Answer(status=500, media_type="", body=b"\xff" * 999), "it answered 500: \ufffd"),
        (Answer(status=204, media_type="", body=b""), "it answered 204: nothing"),
        (Answer(status=409, media_type="text/plain", body=b"5\n"), "it answered 409: 5"),
        (Answer(status=409, media_type="text/x.tlog.size", body=b"x\n"), "must be a number"),
        (Answer(status=409, media_type="text/x.tlog.size", body=b"\xff"), "must be a number"),
        (Answer(status=409, media_type="text/x.tlog.size", body=b"0\n"), "the log has forked"),
        (Answer(status=409, media_type="text/x.tlog.size", body=b"9999\n"), "here some are gone"),
    ],
)
def test_what_a_witness_answers_is_not_believed(
    reply: Answer, why: str, promoted: Promoted, world: World
) -> None:
    def ask(url: str, body: bytes) -> Answer:
        return reply if "23" in url else world(url, body)

    (silent,) = gather(promoted, ask).silent
    assert silent[0] == "w23"
    assert why in silent[1]


def test_a_witness_that_names_a_size_each_time_is_left(promoted: Promoted, world: World) -> None:
    sizes = iter(range(1, 99))

    def ask(url: str, body: bytes) -> Answer:
        if "23" in url:
            size = b"%d\n" % next(sizes)
            return Answer(status=409, media_type="text/x.tlog.size", body=size)
        return world(url, body)

    assert gather(promoted, ask).silent == (("w23", "it names another size each time"),)
    assert next(sizes) == 4


def test_the_cosignature_of_another_is_none(promoted: Promoted, world: World) -> None:
    def ask(url: str, body: bytes) -> Answer:
        return world(url.replace("23", "22"), body)

    (silent,) = gather(promoted, ask).silent
    assert silent == ("w23", f"it did not cosign as {name_of(23)}")


def test_a_registry_that_was_rolled_back_is_found_out(promoted: Promoted, world: World) -> None:
    database = promoted.folder / ".weighbridge" / "registry.db"
    promoted.registry.close()
    old = database.read_bytes()
    say_more(promoted)
    gather(promoted, world)
    promoted.registry.close()
    for spare in database.parent.glob("registry.db-*"):
        spare.unlink()
    database.write_bytes(old)
    with pytest.raises(UnavailableError) as caught:
        gather(promoted, world)
    assert caught.value.faults[0].cause.count("here some are gone") == len(SEEDS)
    say_more(promoted)  # another entry in the place of the one that is gone
    with pytest.raises(UnavailableError) as caught:
        gather(promoted, world)
    assert caught.value.faults[0].cause.count("the log has forked") == len(SEEDS)


def test_a_request_for_a_witness_is_made_offline(promoted: Promoted, world: World) -> None:
    registry = promoted.registry
    made = world.witnesses[URLS["w21"]]

    def request(since: int) -> bytes:
        return newest_request(since, ledger=registry, log_key=registry.log_key)

    first = cosign_file(request(0), witness=made, growth=lambda *_: ())
    say_more(promoted)
    size = first.checkpoint.size
    again = cosign_file(request(size), witness=made, growth=lambda *_: ())
    assert again.checkpoint.size == size + 1
    with pytest.raises(NotFoundError, match="not so many entries"):
        request(size + 2)


# The command line.


def test_two_witnesses_on_this_machine_from_checkpoint_to_pack(
    run: Bench, promoted: Promoted, world: World
) -> None:
    where = ("--registry", str(promoted.folder / ".weighbridge"))
    (run.folder / "log.pub").write_text(f"{promoted.registry.log_key}\n")
    (run.folder / "policy").write_text(policy_text(promoted, "all w21 w22"))
    asking = (*where, "log", "show", "--checkpoint", "--policy=policy", "--output=cosigned")
    first, second = (world.witnesses[URLS[name]] for name in ("w21", "w22"))
    with listening(first) as one:
        with listening(second) as two:
            named = (f"--witness=w21={one.url}", f"--witness=w22={two.url}")
            done = run(*asking, *named)
            assert (done.code, done.out) == (0, ""), done.err
        away = run(*asking[:-1], *named)
        assert (away.code, away.out) == (3, "")
        assert "error[WB150]: too few witnesses cosigned it: w22 did not" in away.err
        assert "cause: w22: http://127.0.0.1:" in away.err
        offline = run("--offline", *asking, *named)
        assert (offline.code, "--offline forbids" in offline.err) == (2, True)
    checks = (*where, "log", "verify", "--policy=policy", "--log-key=log.pub")
    lacking = run(*checks)
    assert lacking.code == 1
    assert "too few witnesses cosigned it: w21, w22 did not" in lacking.out
    found = run(*checks, "--checkpoint=cosigned")
    assert found.code == 0
    assert f"cosigned by {name_of(21)} at {NOW} by its clock\n" in found.out
    assert run(*where, "log", "prove", "0", "--checkpoint=cosigned", "--output=proof").code == 0
    proven = run("log", "verify", "proof", "--policy=policy", "--log-key=log.pub")
    assert (proven.code, f"cosigned by {name_of(22)}" in proven.err) == (0, True)
    words = ("evidence", "export", FIRST, "--to", "production", "--output=pack.tar")
    packed = run(*where, *words, "--checkpoint=cosigned", "--policy=policy")
    assert packed.code == 0, packed.err
    check = ("evidence", "verify", "pack.tar", "--key=log.pub")
    verified = run(*check, "--policy=policy")
    assert verified.code == 0
    assert f"  cosigned by {name_of(22)} at {NOW} by its clock\n" in verified.out
    shown = run(*check, "--policy=policy", "--output-format=json").json
    assert [one["key"] for one in shown["cosigners"]] == [vkey(21), vkey(22)]
    assert run(*check).code == 1
