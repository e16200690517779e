from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.usecases.demanding import POLICY, write_policy
from weighbridge import bootstrap
from weighbridge.codec.bundle import bundle_bytes, read_bundle
from weighbridge.model.errors import DocumentError
from weighbridge.rules.catalogue import RULES
from weighbridge.usecases import policies

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench, Ran

EXPR = "release.spec.model.task in data.tasks"
TEST = ("policy", "test", "policy")


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


def test_a_rule_that_nobody_waives_is_told_with_its_place(run: Bench) -> None:
    text = (
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: own, version: "1", owner: {team: platform}}\n'
        "spec:\n  waivers:\n    - {rules: [DEP002, INT001], roles: [security], longest: 30d}\n"
        "    - {rules: [GOV008], roles: [security], longest: 30d}\n"
        "    - {rules: [GOV008], roles: [owner, security], longest: 30d}\n"
    )
    (run.folder / "own.yaml").write_text(text)
    found = run("policy", "test", "own.yaml")
    assert found.code == 2
    assert "findings of INT001 are waived by nobody" in found.err
    assert "own.yaml:6:24" in found.err
    assert found.err.count("findings of GOV008 are waived by owners alone") == 1
    assert "own.yaml:7:" in found.err


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


@pytest.mark.parametrize("what", ["nothing", "pipe", "folder", "empty-folder", "long" * 99])
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
    assert set(loaded.bundle.rules.codes) == {rule.code for rule in RULES if not rule.needs_data}
    assert read_bundle(bundle_bytes(loaded.bundle)) == loaded.bundle


def test_the_complete_rules_are_all_of_this_version() -> None:
    sets = {found.name: set(found.codes) for found in policies.rule_sets(bootstrap.rule_set())}
    assert sets["complete"] == {rule.code for rule in RULES}
    assert sets["standard"] <= sets["complete"]


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


def test_what_a_policy_says_cannot_move_the_cursor(run: Bench) -> None:
    text = POLICY.replace("is one of ours", "is \\u001b[2J ours").replace(
        "title: The", 'title: "The'
    )
    write_policy(run.folder, text.replace("2J ours", '2J ours"'))
    found = run(*TEST)
    assert "\x1b" not in found.out + found.err
    assert "\x1b" not in run("policy", "show", "policy").out
