"""First steps: the way of a first release, as far as this registry has come on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.first_steps import FirstSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        name: What is done.
        why: What it is good for, a sentence or two.
        commands: What to run.
        docs: What of the docs tells more.
        done: Whether it was done.
    """

    name: str
    why: str
    commands: tuple[str, ...]
    docs: str
    done: bool

    def plain(self) -> dict[str, Any]:
        """Write it as plain values."""
        return {
            "name": self.name,
            "why": self.why,
            "commands": list(self.commands),
            "docs": self.docs,
            "done": self.done,
        }


def steps(asked: Asked) -> dict[str, Any]:
    """Tell each step, and which comes next."""
    from weighbridge.usecases.first_steps import first_steps  # noqa: PLC0415 - late, as the gate is

    found = first_steps(asked.registry, now=asked.now)
    listed = [*_release(found), *_people(found), *_way(found)]
    following = next((at for at, one in enumerate(listed) if not one.done), None)
    return {
        "schemaVersion": 1,
        "done": sum(one.done for one in listed),
        "next": following,
        "steps": [one.plain() for one in listed],
    }


def _release(found: FirstSteps) -> list[Step]:
    return [
        Step(
            name="Write the papers and seal a release",
            why="One manifest says all a release is. Sealing it gives it a digest and keeps its "
            "files: from then on it cannot change.",
            commands=("weighbridge init", "weighbridge check", "weighbridge seal"),
            docs="tutorial/first-weighing.md",
            done=bool(found.release),
        )
    ]


def _people(found: FirstSteps) -> list[Step]:
    release = found.release or "NAME@VERSION"
    return [
        Step(
            name="Name the owners",
            why="Owners say whose signature counts. Two of them are better than one: nobody can "
            "then give himself a role.",
            commands=(
                "weighbridge key new ann",
                "weighbridge key new ben",
                "weighbridge registry init --owner ann=ann --owner ben=ben --threshold 2",
            ),
            docs="tutorial/signing-a-release.md",
            done=found.owned,
        ),
        Step(
            name="Trust people with roles",
            why="A builder signs releases, a checker signs reports, a releaser promotes. Others "
            "approve, with roles you name.",
            commands=(
                "weighbridge key trust bea --person bea --role builder --key ann --key ben",
                "weighbridge key trust carl --person carl --role checker --key ann --key ben",
                "weighbridge key trust pat --person pat --role releaser --key ann --key ben",
            ),
            docs="how-to/manage-keys.md",
            done={"builder", "checker"} <= found.trusted,
        ),
        Step(
            name="Sign the release",
            why="Its author says: this is what I made.",
            commands=(f"weighbridge sign {release} --key bea",),
            docs="tutorial/signing-a-release.md",
            done=found.signed,
        ),
        Step(
            name="Have it checked by somebody else",
            why="The rules look at the stored bytes, and another person signs what they found: "
            "the author does not grade himself.",
            commands=(f"weighbridge check {release} --sign --key carl",),
            docs="tutorial/signing-a-release.md",
            done=found.checked,
        ),
    ]


def _way(found: FirstSteps) -> list[Step]:
    release = found.release or "NAME@VERSION"
    where = found.environments[0] if found.environments else "staging"
    return [
        Step(
            name="Publish a policy",
            why="It says what a release must have. Begin with the one that is shipped.",
            commands=("weighbridge policy publish shipped:baseline --key ann --key ben",),
            docs="how-to/choose-a-policy.md",
            done=found.policy,
        ),
        Step(
            name="Apply an environment",
            why="A place to promote to: its policy, who may act there, and when.",
            commands=("weighbridge env apply staging.yaml --key ann --key ben",),
            docs="tutorial/promoting-a-release.md",
            done=bool(found.environments),
        ),
        Step(
            name="Promote the release",
            why="The gate decides by what was signed. If it says no, it says what would pass.",
            commands=(
                f"weighbridge promote {release} --to {where} --dry-run",
                f"weighbridge promote {release} --to {where} --key pat",
            ),
            docs="tutorial/promoting-a-release.md",
            done=found.promoted,
        ),
    ]


PARTS = Parts(
    pages=(
        Page(
            path="/start",
            template="start.html",
            view=steps,
            docs="tutorial/first-weighing.md",
            tab="First steps",
        ),
    ),
)
