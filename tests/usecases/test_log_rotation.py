"""The log's key is replaced by what owners sign; who holds an older one can follow."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.usecases.cast import PASSPHRASES, RELEASE
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.log_key import LogKey, named, open_log_key
from weighbridge.adapters.log_rotation import finish_rotation
from weighbridge.ledger.endorsement import Endorsement
from weighbridge.ledger.merkle import MerkleTree, leaf_hash
from weighbridge.ledger.note import write_verifier_key
from weighbridge.model.errors import LedgerError, NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.seal.control import rotate_log
from weighbridge.usecases.believed import believe, trust_in
from weighbridge.usecases.control import change_control

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

BOTH = "ann ben"
ROTATE = ("key", "trust", "--log")


@pytest.fixture
def kept(cast: Cast) -> Path:
    """Keep the log's key and a checkpoint elsewhere, as an outsider does."""
    keep(cast, "first")
    return cast.folder.parent


def keep(cast: Cast, name: str) -> None:
    folder = cast.folder.parent
    shutil.copy(cast.store / "log.pub", folder / f"{name}.pub")
    shown = cast.done("log", "show", "--checkpoint").out
    (folder / f"{name}.checkpoint").write_text(shown)


def rotate(cast: Cast, by: str = BOTH) -> Ran:
    return cast.done(*ROTATE, by=by)


def key_of(cast: Cast) -> str:
    found: str = cast.done("registry", "status", "--output-format=json").json["log"]["key"]
    return found


def outsider() -> LogKey:
    private = Ed25519PrivateKey.generate()
    return LogKey(named("example.com/log", private), private)


def propose(cast: Cast, endorsement: str, key: LogKey, names: str = BOTH) -> bool:
    """Have owners sign a rotation whose words come from anywhere."""
    change = rotate_log(write_verifier_key(key.public), endorsement=endorsement)
    folder = KeyFolder(cast.keys)
    signers = [folder.locked(name).unlock(PASSPHRASES[name]) for name in names.split()]
    return change_control(change, signers=signers, registry=cast.registry).applied


def test_owners_rotate_the_key_and_the_registry_goes_on(cast: Cast) -> None:
    before, size = key_of(cast), len(cast.entries())
    assert rotate(cast).err.count("new `log.pub`") == 1
    after = key_of(cast)
    assert after != before
    assert after.split("+")[0] == before.split("+")[0] == "example.com/log"
    entry = cast.last()
    assert (entry["kind"], entry["body"]["action"]) == ("control.applied", "log.rotate")
    assert entry["body"]["logKey"] == after == (cast.store / "log.pub").read_text()[:-1]
    assert not (cast.store / "log.next.key").exists()
    assert (cast.store / "log.key").stat().st_mode & 0o777 == 0o600
    cast.done("sign", RELEASE, by="bea")
    assert len(cast.entries()) == size + 2
    cast.done("log", "verify", "--deep")
    cast.done("verify", RELEASE, "--role=builder")


def test_one_owner_proposes_and_another_brings_it_into_force(cast: Cast) -> None:
    before = key_of(cast)
    assert cast(*ROTATE, by="ann").code == 1
    assert key_of(cast) == before
    following = (cast.store / "log.next.key").read_bytes()
    assert (cast.store / "log.next.key").stat().st_mode & 0o777 == 0o600
    cast.done("sign", RELEASE, by="bea")
    ((waiting),) = cast.waiting()
    assert waiting["action"] == "log.rotate"
    cast.done("key", "trust", "--role", "log", by="ben")
    assert (cast.store / "log.key").read_bytes() == following
    assert key_of(cast) != before
    cast.done("log", "verify", "--deep")


def test_an_older_key_leads_to_the_newer_one(cast: Cast, kept: Path) -> None:
    rotate(cast)
    keep(cast, "second")
    rotate(cast)
    cast.done("sign", RELEASE, by="bea")
    for name in ("first", "second"):
        key = f"--log-key={kept / name}.pub"
        cast.done("log", "verify", "--deep", key, f"--since={kept / name}.checkpoint")
        cast.done("verify", RELEASE, key)
        cast.done("log", "show", key)


def test_a_checkpoint_by_an_earlier_key_witnesses_growth(cast: Cast, kept: Path) -> None:
    rotate(cast)
    cast.done("log", "verify", f"--since={kept / 'first'}.checkpoint")
    keep(cast, "second")
    cast.rewrite(1, body={"name": "demo", "version": "9", "digest": cast.digest})
    found = cast("log", "verify", f"--since={kept / 'first'}.checkpoint")
    assert found.code == 1
    assert "entries before that checkpoint were rewritten" in found.out


def test_a_proof_does_not_lead_from_an_older_key(cast: Cast, kept: Path) -> None:
    rotate(cast)
    proof = kept / "a.proof"
    cast.done("log", "prove", "1", f"--output={proof}")
    cast.done("log", "verify", str(proof))
    found = cast("log", "verify", str(proof), f"--log-key={kept / 'first'}.pub")
    assert found.code == 1
    assert "has it been rotated?" in found.err
    assert "newer `log.pub`" in found.err


def test_nothing_is_made_in_a_dry_run(cast: Cast) -> None:
    before = cast.everything()
    cast.done(*ROTATE, "--dry-run")
    assert cast.everything() == before
    assert cast(*ROTATE, by="ann").code == 1
    shown = json.loads(cast.done(*ROTATE, "--dry-run").out)
    assert shown["predicate"]["action"] == "log.rotate"


@pytest.mark.parametrize(
    "words",
    [("--log", "bea"), ("--log", "--person=bea"), ("--log", "--role=owner"), (), ("bea",)],
)
def test_what_makes_no_sense_is_a_wrong_use(words: tuple[str, ...], cast: Cast) -> None:
    assert cast("key", "trust", *words, by=BOTH).code == 2


def test_nobody_but_owners_rotates(cast: Cast) -> None:
    before = key_of(cast)
    assert cast(*ROTATE, by="bea").code == 4
    assert cast.last()["kind"] == "control.refused"
    assert key_of(cast) == before


def endorsed_by(key: LogKey, said: LogKey, after: int) -> str:
    return key.note(Endorsement(after=after, key=said.public).text()).decode()


def other_log(cast: Cast, new: LogKey) -> str:
    del new
    private = Ed25519PrivateKey.generate()
    stranger = LogKey(named("example.com/other", private), private)
    return endorsed_by(open_log_key(cast.store), stranger, 4)


WORDS: dict[str, Callable[[Cast, LogKey], str]] = {
    "by-itself": lambda _, new: endorsed_by(new, new, 4),
    "by-another": lambda _, new: endorsed_by(outsider(), new, 4),
    "for-another-key": lambda cast, _: endorsed_by(open_log_key(cast.store), outsider(), 4),
    "for-another-log": other_log,
    "for-later": lambda cast, new: endorsed_by(open_log_key(cast.store), new, 99),
    "a-checkpoint": lambda cast, _: open_log_key(cast.store).sign(4, bytes(32)).decode(),
    "a-line-more": lambda cast, new: endorsed_by(open_log_key(cast.store), new, 4) + "\n",
    "nothing-like-it": lambda *_: "words",
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_a_key_the_older_one_did_not_vouch_for_is_refused(
    words: Callable[[Cast, LogKey], str], cast: Cast
) -> None:
    new = outsider()
    with pytest.raises(NotAllowedError) as caught:
        propose(cast, words(cast, new), new)
    assert caught.value.faults[0].cause == "not-endorsed"
    assert cast.last()["body"]["reason"] == "not-endorsed"
    cast.done("log", "verify", "--deep")


def test_a_key_of_another_log_is_refused(cast: Cast) -> None:
    private = Ed25519PrivateKey.generate()
    with pytest.raises(NotAllowedError, match=r"not of example\.com/log"):
        propose(cast, "", LogKey(named("example.com/other", private), private))


def test_the_log_never_goes_back_to_a_key_it_had(cast: Cast) -> None:
    first = open_log_key(cast.store)
    rotate(cast)
    with pytest.raises(NotAllowedError) as caught:
        propose(cast, endorsed_by(open_log_key(cast.store), first, len(cast.entries())), first)
    assert caught.value.faults[0].cause == "former-key"


def test_a_key_that_was_replaced_signs_no_more(cast: Cast, kept: Path) -> None:
    """Whoever stole the older key may sign what he likes: the entries say it was replaced."""
    stolen = open_log_key(cast.store)
    rotate(cast)
    rows = cast.execute("SELECT body FROM entry ORDER BY idx")
    note = stolen.sign(len(rows), MerkleTree(leaf_hash(row[0]) for row in rows).root())
    cast.execute("UPDATE checkpoint SET note = ?", note)
    for key in ("", f"--log-key={kept / 'first'}.pub"):
        words = [key] if key else []
        assert cast("log", "verify", *words).code == 1
        assert cast("verify", RELEASE, *words).code == 1
    assert cast("sign", RELEASE, by="bea").code == 1
    (kept / "forged").write_bytes(note)


def test_a_checkpoint_a_replaced_key_signed_later_is_no_witness(cast: Cast, kept: Path) -> None:
    stolen = open_log_key(cast.store)
    rotate(cast)
    rows = cast.execute("SELECT body FROM entry ORDER BY idx")
    root = MerkleTree(leaf_hash(row[0]) for row in rows).root()
    (kept / "forged").write_bytes(stolen.sign(len(rows), root))
    found = cast("log", "verify", f"--since={kept / 'forged'}")
    assert found.code == 1
    assert "the checkpoint given" in found.out


def test_a_rotation_no_owner_signed_is_found(cast: Cast) -> None:
    """Who holds the log's key and can write the database still cannot make owners' words."""
    new = outsider()
    endorsement = endorsed_by(open_log_key(cast.store), new, 4)
    body = cast.last()["body"] | {
        "action": "log.rotate",
        "endorsement": endorsement,
        "logKey": write_verifier_key(new.public),
    }
    cast.append(Kind.CONTROL_APPLIED, body)
    rows = cast.execute("SELECT body FROM entry ORDER BY idx")
    note = new.sign(len(rows), MerkleTree(leaf_hash(row[0]) for row in rows).root())
    cast.execute("UPDATE checkpoint SET note = ?", note)
    with cast.registry.reading() as view, pytest.raises(LedgerError, match=r"owner|applies"):
        trust_in(believe(view, log_key=cast.registry.log_key), cast.registry.blobs)
    assert cast("log", "verify", "--deep").code == 1


def test_a_rotation_that_names_another_key_than_owners_signed_is_found(cast: Cast) -> None:
    assert cast(*ROTATE, by="ann").code == 1
    new = outsider()
    body = {**cast.last()["body"], "logKey": write_verifier_key(new.public), "endorsement": ""}
    cast.append(Kind.CONTROL_APPLIED, body)
    found = cast("log", "verify", "--deep")
    assert found.code == 1


# What can happen in between: every state of the three files is finished by whoever comes next.


def cut_short(cast: Cast, *, published: bool) -> None:
    """Rotate, and put the files back as a crash would have left them after the commit."""
    old = {name: (cast.store / name).read_bytes() for name in ("log.key", "log.pub")}
    rotate(cast)
    (cast.store / "log.key").rename(cast.store / "log.next.key")
    (cast.store / "log.key").write_bytes(old["log.key"])
    (cast.store / "log.key").chmod(0o600)
    if not published:
        (cast.store / "log.pub").write_bytes(old["log.pub"])


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize(
    "words", [("registry", "status"), ("log", "verify", "--deep"), ("sign", RELEASE)]
)
def test_a_crash_after_the_commit_heals(
    words: tuple[str, ...], *, published: bool, cast: Cast
) -> None:
    cut_short(cast, published=published)
    cast.done(*words, by="bea" if words[0] == "sign" else "")
    assert not (cast.store / "log.next.key").exists()
    cast.done("sign", RELEASE, by="bea")
    cast.done("log", "verify", "--deep")


def test_a_crash_before_the_commit_changes_nothing(cast: Cast) -> None:
    before = key_of(cast)
    cast.registry.propose_log_key(4)
    cast.done("sign", RELEASE, by="bea")
    assert key_of(cast) == before
    following = cast.registry.next_log_key
    rotate(cast)
    assert key_of(cast) == following


def test_a_next_key_that_signed_nothing_stays_where_it_is(cast: Cast) -> None:
    cast.registry.propose_log_key(4)
    with cast.registry.reading() as view:
        finish_rotation(cast.store, view.checkpoint)
    assert (cast.store / "log.next.key").exists()


def test_a_next_key_that_is_gone_applies_nothing(cast: Cast) -> None:
    before, size = key_of(cast), len(cast.entries())
    assert cast(*ROTATE, by="ann").code == 1
    (cast.store / "log.next.key").unlink()
    new = cast.execute("SELECT body FROM entry ORDER BY idx DESC LIMIT 1")
    assert b"log.rotate" in new[0][0]
    rotate(cast)  # another key, and both sign anew
    assert key_of(cast) != before
    assert len(cast.entries()) == size + 2
    assert len(cast.waiting()) == 1  # nobody can bring that one into force


# A key that is lost.


def test_a_lost_key_is_replaced_by_owners_at_once(cast: Cast, kept: Path) -> None:
    (cast.store / "log.key").unlink()
    assert cast("sign", RELEASE, by="bea").code == 2
    assert cast(*ROTATE, by="ann").code == 2  # a proposal could not be signed into the log
    rotate(cast)
    cast.done("sign", RELEASE, by="bea")
    cast.done("log", "verify", "--deep")
    assert cast.entries()[-2]["body"]["endorsement"] == ""
    found = cast("log", "verify", f"--log-key={kept / 'first'}.pub")
    assert found.code == 1
    assert "was lost and vouches for nobody" in found.err
    cast.done("log", "verify", f"--since={kept / 'first'}.checkpoint")
