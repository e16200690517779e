"""Forms do what the verbs do: the same entries, the same refusals, for what was shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.dashboard.conftest import NOW, keys_of
from tests.server.dashboard.desk import desk_of
from tests.usecases.promoted import ENVIRONMENT, FIRST, POLICY, SECOND
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.gate.case import Act
from weighbridge.model.errors import NotAllowedError
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication

if TYPE_CHECKING:
    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted


def entries(story: Promoted) -> list[dict[str, Any]]:
    with story.registry.reading() as view:
        return [json.loads(data) for data in view.entries(0, view.size)]


def place(story: Promoted, name: str = SECOND, environment: str = "production") -> str:
    return f"/releases/{story.digest(name)}/in/{environment}"


def renew_policy(story: Promoted) -> None:
    """Have owners demand something else for production."""
    path = story.folder / "policy.yaml"
    path.write_text(POLICY.replace('version: "1"', 'version: "2"').replace("min: 2", "min: 1"))
    bundle = load_policy(path, rule_set=rule_set()).bundle
    story.registry.blobs.put(bundle_bytes(bundle))
    story.owners(publication(bundle))
    path = story.folder / "production.yaml"
    path.write_text(
        ENVIRONMENT.format(name="production", more=", promotesFrom: staging").replace("@1", "@2")
    )
    applied = application(*load_environment(path), story.registry)
    story.registry.blobs.put(applied.record)
    story.owners(applied.change)


def test_why_it_may_go_and_what_one_may_do(desk: Desk, still: Promoted) -> None:
    told = desk.told(place(still), "cat")
    assert (told["verdict"], told["stands"]) == ("allowed", True)
    assert told["digest"] == still.digest(SECOND)
    may = {one["act"] for one in told["choices"] if one["fault"] is None}
    assert may == {"approve", "reject", "withdraw"}
    page = desk.page(place(still), "cat")
    assert page.status == 200
    assert "It may go to production" in page.words
    assert "It stands there now." in page.words
    assert "you approved it" in page.words
    assert "cat has no role that may promote here; wanted: releaser" in page.words


def test_why_it_is_blocked(busy: Desk, moving: Promoted) -> None:
    moving.approve(SECOND, "cat", act=Act.REJECT)
    told = busy.told(place(moving), "dora")
    assert told["verdict"] == "denied"
    open_ = [one for one in told["conditions"] if one["outcome"] == "unmet"]
    assert open_[0]["id"] == "not-rejected"
    page = busy.page(place(moving), "dora")
    assert "Blocked from production" in page.words
    for one in open_:
        for text in (one["why"], one["wanted"], one["seen"], *one["remedy"]):
            assert text in page.words
    assert "“cat <says> so”" in page.words
    assert "<says>" not in page.text


def test_an_approval_is_the_verbs(busy: Desk, moving: Promoted) -> None:
    path = f"{place(moving, FIRST)}/approve"
    shown = busy.page(path, "cat")
    told = busy.told(path, "cat")
    bound = (told["release"], told["environmentDigest"], told["policy"]["digest"], told["outcome"])
    for digest in bound:
        assert digest in shown.text
    assert moving.keys.public("cat").spki_digest in shown.text
    before = entries(moving)
    sent = busy.send(path, "cat", shown=told["outcome"])
    assert sent.status == 303
    assert sent.response.headers["location"] == f"{place(moving, FIRST)}?entered={len(before)}"
    entry = entries(moving)[-1]
    assert (entry["kind"], entry["body"]["act"]) == ("act.said", "approve")
    assert (entry["body"]["person"], entry["body"]["release"]) == ("cat", moving.digest(FIRST))
    after = busy.page(sent.response.headers["location"], "cat")
    assert f"It is in the ledger: entry {len(before)} , act.said" in after.words
    assert (
        "It is in the ledger" not in busy.page(after.response.url.raw_path.decode(), "dora").words
    )


def test_nobody_signs_for_what_was_not_shown(busy: Desk, moving: Promoted) -> None:
    path = f"{place(moving, FIRST)}/approve"
    shown = busy.told(path, "cat")["outcome"]
    renew_policy(moving)
    count = len(entries(moving))
    for act, who in (("approve", "cat"), ("promote", "max")):
        sent = busy.send(f"{place(moving, FIRST)}/{act}", who, shown=shown)
        assert sent.status == 409
        assert "the outcome is another now than the one that was shown" in sent.words
        assert "look at it again" in sent.words
    assert len(entries(moving)) == count


@pytest.mark.parametrize(
    ("act", "who", "reason"),
    [("approve", "max", ""), ("reject", "bea", "no"), ("hold", "cat", "no"), ("lift", "max", "x")],
)
def test_a_refusal_is_the_verbs(
    busy: Desk, moving: Promoted, act: str, who: str, reason: str
) -> None:
    intent = Intent(
        act=Act(act), release=moving.digest(SECOND), environment="production", reason=reason
    )
    with pytest.raises(Exception) as wanted:  # noqa: PT011 - whatever the verb says
        say(intent, signer=moving.key(who), registry=moving.registry)
    logged = entries(moving)
    fields = {"csrf": busy.page(place(moving), who).field("csrf"), "reason": reason}
    sent = busy.post(f"{place(moving)}/{act}", who, fields)
    fault = wanted.value.faults[0]  # type: ignore[attr-defined]
    assert sent.status == (403 if isinstance(wanted.value, NotAllowedError) else 400)
    for text in (fault.code, fault.message, fault.seen, fault.wanted, *fault.help):
        assert " ".join(text.split()) in sent.words
    if isinstance(wanted.value, NotAllowedError):
        assert entries(moving)[-1]["kind"] == logged[-1]["kind"] == "act.refused"


def test_a_reason_is_asked_for_as_the_verb_asks(busy: Desk, moving: Promoted) -> None:
    sent = busy.send(f"{place(moving)}/reject", "cat", reason="  ")
    assert sent.status == 400
    assert "to reject needs a reason" in sent.words


def test_a_promotion_moves_or_says_why_not(busy: Desk, moving: Promoted) -> None:
    path = f"{place(moving, FIRST)}/promote"
    told = busy.told(path, "max")
    sent = busy.send(path, "max", shown=told["outcome"])
    assert sent.status == 303
    done = entries(moving)[-1]
    assert (done["kind"], done["body"]["generation"]) == ("promotion.done", 3)
    assert sent.response.headers["location"].endswith(f"?entered={len(entries(moving)) - 1}")
    moving.approve(SECOND, "cat", act=Act.REJECT)
    path = f"{place(moving)}/promote"
    sent = busy.send(path, "max", shown=busy.told(path, "max")["outcome"])
    assert sent.status == 303
    assert entries(moving)[-1]["kind"] == "promotion.blocked"
    assert "Blocked from production" in busy.page(sent.response.headers["location"], "max").words


def test_a_withdrawal_takes_back(busy: Desk, moving: Promoted) -> None:
    sent = busy.send(f"{place(moving)}/withdraw", "dora")
    assert sent.status == 303
    assert entries(moving)[-1]["body"]["act"] == "withdraw"
    assert busy.told(place(moving))["verdict"] == "needs"


def test_a_hold_is_of_what_stands_there(busy: Desk, moving: Promoted) -> None:
    path = f"{place(moving, FIRST)}/hold"
    assert "weighbridge hold demo --in production --reason TEXT" in busy.page(path, "max").words
    sent = busy.send(path, "max", reason="a look at it", shown=busy.told(path, "max")["outcome"])
    assert sent.status == 303
    body = entries(moving)[-1]["body"]
    assert (body["act"], body["release"]) == ("hold", moving.digest(SECOND))
    assert busy.told(place(moving, FIRST))["held"]
    path = f"{place(moving, FIRST)}/lift"
    assert busy.send(path, "max", reason="looked at").status == 303
    assert not busy.told(place(moving, FIRST))["held"]


def test_owners_freeze_together(busy: Desk, moving: Promoted) -> None:
    path = "/environments/production/freeze"
    assert busy.told(path)["frozen"] is None
    sent = busy.send(path, "ann", do="freeze", reason="Black <Friday>", until="2026-12-01")
    assert sent.status == 303
    (waiting,) = busy.told(path)["pending"]
    assert waiting == {
        "lifts": False,
        "reason": "Black <Friday>",
        "until": "2026-12-01T00:00:00Z",
        "signers": ["ann"],
        "missing": 1,
    }
    page = busy.page(path, "ben")
    assert "Black &lt;Friday&gt;" in page.text
    sent = busy.send(path, "ben", do="freeze", reason=waiting["reason"], until=waiting["until"])
    assert sent.status == 303
    told = busy.told(path)
    assert (told["frozen"]["reason"], told["pending"]) == ("Black <Friday>", [])
    assert "frozen" in json.dumps(busy.told(place(moving, FIRST))["conditions"])
    refused = busy.send(path, "cat", do="lift", reason="over")
    assert refused.status == 403
    assert "only owners change who and what is trusted" in refused.words


@pytest.mark.parametrize("until", ["tomorrow", "2026-02-30", "2026-13-01T00:00:00Z"])
def test_a_day_is_a_day(busy: Desk, until: str) -> None:
    sent = busy.send("/environments/production/freeze", "ann", reason="x", until=until)
    assert sent.status == 400
    assert "this is no day: until" in sent.words


def test_rolling_back_goes_from_what_was_shown(busy: Desk, moving: Promoted) -> None:
    path = "/environments/production/rollback/demo"
    csrf = busy.page(place(moving), "max").field("csrf")
    fields = {"csrf": csrf, "release": moving.digest(FIRST), "generation": "1"}
    sent = busy.post(path, "max", fields)
    assert sent.status == 303
    assert entries(moving)[-1]["kind"] == "rollback.blocked"
    sent = busy.post(path, "max", {**fields, "generation": "2"})
    assert sent.status == 303
    assert entries(moving)[-1]["kind"] == "rollback.done"
    for wrong in ("", "x", "²", "9" * 50, "-1"):
        assert busy.post(path, "max", {**fields, "generation": wrong}).status == 400
    assert busy.post(path, "max", {**fields, "release": "sha256:x"}).status == 400


def test_groups_of_a_login_must_stand_for_a_role_too(moving: Promoted) -> None:
    keys = keys_of(moving)
    with desk_of(
        moving.registry, moving.folder, lambda: NOW, signers=keys, asks_roles=True
    ) as desk:
        desk.client("dora", roles=frozenset({"ml-lead"}))
        desk.client("cat", roles=frozenset({"checker"}))
        before = len(entries(moving))
        sent = desk.send(f"{place(moving)}/withdraw", "cat")
        assert sent.status == 403
        assert "the groups of this login stand for no role that may withdraw here" in sent.words
        assert len(entries(moving)) == before
        assert desk.send(f"{place(moving)}/withdraw", "dora").status == 303
        assert len(entries(moving)) == before + 1


def test_who_has_no_key_is_told_and_signs_nothing(busy: Desk, moving: Promoted) -> None:
    path = f"{place(moving)}/approve"
    page = busy.page(path, "rita")
    assert "Nothing can be signed now: rita has no key here." in page.words
    assert "disabled" in page.text
    assert "/login?again=true&amp;next=%2Freleases%2F" in page.text
    before = len(entries(moving))
    assert busy.send(path, "rita").status == 401
    assert len(entries(moving)) == before
