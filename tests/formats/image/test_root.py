from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.sample_image import Member, archive, folder, hard_link, symlink
from tests.images import paths, said, stacked
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.model.limits import ImageLimits

NAMES = st.sampled_from(["a", "b", "a/b", "a/c", "b/c", "a/b/c"])


def test_a_layer_adds_and_replaces() -> None:
    root, record = stacked(
        archive(folder("etc"), Member("etc/a", b"1"), Member("x", b"1")),
        archive(Member("etc/b", b"2"), Member("x", b"22")),
    )

    assert paths(root) == ["etc", "etc/a", "etc/b", "x"]
    found = root.find("x")
    assert found is not None
    assert found.layer == 2
    assert not record.problems


def test_whiteouts_take_away_what_lies_below_whatever_their_place() -> None:
    root, _ = stacked(
        archive(Member("a/x"), Member("b/y"), Member("c")),
        archive(Member("a/new"), Member(".wh.b"), Member("a/.wh.x"), Member("c"), Member(".wh.c")),
    )

    assert paths(root) == ["a", "a/new", "c"]


def test_an_opaque_folder_keeps_what_its_own_layer_puts_there() -> None:
    root, _ = stacked(
        archive(Member("a/old"), Member("a/deep/old")),
        archive(Member("a/new"), Member("a/.wh..wh..opq"), Member("no/.wh..wh..opq")),
    )

    assert paths(root) == ["a", "a/new"]


def test_whiteouts_of_nothing_take_nothing() -> None:
    root, record = stacked(archive(Member("a")), archive(Member("x/.wh.y"), Member("a/.wh.z")))

    assert paths(root) == ["a"]
    assert not record.problems


def test_a_file_replaces_a_folder_and_a_folder_a_file() -> None:
    root, _ = stacked(
        archive(Member("a/x"), Member("b")), archive(Member("a"), folder("b"), Member("b/y"))
    )

    assert paths(root) == ["a", "b", "b/y"]


def test_a_folder_named_again_keeps_its_files() -> None:
    assert paths(stacked(archive(Member("a/x")), archive(folder("a")))[0]) == ["a", "a/x"]


@pytest.mark.parametrize("target", ["usr/lib", "/usr/lib", "../../usr/./lib", "usr/x/../lib"])
def test_links_on_the_way_are_followed_inside(target: str) -> None:
    root, _ = stacked(
        archive(Member("usr/lib/old"), folder("usr/x"), symlink("lib", target)),
        archive(Member("lib/new")),
    )

    assert "usr/lib/new" in paths(root)
    found = root.find("lib/old")
    assert found is not None
    assert found is root.find("usr/lib/old")


def test_a_link_that_climbs_out_is_an_attack() -> None:
    _, record = stacked(
        archive(
            symlink("a/up", "../b"), symlink("a/out", "../../etc/passwd"), symlink("/abs", "/etc")
        )
    )

    assert said(record) == ["SEC002 `a/out` is a link that leads out of the image"]


def test_links_in_a_circle_lead_nowhere() -> None:
    root, record = stacked(archive(symlink("a", "b"), symlink("b", "a"), Member("a/x")))

    assert root.find("a") is None
    assert said(record) == ["INT008 `a/x` lies in what is no folder"]


def test_nothing_lies_in_a_file() -> None:
    root, record = stacked(archive(Member("a", b"1"), Member("a/b/c")))

    assert paths(root) == ["a"]
    assert root.find("a/b") is None
    assert said(record) == ["INT008 `a/b/c` lies in what is no folder"]


def test_hard_links_reach_into_layers_below() -> None:
    root, record = stacked(
        archive(Member("bin/a", b"1", mode=0o4755)), archive(hard_link("b", "bin/a"))
    )
    found = root.find("b")

    assert found is not None
    assert found.entry.privileged
    assert not record.problems


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("../x", "SEC002 `l` is a hard link that leads out of the image"),
        ("gone", "INT008 `l` is a hard link to `gone`, which is no file"),
        ("no/where", "INT008 `l` is a hard link to `no/where`, which is no file"),
        ("d", "INT008 `l` is a hard link to `d`, which is no file"),
    ],
)
def test_hard_links_that_lead_to_no_file_are_told(target: str, message: str) -> None:
    assert said(stacked(archive(folder("d"), hard_link("l", target)))[1]) == [message]


def test_the_way_is_looked_for_again_when_a_link_took_the_place_of_a_folder() -> None:
    root, _ = stacked(
        archive(folder("real"), Member("a/x"), symlink("b", "real")),
        archive(Member("b/one"), Member(".wh.none")),
        archive(symlink("a", "real"), Member("a/two")),
    )

    assert {"real/one", "real/two"} <= set(paths(root))


@pytest.mark.parametrize("limits", [{"entries": 3}, {"steps": 2}])
def test_budgets_end_it(limits: dict[str, int]) -> None:
    data = archive(Member("a/b/c/d"), Member("e"))

    with pytest.raises(BudgetExceededError):
        stacked(archive(), data, limits=ImageLimits(**{"entries": 9, **limits}))


@given(st.lists(st.lists(NAMES, max_size=4, unique=True), min_size=1, max_size=4))
def test_a_layer_that_is_opaque_at_the_top_leaves_only_itself(layers: list[list[str]]) -> None:
    made = [archive(*(folder(name) for name in names)) for names in layers]
    last = archive(Member(".wh..wh..opq"), Member("only"))

    assert paths(stacked(*made, last)[0]) == ["only"]
