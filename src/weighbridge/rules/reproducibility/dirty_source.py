"""The release was not made from the commit it names.

## What it checks

Beside an authored manifest: whether files differ from the commit checked out, or are not known to
git, other than `release.yaml`, `weighbridge.toml` and files the manifest pins by digest; and
whether `spec.source.commit`, where it is given, is the commit checked out. On a sealed release:
what `spec.source.dirty` says.

## Why it matters

A release made from changes that were never committed cannot be made again, not even by the
machine that made it, once the changes are gone. Reviewers saw the commit, not the changes.

## How to fix

Commit or remove the changes, then run `weighbridge capture --update`. A sealed release is sealed
again from a clean tree, under a new version.

## Example

`git status --short` prints ` M train.py`: fails, and names `train.py`.

## References

- SLSA 1.0, source and build provenance: https://slsa.dev/spec/v1.0/provenance
- Reproducible Builds, version control: https://reproducible-builds.org/docs/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model import wording
from weighbridge.model.fact import SourceState, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import ModelRelease

AT = "/spec/source"
NOT_RECORDED = Unavailable(
    "the sealed manifest does not say whether the tree was clean",
    "seal again where git is at hand",
)


def each(facts: Facts) -> Iterator[Item[ModelRelease]]:
    """Yield the release, placed at its source."""
    yield from items.release(facts, AT)


def judge(release: ModelRelease, facts: Facts) -> Iterator[Judgement]:
    """Hold the tree, or what the sealed manifest says of it, against the commit."""
    source = release.spec.source
    if facts.sealed:
        if observed(NOT_RECORDED if source.dirty is None else source.dirty):
            yield Judgement(
                message="the release was sealed from a tree with uncommitted changes",
                subject="spec.source.dirty",
                location=items.place(facts, AT + "/dirty"),
                seen="dirty: true",
                wanted="dirty: false",
                remediation=("commit the changes and seal a new version",),
            )
        return
    state = observed(facts.source)
    if state.changed:
        count = wording.plural(len(state.changed), "file")
        verb = "differs" if len(state.changed) == 1 else "differ"
        yield Judgement(
            message=f"{count} {verb} from the commit: {wording.some_of(state.changed)}",
            subject="spec.source",
            seen=count,
            wanted=f"the files of commit {state.commit}",
            cause="they were changed, or never added to git",
            remediation=("commit or remove them: `git status`",),
        )
    if source.commit not in (None, state.commit):
        yield Judgement(
            message="the manifest names another commit than the one checked out",
            subject="spec.source.commit",
            location=items.place(facts, AT + "/commit"),
            seen=state.commit,
            wanted=source.commit or "",
            cause="the manifest was written for an earlier commit",
            remediation=(
                "take `commit` out, and `seal` fills it in",
                "or run `weighbridge capture --update`",
            ),
        )


def examples() -> list[Example]:
    """Show a clean and a changed tree, another commit, and a tree without git."""
    release = sample.release()
    clean = SourceState(commit=sample.COMMIT)
    other = sample.release({"/spec/source/commit": "0" * 40})
    sealed = sample.release({"/spec/source/dirty": True}, sealed=True)
    return [
        Example(title="a clean tree", facts=replace(release, source=clean), verdict=Verdict.PASS),
        Example(
            title="a changed file",
            facts=replace(release, source=replace(clean, changed=("train.py",))),
            verdict=Verdict.FAIL,
            seen="train.py",
        ),
        Example(
            title="another commit",
            facts=replace(other, source=clean),
            verdict=Verdict.FAIL,
            seen=sample.COMMIT,
        ),
        Example(
            title="sealed from a dirty tree", facts=sealed, verdict=Verdict.FAIL, seen="dirty: true"
        ),
        Example(
            title="no git repository",
            facts=replace(release, source=Unavailable("there is no git repository")),
            verdict=Verdict.INCONCLUSIVE,
            seen="no git repository",
        ),
    ]


RULE = Rule(
    code="REP004",
    name="dirty-source",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
