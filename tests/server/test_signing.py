"""A server signs in a person's name: for him, while he is there, and everybody sees it."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.identities import WEAK
from tests.server.doors import NEXT, Guarded
from tests.usecases.cast import Clock
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.adapters.kept_keys import KeptKeys, file_stem
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.gate.case import Act
from weighbridge.model.errors import (
    KeyFileError,
    LoginError,
    NotAllowedError,
    OwnerlessError,
    PassphraseError,
    WeighbridgeError,
)
from weighbridge.model.team.account import NOBODY, Identity, Scope, Via
from weighbridge.model.team.server_settings import ServerSettings, SigningSettings
from weighbridge.packing.evidence_pack import read_pack
from weighbridge.report.pack import render_pack
from weighbridge.seal.control import revoke_key, trust_key
from weighbridge.seal.keys import read_public_key
from weighbridge.server.keeping import FRESH_LOGIN, KeptSigners
from weighbridge.server.running import Drain
from weighbridge.server.serving import House, team_application
from weighbridge.server.signing import NO_SIGNERS, login_again
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.team.job import Jobs
    from weighbridge.server.signing import Signers

ORIGIN = "https://weighbridge.example"
NOW = "2026-06-01T12:00:00Z"
LOCK = "what the keys are locked with"


def at(seconds: int) -> str:
    """Return a time of that hour, some seconds from noon."""
    hour, rest = divmod(12 * 3_600 + seconds, 3_600)
    return f"2026-06-01T{hour:02}:{rest // 60:02}:{rest % 60:02}Z"


def logged_in(person: str, **more: Any) -> Identity:  # noqa: ANN401 - fields of an identity
    known: dict[str, Any] = {
        "person": person,
        "via": Via.SESSION,
        "scopes": frozenset({Scope.READ, Scope.WRITE}),
        "credential": f"session-of-{person}",
        "authenticated": NOW,
        "browser": True,
    }
    return Identity(**known | more)


MIA = logged_in("mia")


@pytest.fixture
def keys(tmp_path: Path) -> KeptKeys:
    return KeptKeys(tmp_path / "kept", passphrase=LOCK, cost=WEAK)


@pytest.fixture
def signers(keys: KeptKeys, guarded: Guarded) -> KeptSigners:
    return KeptSigners(keys, registry=guarded.registry, origin=ORIGIN)


def trust(
    guarded: Guarded, signers: KeptSigners, person: str = "mia", *, held_by: str = ORIGIN
) -> None:
    """Have owners trust the key the server holds for mia, as somebody's."""
    kept = signers.make(MIA, now=NOW)
    der = read_public_key(kept.pem.encode()).spki_der
    guarded.owners(trust_key(der, person=person, roles=["ml-lead"], held_by=held_by))


def refused(signers: Signers, identity: Identity, now: str = NOW) -> tuple[str, str]:
    """Return code and message of what is refused, the same in both ways to ask."""
    fault = signers.standing(identity, now=now).fault
    assert fault is not None
    with pytest.raises((LoginError, NotAllowedError, OwnerlessError)) as error:
        signers.signer(identity, now=now)
    assert error.value.faults == (fault,)
    assert error.value.code == fault.code
    assert fault.help or fault.wanted
    return fault.code, fault.message


def test_a_person_comes_to_sign_in_the_browser(guarded: Guarded, signers: KeptSigners) -> None:
    assert signers.keeps
    assert refused(signers, MIA) == ("WB170", "there is no key yet to sign with for you")
    assert signers.kept(MIA) is None
    kept = signers.make(MIA, now=NOW)
    assert signers.kept(MIA) == signers.make(MIA, now=NOW) == kept
    assert kept.pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert kept.command == (
        f"weighbridge key trust {kept.file} --person mia --role ROLE --held-by {ORIGIN}"
    )
    code, said = refused(signers, MIA)
    assert (code, said) == ("WB170", "nobody trusts the key yet that signs for you")
    fault = signers.standing(MIA, now=NOW).fault
    assert fault is not None
    assert kept.command in fault.help[0]
    trust(guarded, signers)
    standing = signers.standing(MIA, now=NOW)
    assert standing.fault is None
    assert (standing.person, standing.key, standing.held_by) == ("mia", kept.digest, ORIGIN)
    assert standing.fresh_until == at(FRESH_LOGIN)


def test_what_it_signs_counts_and_the_ledger_says_who_signed(
    guarded: Guarded, signers: KeptSigners
) -> None:
    trust(guarded, signers)
    intent = Intent(act=Act.APPROVE, release=guarded.digest(NEXT), environment="production")
    said = say(intent, signer=signers.signer(MIA, now=NOW), registry=guarded.registry)
    assert said.person == "mia"
    assert guarded.promote(NEXT, "production")
    registry = guarded.registry
    pack = export_pack(guarded.digest(NEXT), "production", registry=registry)
    found = verify_pack(pack, log_key=registry.log_key)
    assert found.ok
    assert found.told is not None
    assert {word.person: word.held_by for word in found.told.acts}["mia"] == ORIGIN
    assert f"by mia (ml-lead; by the server {ORIGIN} in this name) at" in render_pack(found)
    page = read_pack(pack)[0]["report.html"].decode()
    assert page.count(f"signed by the server <bdi>{ORIGIN}</bdi> in this name") == 1
    assert '"heldBy":"https://weighbridge.example"' in read_pack(pack)[0]["trust.json"].decode()


@pytest.mark.parametrize(
    ("asking", "code", "said"),
    [
        (logged_in("max"), "WB170", "there is no key yet"),
        (logged_in("MIA"), "WB170", "there is no key yet"),
        (logged_in("mia", via=Via.TOKEN), "WB170", "left with a token"),
        (logged_in("mia", via=Via.EXCHANGE), "WB170", "left with a token"),
        (logged_in("mia", browser=False), "WB170", "logged in with a browser"),
        (logged_in("", via=Via.SESSION), "WB170", "logged in with a browser"),
        (NOBODY, "WB170", "logged in with a browser"),
        (logged_in("mia", authenticated=at(-FRESH_LOGIN - 1)), "WB152", "not proved lately"),
        (logged_in("mia", authenticated=at(61)), "WB152", "not proved lately"),
        (logged_in("mia", authenticated="2027-01-01T00:00:00Z"), "WB152", "not proved lately"),
        (logged_in("mia", authenticated=""), "WB152", "not proved lately"),
        (logged_in("mia", authenticated="today"), "WB152", "not proved lately"),
    ],
)
def test_it_signs_for_nobody_else_and_never_later(
    asking: Identity, code: str, said: str, guarded: Guarded, signers: KeptSigners
) -> None:
    trust(guarded, signers)
    found = refused(signers, asking)
    assert found[0] == code
    assert said in found[1]


@pytest.mark.parametrize("authenticated", [at(-FRESH_LOGIN), at(-1), NOW, at(60)])
def test_a_login_is_fresh_for_five_minutes_by_the_clock_of_the_server(
    authenticated: str, guarded: Guarded, signers: KeptSigners
) -> None:
    trust(guarded, signers)
    asking = replace(MIA, authenticated=authenticated)
    assert signers.standing(asking, now=NOW).fault is None
    assert signers.standing(asking, now=NOW).fresh_until <= at(FRESH_LOGIN)
    assert refused(signers, asking, at(FRESH_LOGIN + 61))[0] == "WB152"


def test_a_key_trusted_for_another_signs_for_neither(
    guarded: Guarded, signers: KeptSigners
) -> None:
    trust(guarded, signers, "max")
    assert "is another's" in refused(signers, MIA)[1]
    assert "no key yet" in refused(signers, logged_in("max"))[1]


def test_a_file_put_in_anothers_place_signs_for_nobody_else(
    guarded: Guarded, signers: KeptSigners, tmp_path: Path
) -> None:
    trust(guarded, signers)
    stolen = tmp_path / "kept" / f"{file_stem('max')}.key"
    shutil.copy2(tmp_path / "kept" / f"{file_stem('mia')}.key", stolen)
    assert "is another's" in refused(signers, logged_in("max"))[1]


@pytest.mark.parametrize("held_by", ["", "https://elsewhere.example"])
def test_a_key_that_owners_do_not_say_it_holds_is_not_used(
    held_by: str, guarded: Guarded, signers: KeptSigners
) -> None:
    trust(guarded, signers, held_by=held_by)
    fault = signers.standing(MIA, now=NOW).fault
    assert fault is not None
    assert (fault.seen, fault.wanted) == (held_by, f"a key of mia, held by {ORIGIN}")
    assert "did not say that this server holds" in refused(signers, MIA)[1]


def test_a_revoked_key_signs_no_more(guarded: Guarded, signers: KeptSigners) -> None:
    trust(guarded, signers)
    key = signers.standing(MIA, now=NOW).key
    guarded.owners(revoke_key(key, person="mia", reason="the server was broken into"))
    assert refused(signers, MIA) == ("WB170", "the key does not count: revoked")


def test_a_login_that_stands_for_no_role_signs_nothing(
    guarded: Guarded, keys: KeptKeys, signers: KeptSigners
) -> None:
    trust(guarded, signers)
    strict = KeptSigners(keys, registry=guarded.registry, origin=ORIGIN, asks_roles=True)
    for roles in (frozenset[str](), frozenset({"nobody-has-it"})):
        assert "stand for no role" in refused(strict, replace(MIA, roles=roles))[1]
    asking = replace(MIA, roles=frozenset({"ml-lead"}))
    assert strict.standing(asking, now=NOW).fault is None


@pytest.fixture
def house(guarded: Guarded) -> Iterator[House]:
    """Give what a server with `[signing]` serves; its passphrase is not there yet."""
    accounts = open_accounts(guarded.folder / "accounts.db")
    signing = SigningSettings(keys="kept", passphrase_file="locks")  # noqa: S106 - a name
    yield House(
        registry=guarded.registry,
        accounts=accounts,
        jobs=cast("Jobs", None),
        settings=ServerSettings(public_url=f"{ORIGIN}/", signing=signing),
        folder=guarded.folder,
        clock=guarded.clock,
        drain=Drain(),
        address="http://127.0.0.1:1",
        in_clear=False,
    )
    accounts.close()


def test_the_settings_say_which_keys_it_holds(guarded: Guarded, house: House) -> None:
    (guarded.folder / "locks").touch(0o600)
    (guarded.folder / "locks").write_text(f"{LOCK}\n")
    signers = team_application(house).state.services.signers
    kept = signers.make(MIA, now=NOW)
    assert f"--held-by {ORIGIN}" in kept.command
    again = KeptKeys(guarded.folder / "kept", passphrase=LOCK).find("mia")
    assert again is not None
    assert again.public.spki_digest == kept.digest


@pytest.mark.parametrize(
    ("contents", "mode", "code"),
    [(None, 0o600, "WB102"), (b" \n", 0o600, "WB101"), (b"x\n", 0o644, "WB160"),
     (b"\xff", 0o600, "WB102")],
)  # fmt: skip
def test_without_its_passphrase_a_server_does_not_start(
    contents: bytes | None, mode: int, code: str, guarded: Guarded, house: House
) -> None:
    if contents is not None:
        (guarded.folder / "locks").write_bytes(contents)
        (guarded.folder / "locks").chmod(mode)
    with pytest.raises(WeighbridgeError) as error:
        team_application(house)
    assert error.value.code == code


@pytest.mark.parametrize("asking", [NOBODY, logged_in("mia", via=Via.TOKEN)])
def test_a_key_is_made_for_who_is_there_alone(
    asking: Identity, signers: KeptSigners, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowedError, match="logged in with a browser"):
        signers.make(asking, now=NOW)
    assert signers.kept(asking) is None
    assert not (tmp_path / "kept").exists()


def test_before_owners_are_named_nothing_counts(keys: KeptKeys, tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "empty", clock=Clock(NOW))
    try:
        signers = KeptSigners(keys, registry=registry, origin=ORIGIN)
        kept = signers.make(MIA, now=NOW)
        assert refused(signers, MIA)[0] == OwnerlessError.code
        assert signers.standing(MIA, now=NOW).key == kept.digest
    finally:
        registry.close()


def test_servers_that_share_a_folder_make_one_key(tmp_path: Path) -> None:
    start, found = threading.Barrier(8), []

    def make() -> None:
        keys = KeptKeys(tmp_path / "kept", passphrase=LOCK, cost=WEAK)
        start.wait(20)
        found.append(keys.make("mia").public.spki_digest)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".key"]


@pytest.mark.parametrize("person", ["../../out", "/etc/x", "a/b", "..", "mia\n", "Ünal", "x" * 300])
def test_no_name_leads_out_of_the_folder(person: str, keys: KeptKeys, tmp_path: Path) -> None:
    keys.make(person)
    (made,) = (tmp_path / "kept").iterdir()
    assert made.name == f"{file_stem(person)}.key"
    assert len(made.name) < 70
    assert (made.stat().st_mode & 0o777, (tmp_path / "kept").stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )


def test_names_that_look_alike_have_keys_of_their_own(keys: KeptKeys) -> None:
    made = {keys.make(name).public.spki_digest for name in ("mia", "MIA", "mia ", "m-ia", "m.ia")}
    assert len(made) == 5


def test_a_key_is_locked_and_nobody_else_reads_it(keys: KeptKeys, tmp_path: Path) -> None:
    keys.make("mia")
    (path,) = (tmp_path / "kept").iterdir()
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    other = KeptKeys(tmp_path / "kept", passphrase="another", cost=WEAK)  # noqa: S106 - nobody's
    with pytest.raises(PassphraseError):
        other.find("mia")
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="may be read by others"):
        KeptKeys(tmp_path / "kept", passphrase=LOCK, cost=WEAK).find("mia")


def test_a_key_is_unlocked_once(keys: KeptKeys, tmp_path: Path) -> None:
    made = keys.make("mia")
    shutil.rmtree(tmp_path / "kept")
    assert keys.find("mia") is made


def test_a_server_without_keys_says_how_to_sign_instead() -> None:
    assert not NO_SIGNERS.keeps
    assert refused(NO_SIGNERS, MIA) == ("WB170", "this server signs for nobody")
    fault = NO_SIGNERS.standing(MIA, now=NOW).fault
    assert fault is not None
    assert fault.help[-1].startswith("weighbridge approve ")
    assert NO_SIGNERS.kept(MIA) is None
    with pytest.raises(NotAllowedError, match="signs for nobody"):
        NO_SIGNERS.make(MIA, now=NOW)


def test_who_logs_in_again_comes_back_to_where_he_was() -> None:
    assert login_again("/releases/a?b=c&d") == "/login?again=true&next=%2Freleases%2Fa%3Fb%3Dc%26d"
