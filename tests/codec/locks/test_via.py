from __future__ import annotations

import pytest

from tests.codec.locks.samples import REQUIREMENTS, VIA
from weighbridge.codec.locks import read_lock
from weighbridge.model.lock import Edge, Lock


def read(text: str) -> Lock:
    return read_lock(text.encode(), "requirements", "runtime.lock")


def test_who_asks_is_read_from_the_comments() -> None:
    lock = read(VIA)
    edges = {f"{pin.name} {pin.version}": pin.edges for pin in lock.pins}
    assert edges == {
        "fastapi 0.110.0": (),
        "numpy 1.26.4": (),
        "numpy 2.1.0": (),
        "pandas 2.2.0": (
            Edge(name="numpy", version="1.26.4"),
            Edge(name="numpy", version="2.1.0"),
        ),
        "feast 0.40": (Edge(name="pandas"),),
    }
    assert lock.roots == ("fastapi", "feast", "numpy", "pandas")
    assert lock.records_edges


def test_a_lock_without_such_comments_records_nothing() -> None:
    lock = read("a==1\n# b\n    # c\nd==2 # why\n")
    assert (lock.records_edges, lock.roots) == (False, ())
    assert all(not pin.edges for pin in lock.pins)


def test_a_project_that_is_not_locked_asks_for_roots() -> None:
    assert read(REQUIREMENTS).roots == ("numpy",)


@pytest.mark.parametrize(
    ("comment", "roots", "parents"),
    [
        ("    # via -r a.in", ("b",), []),
        ("    # via a.in", ("b",), []),
        ("    # via -c constraints.txt", (), []),
        ("    # via a", (), ["a"]),
        ("    # via A[x]", (), ["a"]),
        ("    # via\n    #   a\n    #   c (setup.py)", ("b",), ["a"]),
        ("    # via\n\n    #   a", (), []),
        ("    # from https://h/x\n    # via a", (), ["a"]),
        ("    # viaduct a", (), []),
    ],
)
def test_forms_of_the_comment(comment: str, roots: tuple[str, ...], parents: list[str]) -> None:
    lock = read(f"a==1\nb==2\n{comment}\n")
    assert lock.roots == roots
    assert [pin.name for pin in lock.pins if pin.edges] == parents


def test_comments_above_the_first_entry_ask_for_nothing() -> None:
    assert not read("# via x\n#   y\na==1\n").records_edges


def test_the_index_an_entry_was_found_on() -> None:
    lock = read(VIA)
    assert [pin.index for pin in lock.pins][1:3] == ["https://index.example/simple", ""]
    assert lock.indexes == ("https://index.example/simple",)
    assert "secret" not in repr(lock)


@pytest.mark.parametrize(
    ("options", "indexes", "adds"),
    [
        ("", (), False),
        ("-i https://a.example/simple", ("https://a.example/simple",), False),
        ("--index-url=https://u:p@a.example/simple", ("https://a.example/simple",), False),
        ("--extra-index-url https://b", ("https://b",), True),
        ("-i https://a --extra-index-url https://b", ("https://a", "https://b"), True),
        ("-i https://a\n--find-links ./wheels", ("https://a", "./wheels"), True),
        ("-f https://c\n-f https://c", ("https://c",), True),
        ("--no-index\n--pre", (), False),
    ],
)
def test_indexes(options: str, indexes: tuple[str, ...], adds: bool) -> None:  # noqa: FBT001
    lock = read(f"{options}\na==1\n")
    assert (lock.indexes, lock.adds_indexes) == (indexes, adds)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-i https://user:secret@h.example/simple", True),
        ("-i https://token@h.example/simple", True),
        ("#    pip-compile --index-url=https://u:p@h.example/simple", True),
        ("-i https://${USER}:${TOKEN}@h.example/simple", False),
        ("-i https://$USER@h.example/simple", False),
        ("a @ git+ssh://git@h/a", False),
        ("a @ git+ssh://git:secret@h/a", True),
        ("a @ git+https://git@h/a", False),
        ("a @ git+https://git:${TOKEN}@h/a", False),
        ("a @ git+https://git:ghp@h/a", True),
        ("a @ https://h/a@b", False),
        ("-i https://h/t/tk-1/ml/linux-64", True),
        ("-i https://h.example/simple # https://u:p@h", True),
    ],
)
def test_credentials_are_told_by_their_line(line: str, told: bool) -> None:  # noqa: FBT001
    assert read(f"b==1\n{line}\n").credentials == ((2,) if told else ())


def test_only_the_first_credentials_are_told() -> None:
    assert len(read("# https://u:p@h\n" * 50).credentials) == 20
