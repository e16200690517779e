from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.demanding import ENVIRONMENT, POLICY, PRODUCTION, write_policy
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.permissions import PARTS
from weighbridge.usecases.environments import applied_environments
from weighbridge.usecases.published import published_policies

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

BOTH = "ann ben"


@pytest.fixture
def ready(cast: Cast) -> Cast:
    """Run commands where a policy is published."""
    write_policy(cast.folder)
    cast.done("policy", "publish", "policy", by=BOTH)
    return cast


def apply(cast: Cast, text: str = ENVIRONMENT, *words: str, by: str = BOTH) -> Ran:
    (cast.folder / "env.yaml").write_text(text)
    return cast("env", "apply", "env.yaml", *words, by=by)


def test_owners_apply_an_environment_pinned_to_the_digest_of_its_policy(ready: Cast) -> None:
    found = apply(ready)
    assert found.code == 0
    digest = found.out.split()[0]
    assert found.out == f"{digest}  environment.apply staging: signed by ann, ben; in force\n"
    policy = published_policies(ready.registry)["house@1"]
    record = json.loads(ready.registry.blobs.read(digest))
    assert canonical_bytes(record) == ready.registry.blobs.read(digest)
    assert record == {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "Environment",
        "metadata": {"name": "staging"},
        "policyDigest": policy,
        "spec": {"policy": "house@1"},
    }
    (statement,) = {entry["body"]["statement"] for entry in ready.entries()[-1:]}
    assert statement.startswith("sha256:")


def test_roles_nobody_holds_are_a_hint_and_no_error(ready: Cast) -> None:
    assert "nobody holds these roles yet: ml-lead, releaser; see" in apply(ready).err
    assert ready.trust("mia", "ml-lead").code == 0
    assert ready.trust("max", "sre").code == 0
    found = apply(ready, PRODUCTION)
    assert found.code == 0
    assert "nobody holds these roles yet: releaser; see" in found.err
    assert ready.revoke("mia").code == 0
    assert "nobody holds these roles yet: ml-lead, releaser" in apply(ready, PRODUCTION).err


def test_a_revoked_key_holds_no_role_and_one_not_revoked_does(ready: Cast) -> None:
    for name, role in (("mia", "ml-lead"), ("dora", "releaser")):
        assert ready.trust(name, role).code == 0
    assert apply(ready).err == ""


def test_applying_the_same_again_is_no_news_and_asks_for_no_key(ready: Cast) -> None:
    apply(ready)
    before = ready.everything()
    again = apply(ready, by="")
    assert again.code == 0
    assert again.out.endswith("environment.apply staging: applied already\n")
    assert ready.everything() == before


def test_what_means_the_same_is_the_same(ready: Cast) -> None:
    apply(ready)
    size = len(ready.entries())
    assert apply(ready, "# a comment\n" + ENVIRONMENT + "  windows: []\n").code == 0
    assert len(ready.entries()) == size


def test_applying_another_replaces_it_and_the_first_may_come_back(ready: Cast) -> None:
    first = apply(ready).out.split()[0]
    second = apply(ready, ENVIRONMENT + "  enforcement: observe\n").out.split()[0]
    assert first != second
    assert [found.digest for found in applied_environments(ready.registry)] == [second]
    assert apply(ready).code == 0
    assert [found.digest for found in applied_environments(ready.registry)] == [first]


def test_an_environment_stays_with_its_policy_until_it_is_applied_again(ready: Cast) -> None:
    apply(ready)
    before = applied_environments(ready.registry)
    write_policy(ready.folder, POLICY.replace('version: "1"', 'version: "2"'))
    ready.done("policy", "publish", "policy", by=BOTH)
    assert applied_environments(ready.registry) == before
    apply(ready, ENVIRONMENT.replace("house@1", "house@2"))
    (after,) = applied_environments(ready.registry)
    assert after.record["policyDigest"] == published_policies(ready.registry)["house@2"]


def test_an_owner_alone_proposes_and_another_adds_his_signature(ready: Cast) -> None:
    first = apply(ready, by="ann")
    assert (first.code, applied_environments(ready.registry)) == (1, [])
    assert "signed by ann; 1 more must sign" in first.out
    assert apply(ready, by="ben").code == 0
    assert [found.name for found in applied_environments(ready.registry)] == ["staging"]


def test_only_owners_apply(ready: Cast) -> None:
    found = apply(ready, by="carl")
    assert (found.code, found.out) == (4, "")
    assert applied_environments(ready.registry) == []
    assert ready.last()["kind"] == "control.refused"


def test_a_dry_run_shows_what_owners_would_sign_and_keeps_nothing(ready: Cast) -> None:
    (ready.folder / "env.yaml").write_text(ENVIRONMENT)
    before = ready.everything()
    found = apply(ready, ENVIRONMENT, "--dry-run", by="")
    assert found.code == 0
    predicate = json.loads(found.out)["predicate"]
    assert predicate["action"] == "environment.apply"
    assert predicate["parameters"] == {"policy": published_policies(ready.registry)["house@1"]}
    assert ready.everything() == before


WINDOW = '  windows: [{rrule: "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", duration: 1h, timezone: UTC}]\n'


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (ENVIRONMENT.replace("house@1", "house@2"), "5:11", "did you mean house@1?"),
        (ENVIRONMENT.replace("house@1", "x@9"), "5:11", "weighbridge policy publish PATH"),
        (PRODUCTION, "5:17", "there is no environment staging to promote from"),
        (ENVIRONMENT.replace("policy:", "polcy:"), "5:3", "did you mean `policy`?"),
        (ENVIRONMENT.replace("house@1", "house"), "5:11", "name the version, too"),
        (ENVIRONMENT + "  promotesFrom: staging\n", "", "which is the environment itself"),
        (ENVIRONMENT + "  soak: 1h\n", "6:9", "no environment comes before"),
        (POLICY, "2:7", "an Environment is wanted here"),
    ],
)
def test_what_asks_for_what_there_is_not_is_refused_before_anybody_signs(
    text: str, place: str, said: str, ready: Cast
) -> None:
    (ready.folder / "env.yaml").write_text(text)
    before = ready.everything()
    found = apply(ready, text, by="")
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert f"--> env.yaml:{place}" in found.err
    assert ready.everything() == before


def test_every_fault_is_told_at_once_in_the_order_of_the_file(ready: Cast) -> None:
    text = PRODUCTION.replace("house@1", "hose@1").replace("staging", "stagin")
    text += WINDOW.replace("UTC", "UCT/UTC")
    found = apply(ready, text)
    assert found.code == 2
    order = ["stagin to promote from", "the policy hose@1", "there is no time zone UCT/UTC"]
    assert [found.err.index(said) for said in order] == sorted(map(found.err.index, order))


def test_a_misspelt_environment_before_is_told_with_the_one_meant(ready: Cast) -> None:
    apply(ready)
    found = apply(ready, PRODUCTION.replace("staging", "stagin"))
    assert found.code == 2
    assert "did you mean `staging`?" in found.err


def test_environments_that_wait_for_each_other_are_refused(ready: Cast) -> None:
    apply(ready)
    assert apply(ready, PRODUCTION).code == 0
    found = apply(ready, ENVIRONMENT + "  promotesFrom: production\n")
    assert (found.code, found.out) == (2, "")
    assert "production itself waits for staging" in found.err


def test_a_policy_that_waits_for_signatures_is_not_published(cast: Cast) -> None:
    write_policy(cast.folder)
    assert cast("policy", "publish", "policy", by="ann").code == 1
    found = apply(cast)
    assert (found.code, found.out) == (2, "")
    assert "the policy house@1 is not published" in found.err


def test_without_owners_nothing_is_applied(ownerless: Cast) -> None:
    found = apply(ownerless, by="ann")
    assert (found.code, found.out) == (2, "")
    assert "the registry has no owners yet" in found.err
    assert not ownerless.store.exists()


def test_environments_are_listed(ready: Cast) -> None:
    nothing = ready.done("env", "list")
    assert nothing.out == ""
    assert "no environment was applied yet" in nothing.err
    assert ready.done("env", "list", "--output-format=json").json["environments"] == []
    staging = apply(ready, ENVIRONMENT + "  enforcement: observe\n").out.split()[0]
    production = apply(ready, PRODUCTION).out.split()[0]
    policy = published_policies(ready.registry)["house@1"]
    assert ready.done("env", "list").out == (
        f"production  {production}\n"
        f"  policy       house@1  {policy}\n"
        "  from         staging, 86400s after it came there\n"
        "  enforcement  enforce\n"
        "  builder                author\n"
        "  whom the policy names  prove, judge\n"
        "  releaser, sre          promote, rollback, deliver, hold, lift-hold\n"
        "  ml-lead                approve, delegate, reject, withdraw, lift-rejection, review\n"
        "  nobody                 break-glass\n"
        f"staging  {staging}\n"
        f"  policy       house@1  {policy}\n"
        "  enforcement  observe\n"
        "  builder                author\n"
        "  whom the policy names  prove, judge\n"
        "  releaser               promote, rollback, deliver, hold, lift-hold\n"
        "  ml-lead                approve, delegate, reject, withdraw, lift-rejection, review\n"
        "  nobody                 break-glass\n"
    )


def test_environments_are_listed_for_programs(ready: Cast) -> None:
    staging = apply(ready, ENVIRONMENT + "  enforcement: observe\n").out.split()[0]
    apply(ready, PRODUCTION)
    policy = published_policies(ready.registry)["house@1"]
    listed = ready.done("env", "list", "--output-format=json").json
    assert listed["schemaVersion"] == 1
    assert listed["environments"][1] == {
        "name": "staging",
        "digest": staging,
        "policy": "house@1",
        "policyDigest": policy,
        "promotesFrom": None,
        "soak": None,
        "enforcement": "observe",
        "roles": dict.fromkeys(PARTS),
        "may": {
            "author": ["builder"],
            "prove": None,
            "judge": None,
            "promote": ["releaser"],
            "rollback": ["releaser"],
            "deliver": ["releaser"],
            "hold": ["releaser"],
            "lift-hold": ["releaser"],
            "approve": ["ml-lead"],
            "delegate": ["ml-lead"],
            "reject": ["ml-lead"],
            "withdraw": ["ml-lead"],
            "lift-rejection": ["ml-lead"],
            "review": ["ml-lead"],
            "break-glass": [],
        },
        "projects": {},
        "windows": [],
        "hours": None,
        "frozen": None,
        "blocks": [],
    }


PROJECTS = """\
  roles: {approvers: [ml-lead], breakGlass: [sre], reviewers: [checker]}
  projects:
    demo: {deployers: [sre], approvers: [ml-lead]}
"""


def test_a_project_has_roles_of_its_own_part_by_part(ready: Cast) -> None:
    found = apply(ready, ENVIRONMENT + PROJECTS)
    assert found.code == 0
    assert "nobody holds these roles yet: ml-lead, releaser, sre; see" in found.err
    listed = ready.done("env", "list").out.splitlines()
    assert "  for demo" in listed
    assert listed[listed.index("  for demo") + 1 :] == [
        "  sre          promote, rollback, deliver, hold, lift-hold"
    ]
    (shown,) = ready.done("env", "list", "--output-format=json").json["environments"]
    assert shown["roles"]["breakGlass"] == ["sre"]
    assert shown["may"]["promote"] == ["releaser"]
    assert shown["projects"]["demo"]["may"]["promote"] == ["sre"]
    assert shown["projects"]["demo"]["may"]["break-glass"] == ["sre"]  # which it does not name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  roles: {breakGlass: [sre], approvers: [qa]}\n", "breakGlass is named, and nobody may"),
        (
            "  roles: {approvers: [qa]}\n  projects: {demo: {breakGlass: [sre]}}\n",
            "breakGlass is named, and nobody may review it",
        ),
        ("  roles: {deployers: []}\n", "spec.roles.deployers"),
        ("  projects: {demo: {deployer: [sre]}}\n", "did you mean `deployers`?"),
        ("  projects: {De mo: {deployers: [sre]}}\n", "lower-case letters"),
    ],
)
def test_roles_that_cannot_be_meant_are_refused(text: str, said: str, ready: Cast) -> None:
    found = apply(ready, ENVIRONMENT + text)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_an_environment_whose_record_was_changed_is_not_read(ready: Cast) -> None:
    digest = apply(ready).out.split()[0]
    data = ready.registry.blobs.read(digest)
    ready.overwrite(digest, data.replace(b'"spec"', b'"sbec"'))
    found = ready("env", "list")
    assert (found.code, found.out) == (2, "")
    assert "error[WB132]" in found.err
