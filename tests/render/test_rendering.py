from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.render.orders import files_of, release_of, rendered
from weighbridge.model.rendering import RenderedFile, TargetOption
from weighbridge.render.rendering import SUMS, render
from weighbridge.render.targets import TARGETS, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.rendering import Order, Remarks


class Twice:
    """A target that says everything twice, and renders one path twice."""

    kind = "twice"
    versions = ("1", "2")
    options = (
        TargetOption(name="colour", description="Its colour.", default="red", pattern="red|blue"),
    )

    def render(self, order: Order, remarks: Remarks) -> Iterator[RenderedFile]:
        for _ in range(2):
            remarks.notice(f"it is {order.options['colour']}")
            remarks.refuse("no", "/spec", "do", "or do not", seen="this", wanted="that")
        yield RenderedFile(path="b.yaml", content=b"2\n")
        yield RenderedFile(path="a.yaml" if order.version == "2" else "b.yaml", content=b"1\n")


def test_files_are_in_order_and_their_digests_beside_them() -> None:
    done = render(Twice(), release_of(), "sha256:0", options={})
    assert [one.path for one in done.files] == ["a.yaml", "b.yaml", SUMS]
    sums = done.files[-1].content.decode()
    assert sums.splitlines()[0] == f"{hashlib.sha256(b'1' + bytes([10])).hexdigest()}  a.yaml"


def test_what_is_said_twice_is_kept_once() -> None:
    done = render(Twice(), release_of(), "sha256:0", options={"colour": "blue"})
    assert done.notices == ("it is blue",)
    (refusal,) = done.refusals
    assert (refusal.message, refusal.pointer, refusal.alternatives) == (
        "no",
        "/spec",
        ("do", "or do not"),
    )
    assert (refusal.seen, refusal.wanted) == ("this", "that")


def test_two_files_of_one_path_are_a_bug_of_ours() -> None:
    with pytest.raises(AssertionError, match=r"one path: \['b.yaml', 'b.yaml'\]"):
        render(Twice(), release_of(), "sha256:0", version="1", options={})


@pytest.mark.parametrize(
    ("version", "options", "words", "alternative"),
    [
        ("3", {}, "version 3 of twice is not known", "name one of 1, 2"),
        ("", {"color": "red"}, "there is no option color", "did you mean colour?"),
        ("", {"x": "red"}, "there is no option x", "leave it out"),
        ("", {"colour": "green"}, "option colour cannot be green", ""),
        ("", {"colour": "red\n"}, "option colour cannot be red\n", ""),
    ],
)
def test_nothing_is_rendered_of_an_order_that_cannot_be(
    version: str, options: dict[str, str], words: str, alternative: str
) -> None:
    done = render(Twice(), release_of(), "sha256:0", version=version, options=options)
    assert done.files == ()
    assert done.refusals[0].message == words
    assert done.refusals[0].alternatives == ((alternative,) if alternative else ())


def test_a_target_is_found_by_its_kind() -> None:
    assert [target_of(one.kind) for one in TARGETS] == list(TARGETS)
    assert target_of("mainframe") is None


@pytest.mark.parametrize("kind", ["argo", "flagger", "kserve", "kubernetes"])
def test_the_newest_version_is_the_default_and_every_option_has_words(kind: str) -> None:
    target = target_of(kind)
    assert target is not None
    done = rendered(kind)
    assert done.version == target.versions[-1]
    assert len(target.versions) > 1
    for option in target.options:
        assert option.description.endswith(".")
        assert option.wanted
    assert len({one.name for one in target.options}) == len(target.options)


@pytest.mark.parametrize("kind", ["argo", "flagger", "kubernetes"])
def test_the_top_folder_holds_objects_only(kind: str) -> None:
    for path, text in files_of(rendered(kind)).items():
        if "/" not in path and path != SUMS:
            assert text.startswith("apiVersion: "), path
