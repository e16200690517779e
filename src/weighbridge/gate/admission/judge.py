"""Judge what is to come into a cluster by what stands in an environment.

What is let in unjudged: what ends something (`DELETE`), what is done to what runs already, and an
update that starts nothing it did not start before. A controller that scales down what is no
longer promoted must not be stopped by that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.gate.admission.review import (
    DEBUGGED,
    Review,
    ReviewError,
    is_judged,
    read_review,
    shown,
)
from weighbridge.gate.admission.workloads import (
    KINDS,
    PODLESS,
    WorkloadError,
    own_mark,
    workload_of,
)
from weighbridge.model.admission import (
    MARK_DIGITS,
    RELEASE_MARK,
    UNREADABLE,
    Answer,
    KnownRelease,
    Place,
)
from weighbridge.model.errors import AdmissionError, Fault
from weighbridge.model.errors import ReviewError as Unreadable
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.admission.workloads import Image, Mark, Workload
    from weighbridge.model.admission import Snapshot

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_PINNED: Final = re.compile(r"[!-?A-~]{1,512}@(sha256:[0-9a-f]{64})")
_RENDER: Final = "weighbridge render NAME@VERSION --in {environment} --output DIR"
_ASKED: Final = 4
"""Releases a workload is asked about at most; it is to say one."""


def unjudged(value: object) -> Answer | None:
    """Answer what need not be held against anything; None if it is to be judged.

    Raises:
        ReviewError: It is no review, and does not say its uid either.
    """
    try:
        review = read_review(value)
    except ReviewError as error:
        if not error.uid:
            raise
        return Answer(uid=error.uid, faults=(_unreadable(str(error), error),), code=UNREADABLE)
    why = _let_through(review)
    if why:
        return Answer(uid=review.uid, subject=review.subject, why=why)
    if review.kind not in KINDS:
        return _refused(review, (_unknown_kind(review),))
    try:
        workload_of(review.kind, review.object)
    except WorkloadError as error:
        return _refused(review, (_unreadable(str(error)),), code=UNREADABLE)
    return None


def named_releases(value: object) -> tuple[str, ...]:
    """List the release digests a review to be judged says, those a snapshot must know of."""
    review = read_review(value)
    marks = workload_of(review.kind, review.object).marks
    said = dict.fromkeys(mark.annotation for mark in marks)
    return tuple(one for one in said if _DIGEST.fullmatch(one))[:_ASKED]


def judge(value: object, snapshot: Snapshot) -> Answer:
    """Judge a review that is to be judged.

    Args:
        value: The review; `unjudged` has no answer to it.
        snapshot: What stands; it knows of `named_releases`, those of them there are.
    """
    review = read_review(value)
    workload = workload_of(review.kind, review.object)
    faults = [*_namespace(review, snapshot), *_marks(workload, snapshot)]
    release = None
    if not faults:
        said = next(mark.annotation for mark in workload.marks if mark.must)
        release = snapshot.releases.get(said)
        faults += _standing(said, release, snapshot)
    for image in workload.images:
        faults += _image(image, release, snapshot)
    if faults or release is None:
        return _refused(review, tuple(faults))
    remarks = [*_present(release, snapshot), *release.remarks]
    return Answer(uid=review.uid, subject=review.subject, remarks=tuple(remarks))


def unanswerable(value: object, fault: Fault, *, code: int) -> Answer:
    """Refuse a review since it cannot be told what stands."""
    review = read_review(value)
    return _refused(review, (fault,), code=code)


def _let_through(review: Review) -> str:
    """Say why something is let in unjudged; nothing if it is to be judged."""
    if not is_judged(review):
        done = review.operation if review.operation in {"DELETE", "CONNECT"} else review.subresource
        return f"{shown(done)} brings in no container"
    if (review.kind.group, review.kind.name) in PODLESS:
        return f"a {review.kind.name} holds no pods"
    return "it starts nothing it did not start before" if _starts_nothing(review) else ""


def _starts_nothing(review: Review) -> bool:
    """Tell whether an update changes neither what runs nor its release, and asks for no more."""
    if review.operation != "UPDATE" or review.old is None or review.subresource == DEBUGGED:
        return False
    now, before = review.object.get("spec"), review.old.get("spec")
    if not isinstance(now, dict) or not isinstance(before, dict):
        return False
    try:
        same = own_mark(review.object) == own_mark(review.old)
    except WorkloadError:
        return False
    return same and _without_replicas(now) == _without_replicas(before) and _fewer(now, before)


def _without_replicas(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in spec.items() if name != "replicas"}


def _fewer(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Tell whether there are to be no more replicas; one where nothing is said."""
    wanted, there = now.get("replicas", 1), before.get("replicas", 1)
    return wanted == there or (
        isinstance(wanted, int) and isinstance(there, int) and wanted <= there
    )


def _namespace(review: Review, snapshot: Snapshot) -> Iterator[Fault]:
    if snapshot.namespace and review.namespace != snapshot.namespace:
        yield _fault(
            f"{snapshot.environment} is not delivered to this namespace",
            seen=shown(review.namespace) or "no namespace",
            wanted=snapshot.namespace,
            help_=("deliver it where its environment is", "or name that in spec.target.namespace"),
        )


def _marks(workload: Workload, snapshot: Snapshot) -> Iterator[Fault]:
    """Hold what the pieces of a workload say of its release against one another."""
    render = _RENDER.format(environment=snapshot.environment)
    said = {mark.annotation for mark in workload.marks if mark.annotation}
    for mark in workload.marks:
        if mark.must and not mark.annotation:
            yield _fault(
                "it does not say which release it is",
                seen=f"no annotation {RELEASE_MARK} at {mark.at}",
                wanted="the whole release digest",
                help_=(render,),
            )
        elif mark.annotation and not _DIGEST.fullmatch(mark.annotation):
            yield _fault(
                "the release it says it is is no release digest",
                seen=shown(mark.annotation),
                wanted="sha256: and 64 digits",
                help_=(render,),
            )
        elif _disagree(mark):
            yield _fault(
                f"label and annotation at {mark.at} say different releases",
                seen=f"label {shown(mark.label) or 'none'}",
                wanted=f"label {_label(mark.annotation)}",
                help_=(render,),
            )
    if len(said) > 1:
        yield _fault(
            "its pieces say different releases",
            seen=some_of([shown(one) for one in sorted(said)], 2),
            wanted="one release",
            help_=(render,),
        )


def _disagree(mark: Mark) -> bool:
    """Tell whether a label says something else; where pods take it from it must say the same."""
    if not mark.label and not mark.must:
        return False
    return mark.label != _label(mark.annotation)


def _label(annotation: str) -> str:
    return annotation.removeprefix("sha256:")[:MARK_DIGITS]


def _standing(said: str, release: KnownRelease | None, snapshot: Snapshot) -> Iterator[Fault]:
    """Say why the release of a workload may not start here."""
    here = snapshot.environment
    if release is None:
        yield _fault(
            f"this registry knows of no such release, and none such is promoted to {here}",
            seen=said,
            wanted=f"a release that is promoted to {here}",
            help_=("weighbridge seal PATH", f"weighbridge promote NAME@VERSION --to {here}"),
        )
        return
    for stop in release.stops:
        yield _fault(
            f"{release.title} {stop.why}", seen=stop.seen, wanted=stop.wanted, help_=stop.help
        )
    if release.place in {Place.HELD, Place.BEFORE}:
        return
    yield _fault(
        f"{release.title} {_whereabouts(release, here)}",
        seen=f"{here} points to {release.points_to or f'no release of {release.name}'}",
        wanted=f"{here} points to {release.title}",
        help_=() if release.stops else (f"weighbridge promote {release.title} --to {here}",),
    )


def _whereabouts(release: KnownRelease, here: str) -> str:
    if release.place is Place.LEFT:
        return f"was rolled back from in {here}"
    if release.elsewhere:
        return f"is promoted to {some_of(release.elsewhere)}, not to {here}"
    return f"is not promoted to {here}"


def _present(release: KnownRelease, snapshot: Snapshot) -> Iterator[str]:
    if release.place is Place.BEFORE:
        here = snapshot.environment
        yield (
            f"{release.title} is let in as the release before: {here} points to {release.points_to}"
        )


def _image(image: Image, release: KnownRelease | None, snapshot: Snapshot) -> Iterator[Fault]:
    """Say what is wrong with an image: not pinned, or none of the release."""
    pinned = _PINNED.fullmatch(image.reference)
    if pinned is None:
        yield _fault(
            f"{shown(image.at)} is not pinned by digest",
            seen=shown(image.reference, 160) or "no image: another fills it in",
            wanted="NAME@sha256:DIGEST",
            help_=(_RENDER.format(environment=snapshot.environment),),
        )
        return
    if release is None or pinned[1] in release.images | snapshot.companions:
        return
    yield _fault(
        f"{shown(image.at)} is no image of {release.title}",
        seen=shown(image.reference, 160),
        wanted=some_of(sorted(release.images), 2) or "no image: its manifest names none",
        help_=(
            "name it in spec.environment.image of the release, and seal",
            "or let it run beside any release: spec.target.options.sidecars of the environment",
        ),
    )


def _unknown_kind(review: Review) -> Fault:
    kind = review.kind
    return _fault(
        "what this kind runs is not known",
        seen=shown(f"{kind.api_version} {kind.name}"),
        wanted=", ".join(sorted({one.name for one in KINDS})),
        help_=("take it out of the rules of the webhook: its pods are asked about themselves",),
    )


def _unreadable(message: str, error: ReviewError | None = None) -> Fault:
    return Fault(
        Unreadable.code,
        message,
        seen="" if error is None else error.seen,
        wanted="" if error is None else error.wanted,
        help=("kubectl apply --dry-run=server --validate=strict",),
    )


def _refused(review: Review, faults: tuple[Fault, ...], *, code: int = 403) -> Answer:
    return Answer(uid=review.uid, subject=review.subject, faults=faults, code=code)


def _fault(message: str, *, seen: str, wanted: str, help_: tuple[str, ...]) -> Fault:
    return Fault(AdmissionError.code, message, seen=seen, wanted=wanted, help=help_)
