from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.policies import COLLECTION, POLICY
from tests.codec.samples import place
from weighbridge.codec import faults
from weighbridge.codec.bundle import (
    BundleError,
    PolicyBundle,
    bundle_bytes,
    bundle_digest,
    make_bundle,
    read_bundle,
    read_collection,
)
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.validating import read_authored
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy.bundle import BundleLimits, DemandedRules
from weighbridge.model.report import RuleSet

STANDARD = DemandedRules(
    name="standard",
    rule_set=RuleSet(version="0.1.0", digest="sha256:" + "0" * 64),
    codes=("CFG001", "INT001"),
)
BASELINE = read_collection(COLLECTION.encode(), "baseline.yaml")
TASKS = {"tasks": b'["classification"]'}


def make(text: str = POLICY, **given: Any) -> PolicyBundle:  # noqa: ANN401 - overrides of any kind
    policy, document = read_authored(text.encode(), "policy.yaml", PromotionPolicy)
    wanted: dict[str, Any] = {
        "data": TASKS,
        "collections": {"baseline": BASELINE},
        "rule_sets": [STANDARD],
    }
    return make_bundle(policy, document, **(wanted | given))


def refused(text: str = POLICY, **given: Any) -> tuple[Fault, ...]:  # noqa: ANN401 - as above
    with pytest.raises(DocumentError) as raised:
        make(text, **given)
    return raised.value.faults


def tree_of(bundle: PolicyBundle) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(bundle_bytes(bundle))
    return tree


def test_a_bundle_holds_everything() -> None:
    tree = tree_of(make())
    assert sorted(tree) == ["apiVersion", "data", "included", "kind", "policy", "rules"]
    assert tree["data"] == {"tasks": ["classification"]}
    assert [found["id"] for found in tree["included"]["baseline"]["spec"]["conditions"]] == [
        "licence"
    ]
    assert tree["rules"] == {
        "name": "standard",
        "version": "0.1.0",
        "digest": "sha256:" + "0" * 64,
        "codes": ["CFG001", "INT001"],
    }


def test_its_conditions_are_listed_with_where_they_come_from() -> None:
    assert [
        (placed.condition.id, placed.origin, placed.pointer) for placed in make().conditions()
    ] == [
        ("known-task", "production", "/spec/conditions/0"),
        ("licence", "baseline", "/spec/conditions/0"),
        ("pinned-images", "production", "/spec/conditions/1"),
    ]


def test_a_policy_that_refers_to_nothing_is_a_bundle() -> None:
    head = POLICY[: POLICY.index("spec:")]
    bundle = make(head + "spec: {onDeny: {action: none}}\n", data={})
    assert bundle.conditions() == ()
    assert bundle.rules == STANDARD  # what a policy that names none demands
    assert read_bundle(bundle_bytes(bundle)) == bundle


def test_how_the_policy_is_written_does_not_change_the_digest() -> None:
    policy, _ = read_authored(POLICY.encode(), "policy.yaml", PromotionPolicy)
    conditions = policy.spec.conditions or []
    assert [condition.id for condition in conditions] == ["pinned-images", "known-task"]
    data = json.dumps(tree_of(make())["policy"], indent=3)
    assert bundle_digest(make(data)) == bundle_digest(make())
    assert bundle_digest(make(data={"tasks": b' [ "classification"]\n'})) == bundle_digest(make())
    assert bundle_digest(make()) == digest(bundle_bytes(make()))


@pytest.mark.parametrize(
    "given",
    [
        {"data": {"tasks": b"[]"}},
        {"data": {"tasks": b'["classification"]', "more": b"1"}},
        {"rule_sets": [replace(STANDARD, codes=("CFG001",))]},
        {"rule_sets": [replace(STANDARD, rule_set=RuleSet(version="2", digest="x"))]},
        {
            "collections": {
                "baseline": read_collection(COLLECTION.replace("MIT", "BSD").encode(), "b")
            }
        },
    ],
)
def test_whatever_it_refers_to_changes_the_digest(given: dict[str, Any]) -> None:
    assert bundle_digest(make(**given)) != bundle_digest(make())


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "at", "message", "help_"),
    [
        ("[baseline]", "[basline]", "8:13 /spec/include/0",
         "there is no collection basline", ("did you mean `baseline`?",)),
        ("[baseline]", "[zzz]", "8:13 /spec/include/0",
         "there is no collection zzz", ("known here: baseline",)),
        ("[baseline]", "[baseline, baseline]", "8:23 /spec/include/1",
         "baseline is included twice", ()),
        ("ruleSet: standard", "ruleSet: standart", "9:12 /spec/ruleSet",
         "there is no rule set standart", ("did you mean `standard`?",)),
        ("id: known-task", "id: licence", "31:11 /spec/conditions/1/id",
         "the included baseline has a condition licence, too", ("give it another id",)),
    ],
)  # fmt: skip
def test_a_reference_to_nothing_is_told_at_its_place(
    before: str, after: str, at: str, message: str, help_: tuple[str, ...]
) -> None:
    (found,) = refused(POLICY.replace(before, after))
    assert (place(found), found.message, found.help) == (at, message, help_)


def test_collections_that_clash_are_refused() -> None:
    other = COLLECTION.replace("name: baseline", "name: other")
    collections = {
        "baseline": BASELINE,
        "other": read_collection(other.encode(), "other.yaml"),
    }
    text = POLICY.replace("[baseline]", "[baseline, other]")
    (found,) = refused(text, collections=collections)
    assert found.message == "other and baseline both have a condition licence"


def test_a_collection_demands_nothing_but_conditions() -> None:
    text = COLLECTION + "  onDeny: {action: none}\n  approvals: [{min: 1, roles: [a]}]\n"
    with pytest.raises(DocumentError) as raised:
        read_collection(text.encode(), "baseline.yaml")
    assert {place(fault) for fault in raised.value.faults} == {
        "13:3 /spec/onDeny",
        "14:3 /spec/approvals",
    }


@pytest.mark.parametrize(
    ("name", "content", "code", "line", "column"),
    [
        ("limits", b'{"a": 1,\n "b": 0.5}', faults.AMBIGUOUS, 2, 7),
        ("limits", b"[1e3]", faults.AMBIGUOUS, 1, 2),
        ("limits", b"{", faults.SYNTAX, 1, 2),
        ("limits", b'{"a": 1,\n "b" 1}', faults.SYNTAX, 2, 6),
        ("limits", b'{"a": 1, "a": 2}', faults.SYNTAX, 1, 1),
        ("limits", b'{"\xc3\xa9": 1}', faults.SYNTAX, 1, 1),
        ("limits", b"\xff", faults.SYNTAX, 1, 1),
        ("limits", b"9007199254740993", faults.SYNTAX, 1, 1),
        ("limits", b"NaN", faults.SYNTAX, 1, 1),
        ("limits", b"[" * 100_000, faults.SYNTAX, 1, 1),
        ("limits", b"", faults.SYNTAX, 1, 1),
        ("my-limits", b"1", faults.WRONG_VALUE, 1, 1),
        ("in", b"1", faults.WRONG_VALUE, 1, 1),
        ("../x", b"1", faults.WRONG_VALUE, 1, 1),
        ("1a", b"1", faults.WRONG_VALUE, 1, 1),
    ],
)
def test_data_that_has_no_one_meaning_is_refused(
    name: str, content: bytes, code: str, line: int, column: int
) -> None:
    (found,) = refused(data={name: content})
    assert found.code == code
    assert found.location is not None
    assert found.location.file == f"data/{name}.json"
    assert (found.location.line, found.location.column) == (line, column)


def test_every_decimal_is_told_with_how_to_write_it() -> None:
    content = b'{"text 0.5": "1.5", "a": [0.25, -1.0, 3]}'
    assert [(fault.seen, fault.help) for fault in refused(data={"a": content})] == [
        ("0.25", ('write decimals as text: "0.25"',)),
        ("-1.0", ('write decimals as text: "-1.0"',)),
    ]


def test_faults_of_policy_and_data_come_at_once() -> None:
    found = refused(POLICY.replace("[baseline]", "[x]"), data={"a": b"0.5", "b": b"{"})
    assert [fault.location.file for fault in found if fault.location] == [
        "policy.yaml",
        "data/a.json",
        "data/b.json",
    ]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (BundleLimits(data=len(TASKS["tasks"]) - 1), "the data of the policy is too large"),
        (BundleLimits(files=0), "the policy has more than 0 data files"),
        (BundleLimits(bundle=100), "the bundle is too large"),
    ],
)
def test_budgets_are_kept(limits: BundleLimits, message: str) -> None:
    (found,) = refused(limits=limits)
    assert (found.code, found.message) == (faults.BUDGET, message)
    assert found.location is not None


# Reading back ---------------------------------------------------------------------------------

NAMES = st.from_regex(r"[a-z][a-z0-9_]{3,9}x", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab ~/\"'", max_size=4), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=50)  # each reads a whole policy three times
@given(st.dictionaries(NAMES, JSON, max_size=4), st.sets(NAMES, min_size=1, max_size=4))
def test_a_bundle_comes_back_as_it_was(data: dict[str, Any], codes: set[str]) -> None:
    bundle = make(
        data={name: json.dumps(value, ensure_ascii=False).encode() for name, value in data.items()},
        rule_sets=[replace(STANDARD, codes=tuple(sorted(codes)))],
    )
    stored = bundle_bytes(bundle)
    assert read_bundle(stored) == bundle
    assert bundle_bytes(read_bundle(stored)) == stored
    assert bundle.data == data


def changed(path: str, value: object) -> bytes:
    """Write the sample bundle with one value changed, or removed if it is `...`."""
    tree: Any = tree_of(make())
    *way, last = path.split(".")
    node = tree
    for part in way:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return canonical_bytes(tree)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("extra", 1),
        ("kind", "PromotionPolicy"),
        ("apiVersion", "weighbridge.dev/v2"),
        ("policy", []),
        ("policy", ...),
        ("policy.kind", "Environment"),
        ("policy.spec.extra", 1),
        ("policy.spec.ruleSet", "TODO"),
        ("policy.metadata.owner.team", "TODO"),
        ("policy.spec.ruleSet", "other"),
        ("policy.spec.ruleSet", None),
        ("policy.spec.include", ["baseline", "baseline"]),
        ("policy.spec.include", []),
        ("policy.spec.include", ...),
        ("policy.spec.evidence.0.maxAge", "24h"),
        ("policy.spec.conditions.0.id", "licence"),
        ("policy.spec.conditions.0.id", "zzz"),
        ("included", {}),
        ("included", []),
        ("included.baseline", {}),
        ("included.baseline", 1),
        ("included.baseline.metadata.name", "other"),
        ("included.baseline.spec.onDeny", {"action": "none"}),
        ("included.more", ...),
        ("data", []),
        ("data.in", 1),
        ("data.a b", 1),
        ("rules", 1),
        ("rules.codes", []),
        ("rules.codes", ["B", "A"]),
        ("rules.codes", ["A", "A"]),
        ("rules.codes", [1]),
        ("rules.codes", "AB"),
        ("rules.digest", 1),
        ("rules.digest", ...),
        ("rules.extra", 1),
    ],
)
def test_what_no_bundle_would_be_is_refused(path: str, value: object) -> None:
    tree = tree_of(make())
    if path == "included.more":
        tree["included"]["more"] = tree["included"]["baseline"]
        stored = canonical_bytes(tree)
    else:
        stored = changed(path, value)
    with pytest.raises(BundleError):
        read_bundle(stored)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stored: stored + b"\n",
        lambda stored: b" " + stored,
        lambda stored: stored.replace(b'":', b'": ', 1),
        lambda stored: stored[:-1],
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"null",
        lambda _: b"\xff",
        lambda _: b"[" * 100_000,
        lambda _: b'{"policy": 0.5}',
    ],
)
def test_other_bytes_are_refused(spoil: Any) -> None:  # noqa: ANN401 - a lambda
    with pytest.raises(BundleError):
        read_bundle(spoil(bundle_bytes(make())))


def test_a_bundle_over_its_budget_is_not_read() -> None:
    stored = bundle_bytes(make())
    assert read_bundle(stored, limits=BundleLimits(bundle=len(stored))) == make()
    with pytest.raises(BundleError, match="too large"):
        read_bundle(stored, limits=BundleLimits(bundle=len(stored) - 1))


HELD = POLICY + "  dependencies: {baseline: tasks}\n"


def test_a_baseline_is_data_of_the_policy() -> None:
    bundle = make(HELD, data={"tasks": b'{"numpy": "2.1.0", "scipy": [">=1.14,<2", "1.13.1"]}'})
    assert read_bundle(bundle_bytes(bundle)) == bundle


def test_a_baseline_that_is_not_there_is_told_with_what_there_is() -> None:
    (fault,) = refused(HELD.replace("baseline: tasks", "baseline: approved"))
    assert place(fault).endswith("/spec/dependencies/baseline")
    assert (fault.message, fault.wanted) == ("there is no data approved", "tasks")
    assert fault.help == ("write data/approved.json beside policy.yaml",)
    (fault,) = refused(HELD, data={})
    assert fault.wanted == "the policy has no data"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "it is not an object of packages"),
        (b"{}", "it approves nothing"),
        (b'{"Num_Py": "1", "num-py": "2"}', "it names num-py twice"),
        (b'{"numpy": ""}', "it gives numpy no version"),
        (b'{"numpy": []}', "it gives numpy no version"),
        (b'{"numpy": 2}', "it gives numpy no version"),
        (b'{"numpy": "two"}', "'two' of numpy is no version or specifier"),
    ],
)
def test_a_baseline_that_is_none_is_refused(data: bytes, message: str) -> None:
    (fault,) = refused(HELD, data={"tasks": data})
    assert fault.message == f"data/tasks.json is no baseline: {message}"
    assert fault.location is not None
    assert fault.location.file == "data/tasks.json"


def test_a_stored_bundle_whose_baseline_is_none_is_refused() -> None:
    tree = tree_of(make(HELD, data={"tasks": b'{"numpy": "2.1.0"}'}))
    tree["data"]["tasks"] = {}
    with pytest.raises(BundleError, match="it approves nothing"):
        read_bundle(canonical_bytes(tree))
