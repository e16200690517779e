"""An export on its own: witnessed, followed from older keys, and all that is left of a registry."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.exported import files
from tests.usecases.stage import FIRST, SECOND
from tests.witnesses import listening, vkey, witness
from weighbridge.ledger.note import read_note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

EXPORT = ("log", "export", "out")
KEY = "--log-key=.weighbridge/log.pub"
WITNESS = ("log", "witness", "out", "--name=w", "--state=state")


def rotate(cast: Cast) -> str:
    """Rotate the log's key, and return the option that names the older one."""
    shutil.copy(cast.store / "log.pub", cast.folder / "old.pub")
    cast.done("key", "trust", "--log", by="ann ben")
    return "--log-key=old.pub"


# All that is left of a registry.


@pytest.mark.parametrize("how", ["gone", "garbage"])
def test_a_registry_comes_back_from_what_it_published(how: str, cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    cast.done(*EXPORT)
    shutil.copy(cast.store / "log.pub", cast.folder)
    wanted = cast.done("log", "show").out
    cast.registry.close()
    for path in cast.store.glob("registry.db*"):
        path.unlink() if how == "gone" else path.write_bytes(b"garbage" * 1000)
    done = cast.done("registry", "rebuild", "--from=out", "--log-key=log.pub")
    assert done.out.endswith("rebuilt: 5 entries\n")
    assert cast.done("log", "show").out == wanted
    cast.done("log", "verify", "--deep")
    cast.done("verify", RELEASE)
    cast.done("sign", RELEASE, by="bea")
    assert cast.done(*EXPORT).out.startswith("out: 6 entries")
    cast.done("log", "verify", "out")


def test_promotions_go_on_after_it(stage: Stage) -> None:
    stage.arrive(FIRST)
    stage.done(*EXPORT)
    stage.registry.close()
    (stage.store / "registry.db").unlink()
    stage.done("registry", "rebuild", "--from=out", KEY)
    assert stage.promote(SECOND, "staging").code == 0
    stage.done("log", "verify", "--deep")


def test_nothing_is_rebuilt_without_the_key_or_from_what_was_changed(cast: Cast) -> None:
    cast.done(*EXPORT)
    cast.registry.close()
    shutil.move(cast.store / "log.pub", cast.folder / "log.pub")
    (cast.store / "registry.db").unlink()
    found = cast("registry", "rebuild", "--from=out")
    assert (found.code, "name the key with --log-key" in found.err) == (1, True)
    path = cast.folder / "out/tile/entries/000.p/4"
    path.write_bytes(path.read_bytes().replace(b"bea", b"eve"))
    found = cast("registry", "rebuild", "--from=out", "--log-key=log.pub")
    assert (found.code, "nothing was rebuilt" in found.err) == (1, True)
    path.unlink()
    found = cast("registry", "rebuild", "--from=out", "--log-key=log.pub")
    assert (found.code, "tile/entries/000.p/4 is missing" in found.err) == (1, True)
    assert not (cast.store / "registry.db").exists()


# Witnessed.


@pytest.fixture
def asked(cast: Cast, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Have one of two witnesses listen; return the words that ask it."""
    names = "".join(f"witness w{seed} {vkey(seed)}\n" for seed in (21, 22))
    (cast.folder / "policy").write_text(f"{names}group all 1 w21 w22\nquorum all\n")
    (cast.folder / "both").write_text(f"{names}group all 2 w21 w22\nquorum all\n")
    with listening(witness(tmp_path / "state21", 21, log_key=cast.registry.log_key)) as service:
        yield "--policy=policy", f"--witness=w21={service.url}"


def test_what_is_published_is_witnessed(cast: Cast, asked: tuple[str, ...]) -> None:
    assert cast("--offline", *EXPORT, *asked).code == 2
    assert cast("log", "export", "out", asked[1]).code == 2
    cast.done(*EXPORT, *asked, "--dry-run")
    assert not (cast.folder / "out").exists()
    done = cast.done(*EXPORT, *asked)
    assert done.out.endswith("3 files written\n")
    assert "w22 did not cosign: nobody said where it is" in done.err
    cast.done("log", "verify", "out", KEY, "--policy=policy")
    # Whoever has cosigned already is not asked again.
    assert cast.done(*EXPORT, "--policy=policy").out.endswith("0 files written\n")
    # Of what comes next there is nothing as long as too few cosign.
    cast.trust("mia", "sre")
    before = files(cast.folder / "out")
    found = cast(*EXPORT, "--policy=both", asked[1])
    assert (found.code, found.out) == (3, "")
    assert "too few witnesses cosigned it: w22 did not" in found.err
    assert files(cast.folder / "out") == before
    cast.done("log", "verify", "out", KEY, "--policy=policy")
    cast.done(*EXPORT)
    found = cast("log", "verify", "out", KEY, "--policy=policy")
    assert (found.code, "too few witnesses cosigned it" in found.out) == (1, True)
    assert cast.done(*EXPORT, *asked).out.endswith("1 file written\n")
    cast.done("log", "verify", "out", KEY, "--policy=policy")


def test_a_database_made_anew_holds_the_logs_own_checkpoint(
    cast: Cast, asked: tuple[str, ...]
) -> None:
    own = cast.done("log", "show", "--checkpoint").out
    cast.done(*EXPORT, *asked)
    assert (cast.folder / "out/checkpoint").read_text() != own
    assert cast.done("registry", "rebuild", "--from=out").out == "sound: 4 entries\n"
    cast.registry.close()
    (cast.store / "registry.db").unlink()
    cast.done("registry", "rebuild", "--from=out")
    assert cast.done("log", "show", "--checkpoint").out == own


def test_a_witness_reads_an_export_and_needs_no_registry(cast: Cast, tmp_path: Path) -> None:
    def cosign(*words: str) -> Ran:
        elsewhere = ("--registry", str(tmp_path / "nothing"))
        return cast(*WITNESS, *elsewhere, *(words or (KEY,)), by="carl")

    cast.done(*EXPORT)
    first = cosign()
    assert (first.code, "cosigned 4 entries of example.com/log" in first.err) == (0, True)
    shutil.copytree(cast.folder / "out", cast.folder / "before")
    cast.trust("mia", "sre")
    cast.done(*EXPORT)
    second = cosign()
    assert (second.code, "cosigned 5 entries" in second.err) == (0, True)
    # The folder takes what the witness signed, and keeps it.
    (cast.folder / "out/checkpoint").write_text(second.out)
    assert cast.done(*EXPORT).out.endswith("0 files written\n")
    assert len(read_note((cast.folder / "out/checkpoint").read_bytes()).signatures) == 2
    shutil.rmtree(cast.folder / "out")
    shutil.move(cast.folder / "before", cast.folder / "out")
    older = cosign()
    assert (older.code, "fewer than the 5 before" in older.err) == (1, True)
    (cast.folder / "out/checkpoint").unlink()
    assert (cosign().code, "out holds no checkpoint of a log" in cosign().err) == (1, True)


# Followed from an older key.


def test_an_export_is_followed_from_an_older_key(cast: Cast) -> None:
    old = rotate(cast)
    cast.done(*EXPORT)
    for words in (
        ("log", "verify", "out"),
        ("log", "show", "--from=out"),
        ("log", "prove", "2", "--from=out"),
        (*EXPORT, "--dry-run"),
        ("registry", "rebuild", "--from=out", "--dry-run"),
    ):
        cast.done(*words, old)


def test_a_witness_is_given_the_newer_key(cast: Cast) -> None:
    cast.done(*EXPORT)
    assert cast(*WITNESS, KEY, by="carl").code == 0
    old = rotate(cast)
    cast.done(*EXPORT)
    found = cast(*WITNESS, old, by="carl")
    assert (found.code, "has it been rotated?" in found.err) == (1, True)
    assert cast(*WITNESS, old, KEY, by="carl").code == 0
