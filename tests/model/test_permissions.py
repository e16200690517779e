"""The permission table: whole, asked by everybody who judges a signature, and as little as it says.

The oracle says of each operation who may, as nested conditions; the table as data says the same.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

import weighbridge
from tests.gate.cases import bundle_of
from weighbridge.cli.group import VERBS
from weighbridge.cli.group import weighbridge as root
from weighbridge.model.environment import Roles
from weighbridge.model.permissions import (
    PARTS,
    TABLE,
    Operation,
    Where,
    allowed,
    projects,
    roles_for,
    roles_named,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.policy import Spec

HERE = Path(weighbridge.__file__).parent
ROLES = ("ml-lead", "qa", "releaser", "sre")
FOR_OTHERS = {"sign"}
"""Signs models for others, too, with any key: no registry, no role."""
IN_THE_BROWSER = {"serve"}
"""Signs what is said on pages: each of that stands in the table, by the verb it is."""


def verbs(
    command: click.Command, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """List every command, by its words."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from verbs(found, (*words, name))
    else:
        yield " ".join(words), command


def test_every_verb_that_signs_stands_in_the_table_and_no_other() -> None:
    acting = {
        words
        for words, command in verbs(root)
        if any(
            "--key" in parameter.opts and parameter.name == "key_names"
            for parameter in command.params
        )
    }
    told = {verb for row in TABLE.values() for verb in row.verbs}
    assert told == acting - IN_THE_BROWSER
    assert acting > IN_THE_BROWSER
    assert {words.split()[0] for words in acting} <= {*VERBS}
    assert acting > FOR_OTHERS


def test_every_operation_has_a_row_that_says_who_may() -> None:
    assert {*TABLE} == {*Operation}
    assert all(row.says for row in TABLE.values())


JUDGING = {"judge", "judge_about", "judge_signed", "refuse_holder", "say", "say_of", "sign"}


def judged() -> Iterator[tuple[str, ast.expr]]:
    """List what is given as `roles` wherever a signature is judged."""
    for folder in ("cli", "seal", "usecases"):
        for path in sorted((HERE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
                if name in JUDGING:
                    for keyword in node.keywords:
                        if keyword.arg == "roles":
                            yield str(path.relative_to(HERE)), keyword.value


def test_whoever_judges_by_roles_asks_the_table() -> None:
    """Or takes all there are, who reads again what was judged when it was said."""
    found = list(judged())
    assert len(found) >= 15
    for path, value in found:
        text = ast.unparse(value)
        asks = text.startswith(("allowed(", "_roles(", "roles_to_say("))
        reads = text.endswith("trust.roles") or text in {
            "accepted",  # which `usecases.evidence` asked for one line above
            "roles",
            "self.demand.roles or self.trust.roles",
        }
        assert asks or reads, f"{path}: {text}"


def environment(roles: dict[str, list[str]], project: dict[str, list[str]]) -> dict[str, Any]:
    return {"spec": {"roles": roles, "projects": {"demo": project}}}


def policy(*roles: str) -> Spec:
    demands = (
        f"approvals: [{{min: 1, roles: [{', '.join(roles)}]}}]" if roles else "include: [house]"
    )
    text = (
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: p, version: "1", owner: {team: t}}\n'
        f"spec: {{{demands}}}\n"
    )
    return bundle_of(text).policy.spec


DEMANDED: list[tuple[str, ...]] = [(), ("ml-lead",), ("ml-lead", "sre")]
POLICIES = {roles: policy(*roles) for roles in DEMANDED}
parts = st.dictionaries(
    st.sampled_from(PARTS), st.lists(st.sampled_from(ROLES), min_size=1, unique=True)
)


def oracle(  # noqa: C901, PLR0911, PLR0912 - every operation in its own words
    operation: str, here: dict[str, list[str]], demanded: set[str]
) -> set[str] | None:
    """Say who may, as the docs do."""
    approvers = here.get("approvers")
    if operation in {"sign", "attest", "request-waiver"}:
        return None
    if operation in {"check", "watch"}:
        return {"checker"}
    if operation == "control":
        return {"owner"}
    if operation == "witness":
        return {"witness"}
    if operation == "waive":
        return set()
    if operation == "author":
        return set(here.get("creators", ["builder"]))
    if operation == "prove":
        return set(here["creators"]) if "creators" in here else None
    if operation == "judge":
        return set(here["reviewers"]) if "reviewers" in here else None
    if operation in {"promote", "rollback", "deliver", "hold", "lift-hold"}:
        return set(here.get("deployers", ["releaser"]))
    if operation == "break-glass":
        return set(here.get("breakGlass", []))
    if operation in {"reject", "withdraw"}:
        return demanded | set(approvers or [])
    if operation in {"approve", "delegate"}:
        return demanded if approvers is None else demanded & set(approvers)
    assert operation in {"lift-rejection", "review"}
    if approvers is None:
        return demanded
    return demanded & set(approvers) if demanded else set(approvers)


@given(parts, parts, st.sampled_from(DEMANDED), st.booleans())
def test_the_table_and_the_oracle_agree(
    roles: dict[str, list[str]],
    project: dict[str, list[str]],
    demanded: tuple[str, ...],
    ours: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    where = Where(
        environment=environment(roles, project),
        name="demo" if ours else "other",
        policy=POLICIES[demanded],
    )
    here = {**roles, **(project if ours else {})}
    for operation in Operation:
        found = roles_for(operation, where)
        assert found == oracle(operation.value, here, {*demanded}), operation
        every = frozenset({"any"})
        assert allowed(operation, where, every=every) == (every if found is None else found)
    assert roles_named(where) == {role for named in here.values() for role in named}


def test_what_is_about_an_environment_is_told_of_each() -> None:
    elsewhere = "sign check attest waive request-waiver watch control witness"
    assert {one.value for one in Operation if not TABLE[one].here} == {*elsewhere.split()}


def test_roles_can_be_named_for_every_part_an_environment_has() -> None:
    assert list(PARTS) == sorted(field.alias or name for name, field in Roles.model_fields.items())


def test_what_is_about_no_environment_name_or_rule_names_none() -> None:
    assert Where() == Where(environment={}, name="", policy=None, rule="")


def test_what_nobody_is_named_for_is_of_a_reserved_role_or_of_nobody() -> None:
    for operation in Operation:
        found = roles_for(operation)
        assert found is None or found <= {"builder", "checker", "owner", "releaser", "witness"}
    assert roles_for(Operation.BREAK_GLASS) == frozenset()
    assert projects({}) == ()


def test_owners_are_named_for_the_control_plane_alone() -> None:
    assert [one for one in Operation if "owner" in (roles_for(one) or ())] == [Operation.CONTROL]


@pytest.mark.parametrize("role", ["role:sre", "sre"])
def test_both_spellings_of_a_role_are_one(role: str) -> None:
    where = Where(environment=environment({"deployers": [role]}, {}))
    assert roles_for(Operation.PROMOTE, where) == frozenset({"sre"})


def test_a_waiver_is_of_whom_the_policy_names_for_the_very_rule() -> None:
    text = (
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: p, version: "1", owner: {team: t}}\n'
        "spec: {waivers: [{rules: [SEC001], roles: [qa], longest: 7d}]}\n"
    )
    spec = bundle_of(text).policy.spec
    assert roles_for(Operation.WAIVE, Where(policy=spec, rule="SEC001")) == frozenset({"qa"})
    assert roles_for(Operation.WAIVE, Where(policy=spec, rule="SEC002")) == frozenset()
    assert roles_for(Operation.WAIVE, Where(policy=spec)) == frozenset()
