"""Something in the release is under a licence that may not be used.

## What it checks

The licences of the model, of its base model and its datasets (`spec.model.license`,
`spec.lineage`), and of every package of the runtime lock, read from the Python environment where it
has the version that is pinned. Each is an SPDX expression and held against the policy of licences
in force here: of `A OR B` one must be allowed, of `A AND B` both, and `A WITH E` counts as itself
where the policy names it so.

The policy that ships denies only what no product may use (licences that forbid commercial use).
Owners publish theirs: `weighbridge advisories update --from FILE`. It also says what is said of
packages whose licence nobody knows. The one that ships has a note of them where the lock is
installed, so that somebody could know.

## Why it matters

A licence goes on to whoever uses the release. One data set that may not be used commercially, or
one package whose terms the organisation cannot meet, and the release has to be taken back.

## How to fix

Use another package, model or dataset, or have the owners allow the licence. Words that are no SPDX
expression (`Apache 2.0`) are written as one: `Apache-2.0`.

## Example

    lineage: {datasets: [{ref: "hf://org/corpus", license: CC-BY-NC-4.0}]}

fails: the licence forbids commercial use.

## References

- SPDX licence list, https://spdx.org/licenses/; licence expressions (SPDX 2.3, annex D)
- PEP 639, licence metadata of Python packages
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import canonicalize_name

from weighbridge.codec.licences.declared import declared_licence
from weighbridge.codec.licences.expressions import LicenceError, read_expression
from weighbridge.codec.licences.policy import SHIPPED, refused
from weighbridge.model.fact import Distribution, PythonEnvironment, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.licences import LicencePolicy
from weighbridge.model.lock import Pin
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_NAMED: Final = 10
_LINEAGE: Final = "/spec/lineage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Licensed:
    """Something that has a licence: what the manifest says of it, or a lock full of packages.

    Attributes:
        what: What it is, for people; empty for the packages of the lock.
        name: Its name, or the path of the lock.
        licence: The licence, as the manifest has it; empty for the packages of the lock.
        pointer: JSON pointer of the licence, or of the lock.
    """

    what: str
    name: str
    licence: str
    pointer: str


def each(facts: Facts) -> Iterator[Item[Licensed]]:
    """Yield what the manifest says a licence of, and the runtime lock."""
    if facts.release is None:
        return
    spec = facts.release.spec
    found = [("model", spec.model.name, spec.model.license, "/spec/model/license")]
    if spec.lineage is not None:
        base = spec.lineage.base_model
        if base is not None:
            found.append(("base model", base.ref, base.license, f"{_LINEAGE}/baseModel/license"))
        for index, one in enumerate(spec.lineage.datasets or ()):
            at = f"{_LINEAGE}/datasets/{index}/license"
            found.append(("dataset", one.ref, one.license, at))
    for what, name, licence, at in found:
        # What has none is GOV006's business, what was left `TODO` is CFG009's.
        if licence is not None and not items.is_todo(facts, at):
            value = Licensed(what=what, name=name, licence=licence, pointer=at)
            yield Item(subject=name, location=items.place(facts, at), value=value)
    for lock in items.locks(facts):
        if lock.value.purpose == "runtime":
            at = lock.value.pointer + "/lock"
            value = Licensed(what="", name=lock.subject, licence="", pointer=at)
            yield Item(subject=lock.subject, location=lock.location, value=value)


def judge(licensed: Licensed, facts: Facts) -> Iterator[Judgement]:
    """Hold licences against the policy."""
    policy = facts.licences or SHIPPED
    if licensed.what:
        yield from _declared(licensed, policy, facts)
    else:
        yield from _packages(licensed, policy, facts)


def _declared(licensed: Licensed, policy: LicencePolicy, facts: Facts) -> Iterator[Judgement]:
    subject = f"the {licensed.what} {licensed.name}"
    try:
        expression = read_expression(licensed.licence)
    except LicenceError as error:
        yield Judgement(
            message=f"the licence of {subject} is no SPDX expression: nobody can hold it against "
            "a policy",
            seen=licensed.licence,
            wanted="an SPDX expression, such as Apache-2.0, or LicenseRef-NAME",
            cause=str(error),
            remediation=(placed.setting(facts, licensed.pointer, "Apache-2.0"),),
            severity=None if policy.unknown == "denied" else Severity.NOTE,
        )
        return
    stands_in_the_way = refused(expression, policy)
    if stands_in_the_way:
        named = ", ".join(str(one) for one in stands_in_the_way)
        yield _refusal(subject, named, licensed.licence, policy)


def _refusal(subject: str, named: str, licence: str, policy: LicencePolicy) -> Judgement:
    return Judgement(
        message=f"{subject} is under {named}, which may not be used here",
        seen=licence,
        wanted=", ".join(policy.allowed) or f"none of {', '.join(policy.denied)}",
        cause=f"the policy of licences of {policy.version} does not allow it",
        remediation=("use something else in its place", "or have the owners allow the licence"),
    )


def _packages(licensed: Licensed, policy: LicencePolicy, facts: Facts) -> Iterator[Judgement]:
    """Judge the packages of the lock; those nobody knows a licence of are told together."""
    seen = observed(facts.locks.get(licensed.name, items.NOT_LOOKED_AT))
    pins = [pin for pin in observed(seen.lock).pins if pin.version and pin.ecosystem == "pypi"]
    unknown: list[str] = []
    for pin in pins:
        licence = _licence(pin, facts)
        if not licence:
            unknown.append(f"{pin.name} {pin.version}")
            continue
        stands_in_the_way = refused(read_expression(licence), policy)
        if stands_in_the_way:
            named = ", ".join(str(one) for one in stands_in_the_way)
            found = _refusal(f"{pin.name} {pin.version}", named, licence, policy)
            yield replace(found, subject=pin.name)
    if unknown and policy.unknown != "allowed" and _could_be_known(pins, policy, facts):
        yield _unknown(unknown, len(pins), policy)


def _unknown(unknown: list[str], count: int, policy: LicencePolicy) -> Judgement:
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    return Judgement(
        message=f"the licences of {len(unknown)} of {count} packages are not known",
        seen=", ".join(unknown[:_NAMED]) + more,
        wanted="packages that say their licence, installed in the version that is pinned",
        cause="they are not installed here in that version, or do not say their licence",
        remediation=("weigh where the lock is installed (`uv sync`, `pip install -r`)",),
        # Owners who deny what nobody knows get no pass for it, and no false accusation.
        verdict=Verdict.INCONCLUSIVE if policy.unknown == "denied" else Verdict.FAIL,
        severity=None if policy.unknown == "denied" else Severity.NOTE,
    )


def _licence(pin: Pin, facts: Facts) -> str:
    found = _found(pin, facts)
    return declared_licence(found) if found else ""


def _could_be_known(pins: list[Pin], policy: LicencePolicy, facts: Facts) -> bool:
    """Tell whether what is not known is worth telling: a sealed release holds no environment."""
    if policy.unknown == "denied" or any(_found(pin, facts) for pin in pins):
        return True
    return isinstance(facts.python, Unavailable) and not facts.sealed


def _found(pin: Pin, facts: Facts) -> Distribution | None:
    """Find what is installed in the version that is pinned."""
    if isinstance(facts.python, Unavailable):
        return None
    found = facts.python.distributions.get(canonicalize_name(pin.name))
    return found if found is not None and found.version == pin.version else None


def examples() -> list[Example]:
    """Show licences that may be used, some that may not, and some nobody knows."""
    strict = LicencePolicy(version="2027-01-31", allowed=["MIT"], denied=[], unknown="denied")
    dataset = {"ref": "hf://org/corpus", "license": "CC-BY-NC-4.0"}
    words = {"/spec/model/license": "Apache 2.0"}
    passes, fails = Verdict.PASS, Verdict.FAIL
    cases: list[tuple[str, Facts, Verdict, str]] = [
        ("a package that may be used", _installed("BSD-3-Clause"), passes, ""),
        (
            "a dataset that may not be used commercially",
            _without_packages({f"{_LINEAGE}/datasets": [dataset]}),
            fails,
            "CC-BY-NC-4.0",
        ),
        (
            "a package the owners did not allow",
            replace(_installed("GPL-3.0-only"), licences=strict),
            fails,
            "numpy 2.1.0 is under GPL-3.0-only",
        ),
        (
            "a choice, one of which is allowed",
            replace(_installed("GPL-3.0-only OR MIT"), licences=strict),
            passes,
            "",
        ),
        ("a package that does not say its licence", _installed(""), fails, "1 of 1 packages"),
        (
            "such a package where owners deny what nobody knows",
            replace(_installed(""), licences=strict),
            Verdict.INCONCLUSIVE,
            "1 of 1 packages",
        ),
        ("words that are no SPDX expression", _without_packages(words), fails, "Apache 2.0"),
        ("a lock without packages", _without_packages({}), passes, ""),
    ]
    found = [
        Example(title=title, facts=facts, verdict=verdict, seen=seen)
        for title, facts, verdict, seen in cases
    ]
    return [*found, sample.unread_lock(sample.release())]


def _installed(licence: str) -> Facts:
    """Make the facts of a lock with one package, and of an environment that has it."""
    python = PythonEnvironment(
        where=".venv",
        implementation="cpython",
        version="3.11.7",
        distributions={"numpy": Distribution(name="numpy", version="2.1.0", license=licence)},
    )
    locks = sample.lock(Pin(name="numpy", version="2.1.0", hashed=True))
    return replace(sample.release(), locks=locks, python=python)


def _without_packages(changes: dict[str, Any]) -> Facts:
    return replace(sample.release(changes), locks=sample.lock())


RULE = Rule(
    code="DEP013",
    name="license-not-allowed",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
