from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.usecases.demanding import POLICY, write_policy
from weighbridge import bootstrap
from weighbridge.codec.bundle import bundle_bytes, bundle_digest, read_bundle
from weighbridge.model.errors import DocumentError
from weighbridge.model.report import RuleSet
from weighbridge.rules.catalogue import RULES
from weighbridge.usecases import policies

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench, Ran

EXPR = "release.spec.model.task in data.tasks"
TEST = ("policy", "test", "policy")
PUBLISH = ("policy", "publish", "policy")


def tried(run: Bench, before: str = "", after: str = "", **written: str) -> Ran:
    """Test a policy in which one text is another."""
    assert before in POLICY
    write_policy(run.folder, POLICY.replace(before, after), **written)
    return run(*TEST)


def test_a_policy_is_tested_without_a_registry(run: Bench) -> None:
    found = tried(run)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("baseline/artifact-digests  Every artifact that lies ")
    assert found.out.endswith(
        "house/known-task  The task is one of ours\n"
        "  ok  pass 1: holds\n"
        "  ok  pass 2: is not asked: its `when` is false\n"
        "  ok  fail 1: does not hold: nobody here knows b\n"
        "pass: house@1, 20 of 20 examples as they should be\n"
    )
    assert sorted(run.files()) == ["policy/data/tasks.json", "policy/policy.yaml"]


def test_programs_read_what_came_of_every_example(run: Bench) -> None:
    write_policy(run.folder)
    found = run(*TEST, "--output-format=json").json
    assert (found["schemaVersion"], found["ok"], found["policy"]) == (1, True, "house@1")
    assert len(found["examples"]) == 20
    assert found["examples"][-1] == {
        "condition": "known-task",
        "origin": "house",
        "wanted": "fail",
        "number": 1,
        "ok": True,
        "why": "does not hold: nobody here knows b",
        "location": {
            "file": "policy/policy.yaml",
            "line": 21,
            "column": 13,
            "pointer": "/spec/conditions/0/tests/fail/0",
        },
    }


def test_a_policy_file_alone_has_no_data(run: Bench) -> None:
    (run.folder / "alone.yaml").write_text(POLICY.replace(EXPR, "1 == 2"))
    found = run("policy", "test", "alone.yaml")
    assert (found.code, found.err) == (1, "")
    write_policy(run.folder)
    assert "there is no field `tasks` here" in run("policy", "test", "policy/policy.yaml").err


@pytest.mark.parametrize(
    ("before", "after", "place", "said"),
    [
        ("model.task in", "model.taks in", "12:32", "did you mean `task`?"),
        ("in data.tasks", "in data.taks", "12:45", "did you mean `tasks`?"),
        ("environment.metadata.name", "enviroment.metadata.name", "11:14", "`environment`?"),
        ("environment.metadata.name", "environment.metadata.nmae", "11:35", "`name`?"),
        ("+ release.spec.model.task", "+ release.spec.modle.task", "13:53", "`model`?"),
        (EXPR, "findings.exists(f, f.cod == 'INT001')", "12:34", "did you mean `code`?"),
        (EXPR, "size(data.tasks.map(t, [t])) == 1", "12:32", "`map` is not part of the language"),
        (EXPR, "release.spec.model.task", "12:13", "gives string, not bool"),
        ("'\"nobody here knows \" + release.spec.model.task'", "'1'", "13:17", "not text"),
        (EXPR, "release.spec.model.task in", "12:39", "ends too early"),
    ],
)
def test_a_misspelt_field_is_told_by_file_line_and_column(
    before: str, after: str, place: str, said: str, run: Bench
) -> None:
    found = tried(run, before, after)
    assert (found.code, found.out) == (2, "")
    assert f"--> policy/policy.yaml:{place}\n" in found.err
    assert said in found.err


def test_every_misspelt_field_is_told_at_once(run: Bench) -> None:
    text = POLICY.replace("model.task in data.tasks", "model.taks in data.taks")
    write_policy(run.folder, text.replace("metadata.name ==", "metadata.nmae =="))
    found = run(*TEST)
    assert found.code == 2
    assert found.err.count("error[") == 2  # one an expression
    assert found.err.index("spec.conditions.0.when") < found.err.index("spec.conditions.0.expr")


def test_a_huge_expression_is_refused(run: Bench) -> None:
    found = tried(run, EXPR, " && ".join(["true"] * 600))
    assert (found.code, found.out) == (2, "")
    assert "spec.conditions.0.expr: is longer than 4,096 characters" in found.err
    assert "make two conditions of it" in found.err
    assert len(found.err) < 1_000


def test_a_deep_expression_is_refused(run: Bench) -> None:
    found = tried(run, EXPR, f"{'(' * 300}true{')' * 300}")
    assert (found.code, found.out) == (2, "")
    assert "nested too deeply" in found.err


def test_an_example_that_is_not_as_it_says_is_told_with_its_place(run: Bench) -> None:
    found = tried(run, "task: b", "task: a")
    assert (found.code, found.err) == (1, "")
    assert "  NO  fail 1: holds\n      --> policy/policy.yaml:21:13\n" in found.out
    assert found.out.endswith("fail: house@1, 19 of 20 examples as they should be\n")


def test_a_field_an_example_does_not_set_is_an_error_and_neither_passes_nor_fails(
    run: Bench,
) -> None:
    text = POLICY.replace("release: {spec: {model: {task: a}}}", "release: {spec: {model: {}}}")
    write_policy(run.folder, text.replace("release: {spec: {model: {task: b}}}", "release: {}"))
    found = run(*TEST)
    assert found.code == 1
    assert "  NO  pass 1: could not be decided: `task` is not there\n" in found.out
    assert "  NO  fail 1: could not be decided: `spec` is not there\n" in found.out


def test_a_variable_an_example_leaves_out_is_not_there(run: Bench) -> None:
    found = tried(run, "          - environment: {metadata: {name: staging}}", "          - {}")
    assert found.code == 1
    assert (
        "  NO  pass 2: could not be decided, by its `when`: "
        "`environment` cannot be had: it was not given\n" in found.out
    )


def test_the_data_of_an_example_is_its_own_and_not_the_policy_s(run: Bench) -> None:
    found = tried(run, "data: {tasks: [a]}\n          - env", "data: null\n          - env")
    assert found.code == 1
    assert "`data` cannot be had" in found.out


def test_an_error_of_the_engine_fails_the_example(run: Bench) -> None:
    found = tried(run, EXPR, "1 / size(data.tasks) > 0 && 10 / (size(data.tasks) - 1) > 0")
    assert found.code == 1
    assert "  NO  pass 1: could not be decided: divi" in found.out


def test_a_budget_that_is_exceeded_fails_the_example(run: Bench) -> None:
    expr = "data.tasks.all(a, data.tasks.all(b, data.tasks.all(c, a == b || b == c || true)))"
    many = "[" + ", ".join(f"t{number}" for number in range(60)) + "]"
    found = tried(run, f"expr: {EXPR}", f"expr: {expr}")
    assert found.code == 1
    write_policy(
        run.folder,
        POLICY.replace(EXPR, f"{expr}").replace("data: {tasks: [a]}", f"data: {{tasks: {many}}}"),
    )
    found = run(*TEST)
    assert found.code == 1
    assert "could not be decided: the budget of 9,999 loop steps" in found.out


def test_a_message_that_cannot_be_said_does_not_hide_the_condition(run: Bench) -> None:
    found = tried(run, "+ release.spec.model.task'", "+ release.metadata.name'")
    assert found.code == 0
    assert "fail 1: does not hold: The task is one of ours (of the message, " in found.out


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[baseline]", "[baselin]", "did you mean `baseline`?"),
        ("id: known-task", "id: licence-stated", "the included baseline has a condition"),
        ("kind: PromotionPolicy", "kind: Environment", "a PromotionPolicy is wanted here"),
        ("approvals:", "aprovals:", "did you mean `approvals`?"),
        ("include: [baseline]", "ruleSet: strict", "there is no rule set strict"),
    ],
)
def test_a_policy_that_is_none_is_told_before_anything_is_compiled(
    before: str, after: str, said: str, run: Bench
) -> None:
    found = tried(run, before, after)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ("[", "data/tasks.json:1:2"),
        ("[0.5]", "the decimal 0.5 cannot be kept exactly"),
        ('{"a": 1, "a": 2}', "a key stands twice"),
        ("[" * 100 + "]" * 100, "nested deeper"),
        (f'["{"a" * (4 << 20)}"]', "the data of the policy is too large"),
    ],
)
def test_data_that_is_none_is_told(tasks: str, said: str, run: Bench) -> None:
    found = tried(run, tasks=tasks)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_too_many_data_files_are_too_many(run: Bench) -> None:
    policy = write_policy(run.folder)
    for number in range(70):
        (policy / f"data/n{number}.json").write_text("1")
    assert "the policy has more than 64 data files" in run(*TEST).err


@pytest.mark.parametrize("what", ["nothing", "pipe", "folder", "empty-folder"])
def test_what_is_no_policy_file_is_told_at_once(what: str, run: Bench) -> None:
    path = run.folder / what
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        (path / "policy.yaml").mkdir(parents=True)
    elif what == "empty-folder":
        path.mkdir()
    found = run("policy", "test", what)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error[WB102]: ")
    assert what in found.err


def test_the_rules_it_demands_are_those_of_this_version(run: Bench) -> None:
    loaded = policies.load_policy(write_policy(run.folder), rule_set=bootstrap.rule_set())
    assert loaded.name == "house@1"
    assert loaded.file == str(run.folder / "policy/policy.yaml")
    assert loaded.document.data["kind"] == "PromotionPolicy"
    assert loaded.bundle.rules.rule_set == bootstrap.rule_set()
    assert set(loaded.bundle.rules.codes) == {rule.code for rule in RULES}
    assert read_bundle(bundle_bytes(loaded.bundle)) == loaded.bundle


def test_where_a_policy_lies_changes_no_byte_of_it(run: Bench, tmp_path: Path) -> None:
    rules = bootstrap.rule_set()
    here = policies.load_policy(write_policy(run.folder), rule_set=rules, start=run.folder)
    there = policies.load_policy(write_policy(tmp_path / "there"), rule_set=rules)
    assert bundle_bytes(here.bundle) == bundle_bytes(there.bundle)


def test_what_does_not_compile_says_so_with_its_document(run: Bench) -> None:
    write_policy(run.folder, POLICY.replace(EXPR, "nothing"))
    loaded = policies.load_policy(run.folder / "policy", rule_set=bootstrap.rule_set())
    with pytest.raises(DocumentError) as raised:
        policies.compile_policy(loaded)
    (fault,) = raised.value.faults
    assert fault.location is not None
    assert fault.location.pointer == "/spec/conditions/0/expr"
    assert fault.seen == "nothing"


def publish(cast: Cast, *words: str, by: str = "ann ben") -> Ran:
    return cast(*PUBLISH, *words, by=by)


def test_owners_publish_a_policy(cast: Cast) -> None:
    policy = write_policy(cast.folder)
    found = publish(cast)
    assert (found.code, found.err) == (0, "")
    digest = found.out.split()[0]
    assert found.out == f"{digest}  policy.publish house@1: signed by ann, ben; in force\n"
    loaded = policies.load_policy(policy, rule_set=bootstrap.rule_set())
    assert bundle_digest(loaded.bundle) == digest
    assert cast.registry.blobs.read(digest) == bundle_bytes(loaded.bundle)
    assert policies.published_policies(cast.registry) == {"house@1": digest}
    assert policies.published_policy("house@1", cast.registry) == loaded.bundle
    assert cast.last()["kind"] == "control.applied"


def test_an_owner_alone_proposes_and_another_adds_his_signature(cast: Cast) -> None:
    write_policy(cast.folder)
    first = publish(cast, by="ann")
    assert first.code == 1
    assert "signed by ann; 1 more must sign" in first.out
    assert "another owner runs the same command" in first.err
    assert policies.published_policies(cast.registry) == {}
    assert [waiting["action"] for waiting in cast.waiting()] == ["policy.publish"]
    assert publish(cast, by="ben").code == 0
    assert list(policies.published_policies(cast.registry)) == ["house@1"]
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
    before = policies.published_policies(cast.registry)
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
    assert policies.published_policies(cast.registry) == before


def test_a_raised_version_is_published_beside_the_old_one(cast: Cast) -> None:
    write_policy(cast.folder)
    publish(cast)
    write_policy(cast.folder, POLICY.replace('version: "1"', 'version: "2"'))
    assert publish(cast).code == 0
    assert list(policies.published_policies(cast.registry)) == ["house@1", "house@2"]


def test_only_owners_publish(cast: Cast) -> None:
    write_policy(cast.folder)
    found = publish(cast, by="bea")
    assert (found.code, found.out) == (4, "")
    assert "only owners change who and what is trusted" in found.err
    assert policies.published_policies(cast.registry) == {}


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
    assert cast.done("policy", "show").out == ""
    write_policy(cast.folder)
    digest = publish(cast).out.split()[0]
    assert cast.done("policy", "show").out == f"{digest}  house@1\n"
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
