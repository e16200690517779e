from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import OWNERS, PASSPHRASES
from tests.usecases.demanding import ENVIRONMENT, POLICY, write_policy
from weighbridge import bootstrap
from weighbridge.adapters.keys import KeyFolder
from weighbridge.codec.bundle import bundle_bytes, bundle_digest
from weighbridge.model.report import RuleSet
from weighbridge.seal.control import Action, Change
from weighbridge.usecases.control import change_control
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import published_policies, published_policy

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

PUBLISH = ("policy", "publish", "policy")


def publish(cast: Cast, *words: str, by: str = "ann ben") -> Ran:
    return cast(*PUBLISH, *words, by=by)


def test_owners_publish_a_policy(cast: Cast) -> None:
    policy = write_policy(cast.folder)
    found = publish(cast)
    assert (found.code, found.err) == (0, "")
    digest = found.out.split()[0]
    assert found.out == f"{digest}  policy.publish house@1: signed by ann, ben; in force\n"
    loaded = load_policy(policy, rule_set=bootstrap.rule_set())
    assert bundle_digest(loaded.bundle) == digest
    assert cast.registry.blobs.read(digest) == bundle_bytes(loaded.bundle)
    assert published_policies(cast.registry) == {"house@1": digest}
    assert published_policy("house@1", cast.registry) == loaded.bundle
    assert cast.last()["kind"] == "control.applied"


def test_an_owner_alone_proposes_and_another_adds_his_signature(cast: Cast) -> None:
    write_policy(cast.folder)
    first = publish(cast, by="ann")
    assert first.code == 1
    assert "signed by ann; 1 more must sign" in first.out
    assert "another owner runs the same command" in first.err
    assert published_policies(cast.registry) == {}
    assert [waiting["action"] for waiting in cast.waiting()] == ["policy.publish"]
    assert publish(cast, by="ben").code == 0
    assert list(published_policies(cast.registry)) == ["house@1"]
    assert cast.waiting() == []


def test_publishing_it_again_is_no_news_and_asks_for_no_key(cast: Cast) -> None:
    write_policy(cast.folder)
    publish(cast)
    before = cast.everything()
    again = cast(*PUBLISH)
    assert again.code == 0
    assert again.out.endswith("policy.publish house@1: published already\n")
    told = cast(*PUBLISH, "--output-format=json").json
    assert (told["applied"], told["action"], told["missing"]) == (True, "policy.publish", 0)
    assert cast.everything() == before


@pytest.mark.parametrize("what", ["text", "data", "rules"])
def test_a_name_and_version_stand_for_the_same_bytes_for_ever(
    what: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_policy(cast.folder)
    publish(cast)
    before = published_policies(cast.registry)
    if what == "text":
        write_policy(cast.folder, POLICY.replace("min: 1", "min: 2"))
    elif what == "data":
        write_policy(cast.folder, tasks="[]")
    else:
        other = RuleSet(version="9.9.9", digest="sha256:" + "0" * 64)
        monkeypatch.setattr(bootstrap, "rule_set", lambda: other)
    found = publish(cast)
    assert (found.code, found.out) == (4, "")
    assert "the policy house@1 is published already, with other contents" in found.err
    assert "raise metadata.version" in found.err
    assert cast.last()["kind"] == "control.refused"
    assert cast.last()["body"]["reason"] == "bound"
    assert published_policies(cast.registry) == before


def test_a_raised_version_is_published_beside_the_old_one(cast: Cast) -> None:
    write_policy(cast.folder)
    publish(cast)
    write_policy(cast.folder, POLICY.replace('version: "1"', 'version: "2"'))
    assert publish(cast).code == 0
    assert list(published_policies(cast.registry)) == ["house@1", "house@2"]


def test_only_owners_publish(cast: Cast) -> None:
    write_policy(cast.folder)
    found = publish(cast, by="bea")
    assert (found.code, found.out) == (4, "")
    assert "only owners change who and what is trusted" in found.err
    assert published_policies(cast.registry) == {}


def test_a_policy_whose_examples_fail_is_not_published(cast: Cast) -> None:
    write_policy(cast.folder, POLICY.replace("task: b", "task: a"))
    before = cast.everything()
    found = cast(*PUBLISH)
    assert found.code == 1
    assert "  NO  fail 1: holds\n" in found.out
    assert "not published" in found.err
    assert cast.everything() == before


def test_a_misspelt_field_is_refused_at_publish(cast: Cast) -> None:
    write_policy(cast.folder, POLICY.replace("model.task in", "model.taks in"))
    before = cast.everything()
    found = cast(*PUBLISH)
    assert (found.code, found.out) == (2, "")
    assert "--> policy/policy.yaml:12:32\n" in found.err
    assert cast.everything() == before


def test_a_dry_run_shows_what_owners_would_sign_and_keeps_nothing(cast: Cast) -> None:
    write_policy(cast.folder)
    before = cast.everything()
    found = cast(*PUBLISH, "--dry-run")
    assert found.code == 0
    statement = json.loads(found.out)
    assert statement["subject"][0]["name"] == "house@1"
    assert statement["predicate"]["action"] == "policy.publish"
    assert cast.everything() == before


def test_without_owners_nothing_is_published(ownerless: Cast) -> None:
    write_policy(ownerless.folder)
    found = ownerless(*PUBLISH, by="ann")
    assert (found.code, found.out) == (2, "")
    assert "the registry has no owners yet" in found.err
    assert not ownerless.store.exists()


def test_published_policies_are_listed_and_shown(cast: Cast) -> None:
    assert [line.split("  ")[0] for line in cast.done("policy", "show").out.splitlines()] == [
        "shipped:air-gapped",
        "shipped:baseline",
        "shipped:high-risk",
        "shipped:regulated",
    ]
    write_policy(cast.folder)
    digest = publish(cast).out.split()[0]
    assert cast.done("policy", "show").out.startswith(f"{digest}  house@1\nshipped:")
    assert cast.done("policy", "show", "--output-format=json").json["policies"] == [
        {"policy": "house@1", "digest": digest}
    ]
    by_path = cast.done("policy", "show", "policy")
    for reference in ("house@1", digest, digest[:19]):
        assert cast.done("policy", "show", reference) == by_path
    shown = cast.done("policy", "show", "house@1", "--output-format=json").json
    assert shown["digest"] == digest
    assert shown["bundle"]["data"] == {"tasks": ["classification"]}


def test_a_policy_nobody_published_is_not_found(cast: Cast) -> None:
    found = cast("policy", "show", "house@1")
    assert (found.code, found.out) == (2, "")
    assert "there is no published policy house@1" in found.err
    assert "weighbridge policy publish PATH" in found.err
    write_policy(cast.folder)
    publish(cast)
    assert "did you mean house@1?" in cast("policy", "show", "hose@1").err


def test_a_published_policy_whose_bytes_were_changed_is_not_read(cast: Cast) -> None:
    write_policy(cast.folder)
    digest = publish(cast).out.split()[0]
    data = cast.registry.blobs.read(digest)
    cast.overwrite(digest, data.replace(b"classification", b"clussification"))
    found = cast("policy", "show", "house@1")
    assert found.code == 2
    assert found.out == ""
    assert "error[WB132]" in found.err


@pytest.mark.parametrize("data", [b"{}", b"not json", b'{"kind":"PolicyBundle"}'])
def test_what_owners_published_and_is_no_policy_decides_nothing(data: bytes, cast: Cast) -> None:
    change = Change(
        Action.POLICY_PUBLISH, subject=("house@1", cast.registry.blobs.put(data)), parameters={}
    )
    keys = KeyFolder(cast.keys)
    signers = [keys.locked(name).unlock(PASSPHRASES[name]) for name in OWNERS]
    assert change_control(change, signers=signers, registry=cast.registry).applied
    (cast.folder / "env.yaml").write_text(ENVIRONMENT)
    for words in (("policy", "show", "house@1"), ("env", "apply", "env.yaml")):
        found = cast(*words)
        assert (found.code, found.out) == (1, "")
        assert "error[WB135]" in found.err
        assert "cannot be read" in found.err
