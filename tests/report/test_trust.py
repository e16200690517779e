from __future__ import annotations

import re
from dataclasses import replace

from weighbridge.model.standing import Standing, Waiting
from weighbridge.model.trust import TrustedIdentity, TrustedKey, TrustSnapshot
from weighbridge.model.verification import (
    Audit,
    Cosigner,
    LogState,
    Problem,
    Signature,
    Verification,
)
from weighbridge.report.trust import (
    audit_json,
    problem_json,
    render_audit,
    render_problems,
    render_standing,
    render_verification,
    standing_json,
    verification_json,
)

DIGEST = "sha256:" + "a" * 64
ROOT = "b" * 64
TIME = "2026-02-01T00:00:00Z"
STYLE = re.compile("\x1b\\[[0-9;]*m")
PROBLEM = Problem(
    code="INT001",
    subject="labels.json",
    message="its digest differs from the sealed release",
    seen="sha256:1",
    wanted="sha256:2",
    remediation=("restore the file", "or seal a new version"),
)
SIGNATURE = Signature(
    person="bea",
    roles=("builder", "ml-lead"),
    key_digest=DIGEST,
    at=TIME,
    predicate_type="https://weighbridge.dev/release/v1",
    entry=4,
)
VERIFIED = Verification(name="demo@1.0.0", digest=DIGEST, problems=(), signatures=(SIGNATURE,))
LOG = LogState(origin="example.com/log", size=5, root=ROOT)


def key(place: int, person: str, role: str) -> TrustedKey:
    return TrustedKey(key=bytes([place]), person=person, roles=(role,))


KEYS = sorted(
    [
        key(1, "ann", "owner"),
        replace(
            key(2, "bea", "builder"), since="2026-01-01T00:00:00Z", until="2027-01-01T00:00:00Z"
        ),
        replace(key(3, "carl", "checker"), revoked_at=TIME, reason="lost"),
    ],
    key=lambda one: one.spki,
)
STANDING = Standing(
    trust=TrustSnapshot(
        as_of=5, owners=("ann",), threshold=1, keys=tuple(KEYS), log_key="example.com/log+1+k"
    ),
    log=LOG,
    time=TIME,
    releases=3,
)
WAITING = Waiting(
    action="key.trust",
    subject="key of mia",
    subject_digest=DIGEST,
    signers=("ann", "ben"),
    missing=1,
)


def test_a_problem_in_words() -> None:
    assert render_problems([PROBLEM]) == (
        "error[INT001]: labels.json: its digest differs from the sealed release\n"
        "   | wanted  sha256:2\n"
        "   | seen    sha256:1\n"
        "   = help:  restore the file\n"
        "   = help:  or seal a new version\n"
        "   = more:  weighbridge explain INT001\n"
    )


def test_no_problems_are_no_words() -> None:
    assert render_problems([]) == ""


def test_a_problem_as_plain_values() -> None:
    assert problem_json(PROBLEM) == {
        "code": "INT001",
        "subject": "labels.json",
        "message": "its digest differs from the sealed release",
        "seen": "sha256:1",
        "wanted": "sha256:2",
        "remediation": ["restore the file", "or seal a new version"],
    }


def test_a_verified_release_in_words() -> None:
    assert render_verification(VERIFIED) == (
        f"signed by bea (builder, ml-lead) at {TIME}\nverified: demo@1.0.0  {DIGEST}\n"
    )


def test_what_does_not_hold_comes_first_and_the_verdict_last() -> None:
    text = render_verification(replace(VERIFIED, problems=(PROBLEM,)))
    assert text.startswith("error[INT001]: labels.json: ")
    assert text.endswith(
        f"signed by bea (builder, ml-lead) at {TIME}\nnot verified: demo@1.0.0  {DIGEST}\n"
    )


def test_a_verified_release_as_plain_values() -> None:
    found = verification_json(replace(VERIFIED, ignored=(PROBLEM,)))
    assert found == {
        "schemaVersion": 1,
        "ok": True,
        "subject": DIGEST,
        "name": "demo@1.0.0",
        "problems": [],
        "unverified": None,
        "ignored": [problem_json(PROBLEM)],
        "signers": [
            {"person": "bea", "role": role, "keyDigest": DIGEST, "at": TIME}
            for role in ("builder", "ml-lead")
        ],
    }
    assert verification_json(replace(VERIFIED, problems=(PROBLEM,)))["ok"] is False


def test_an_intact_log() -> None:
    assert render_audit(Audit(log=LOG, problems=())) == (
        f"intact: 5 entries of example.com/log, root {ROOT}\n"
    )
    assert audit_json(Audit(log=LOG, problems=(), deep=True)) == {
        "schemaVersion": 1,
        "ok": True,
        "deep": True,
        "log": {"origin": "example.com/log", "size": 5, "root": ROOT},
        "cosigners": [],
        "problems": [],
    }


def test_who_cosigned_is_told_with_his_clock() -> None:
    by = (
        Cosigner(name="w.example", person="wes", key="w.example+00+00", at=TIME),
        Cosigner(name="v.example", person="", key="v.example+00+00", at=TIME),
    )
    assert render_audit(Audit(log=LOG, problems=(), cosigners=by)).splitlines()[:2] == [
        f"cosigned by w.example (wes) at {TIME} by its clock",
        f"cosigned by v.example at {TIME} by its clock",
    ]
    assert audit_json(Audit(log=LOG, problems=(), cosigners=by))["cosigners"] == [
        {"name": "w.example", "person": "wes", "key": "w.example+00+00", "at": TIME},
        {"name": "v.example", "person": None, "key": "v.example+00+00", "at": TIME},
    ]


def test_one_entry_is_not_entries() -> None:
    one = replace(LOG, size=1)
    assert render_audit(Audit(log=one, problems=())).startswith("intact: 1 entry of ")
    assert "  1 entry up to" in render_standing(replace(STANDING, log=one))


def test_a_log_that_is_not_intact() -> None:
    found = Audit(log=LOG, problems=(PROBLEM,))
    text = render_audit(found)
    assert text.startswith("error[INT001]: labels.json: ")
    assert text.endswith(f"not intact: 5 entries of example.com/log, root {ROOT}\n")
    assert audit_json(found)["ok"] is False
    assert audit_json(found)["problems"] == [problem_json(PROBLEM)]


def test_how_a_registry_stands() -> None:
    words = {
        "ann": "ann (owner)",
        "bea": "bea (builder), from 2026-01-01T00:00:00Z, until 2027-01-01T00:00:00Z",
        "carl": f"carl (checker), revoked {TIME}: lost",
    }
    spki = {one.person: one.spki for one in KEYS}
    keys = "".join(f"  {spki[person]}  {said}\n" for person, said in words.items())
    assert render_standing(STANDING) == (
        "owners\n"
        "  ann; 1 of 1 must sign a change\n"
        f"keys\n{keys}"
        "ledger\n"
        f"  5 entries up to {TIME}, root {ROOT}\n"
        "  log key example.com/log+1+k\n"
        "releases\n"
        "  3 sealed\n"
    )


def test_identities_stand_behind_the_keys() -> None:
    job = TrustedIdentity(
        issuer="https://ci.example.org", subject="ann@example.org", person="job", roles=("sre",)
    )
    found = replace(STANDING, trust=replace(STANDING.trust, identities=(job,)))
    said = f"  {job.spki}  ann@example.org, says https://ci.example.org: job (sre)\n"
    assert f"identities\n{said}ledger\n" in render_standing(found)
    assert standing_json(found)["identities"] == [
        {
            "from": None,
            "issuer": "https://ci.example.org",
            "keyDigest": job.spki,
            "person": "job",
            "reason": None,
            "revokedAt": None,
            "roles": ["sre"],
            "subject": "ann@example.org",
            "until": None,
        }
    ]


def test_what_waits_is_listed_before_the_ledger() -> None:
    nobody = replace(WAITING, action="key.revoke", signers=(), missing=2)
    text = render_standing(replace(STANDING, waiting=(WAITING, nobody)))
    assert (
        "waiting for signatures\n"
        "  key.trust key of mia: signed by ann, ben, 1 more must sign\n"
        "  key.revoke key of mia: signed by nobody, 2 more must sign\n"
        "ledger\n"
    ) in text


def test_how_a_registry_stands_as_plain_values() -> None:
    found = standing_json(replace(STANDING, waiting=(WAITING,)))
    keys = found.pop("keys")
    assert found == {
        "schemaVersion": 1,
        "identities": [],
        "owners": ["ann"],
        "threshold": 1,
        "waiting": [
            {
                "action": "key.trust",
                "subject": "key of mia",
                "subjectDigest": DIGEST,
                "signers": ["ann", "ben"],
                "missing": 1,
            }
        ],
        "log": {
            "origin": "example.com/log",
            "size": 5,
            "root": ROOT,
            "time": TIME,
            "key": "example.com/log+1+k",
        },
        "releases": 3,
        "archived": 0,
        "erased": 0,
        "held": [],
        "store": {"address": None, "encrypted": False},
    }
    assert isinstance(keys, list)
    assert {
        "keyDigest": key(1, "ann", "owner").spki,
        "person": "ann",
        "roles": ["owner"],
        "from": None,
        "until": None,
        "revokedAt": None,
        "reason": None,
    } in keys
    (revoked,) = (one for one in keys if one["person"] == "carl")
    assert (revoked["revokedAt"], revoked["reason"]) == (TIME, "lost")


def test_colour_changes_no_word() -> None:
    for plain, styled in (
        (render_problems([PROBLEM]), render_problems([PROBLEM], styled=True)),
        (render_verification(VERIFIED), render_verification(VERIFIED, styled=True)),
        (render_standing(STANDING), render_standing(STANDING, styled=True)),
        (
            render_audit(Audit(log=LOG, problems=())),
            render_audit(Audit(log=LOG, problems=()), styled=True),
        ),
    ):
        assert plain != styled
        assert STYLE.sub("", styled) == plain


def test_nobody_steers_the_terminal_by_a_name() -> None:
    evil = "a\u202eb\x1b[2J"
    signature = replace(SIGNATURE, person=evil, roles=(evil,))
    text = render_verification(replace(VERIFIED, name=evil, signatures=(signature,)))
    text += render_audit(Audit(log=replace(LOG, origin=evil), problems=()))
    text += render_standing(replace(STANDING, waiting=(replace(WAITING, subject=evil),)))
    assert all(line.isprintable() for line in text.splitlines())
