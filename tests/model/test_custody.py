from __future__ import annotations

from typing import Any

import pytest

from weighbridge.model.custody import ACTIVE, Custody, Whereabouts, fold_custody
from weighbridge.model.event import Event, EventError, Kind

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
ERASED: dict[str, Any] = {"reason": "a licence", "signers": ["ann", "ben"]}


def event(
    kind: Kind,
    minute: int,
    digest: str = A,
    **body: Any,  # noqa: ANN401 - whatever an entry says
) -> Event:
    time = f"2026-01-01T00:0{minute}:00Z"
    return Event(kind=kind, time=time, control=0, body={"digest": digest, **body})


def test_files_are_where_they_were_moved_last() -> None:
    story = [
        event(Kind.RELEASE_SEALED, 0),
        event(Kind.RELEASE_ARCHIVED, 1, place="one"),
        event(Kind.RELEASE_ARCHIVED, 1, B, place="one"),
        event(Kind.RELEASE_RESTORED, 2, place="one"),
        event(Kind.RELEASE_ARCHIVED, 3, place="two"),
    ]
    found = fold_custody(story)
    assert found[A].places == {"one", "two"}
    assert (found[A].where, found[A].place) == (Whereabouts.ARCHIVED, "two")
    assert found[A].at == "2026-01-01T00:03:00Z"
    assert found[B].place == "one"
    back = fold_custody([*story, event(Kind.RELEASE_RESTORED, 4, place="two")])[A]
    assert (back.where, back.place) == (Whereabouts.ACTIVE, "")


def test_what_was_erased_stays_erased() -> None:
    story = [
        event(Kind.RELEASE_ARCHIVED, 1, place="one"),
        event(Kind.RELEASE_ERASED, 2, **ERASED),
        event(Kind.RELEASE_RESTORED, 3, place="one"),
        event(Kind.RELEASE_ERASED, 4, reason="another", signers=[]),
    ]
    assert fold_custody(story)[A] == Custody(
        where=Whereabouts.ERASED,
        at="2026-01-01T00:02:00Z",
        places=frozenset({"one"}),
        reason="a licence",
        by=("ann", "ben"),
    )
    assert fold_custody([]).get(A, ACTIVE).where is Whereabouts.ACTIVE


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.RELEASE_ARCHIVED, {}),
        (Kind.RELEASE_ARCHIVED, {"place": 1}),
        (Kind.RELEASE_RESTORED, {"digest": None}),
        (Kind.RELEASE_ERASED, ERASED | {"reason": None}),
        (Kind.RELEASE_ERASED, ERASED | {"signers": None}),
        (Kind.RELEASE_ERASED, ERASED | {"signers": [1]}),
    ],
)
def test_an_entry_that_does_not_say_what_it_must_is_none(kind: Kind, body: dict[str, Any]) -> None:
    with pytest.raises(EventError):
        fold_custody([Event(kind=kind, time="", control=0, body={"digest": A, **body})])
