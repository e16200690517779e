"""Pickles: the threads of an estimator are let go, and nothing else that is called the same."""

from __future__ import annotations

import pickle
import pickletools
import sys
import types
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.samples import joblib_array
from tests.formats.stabilisers.forms import form, same
from tests.formats.written import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARY = ("sklearn", "sklearn.forest", "elsewhere")


class _Estimator:
    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


@pytest.fixture(autouse=True, scope="module")
def _libraries() -> Iterator[None]:
    """Have classes that pickle as those of a library and of somebody else's module."""
    for name in LIBRARY:
        module = types.ModuleType(name)
        module.Estimator = type("Estimator", (_Estimator,), {"__module__": name})  # type: ignore[attr-defined]
        sys.modules[name] = module
    yield
    for name in LIBRARY:
        del sys.modules[name]


def estimator(jobs: object, *, module: str = "sklearn.forest", **more: object) -> object:
    made: object = sys.modules[module].Estimator(depth=3, n_jobs=jobs, seed=0, **more)
    return made


JOBS = st.one_of(st.none(), st.integers(-1, 200))


@given(JOBS, JOBS, st.integers(2, 5), st.lists(st.text(max_size=300), max_size=300))
def test_the_threads_of_an_estimator_are_let_go(
    one: int | None, other: int | None, protocol: int, names: list[str]
) -> None:
    """However long the pickle is: its frames end elsewhere if a number takes more bytes."""
    made = [
        pickle.dumps([names, estimator(jobs, names=names), estimator(jobs)], protocol)
        for jobs in (one, other)
    ]
    assert same(*made)


@given(st.lists(st.text(min_size=200, max_size=300), min_size=1, max_size=3))
def test_frames_are_let_go(names: list[str]) -> None:
    long = [name * 200 for name in names]
    framed = pickle.dumps([estimator(1), *long, "z"], 4)
    unframed = form(framed)
    plain = b"".join(_without_frames(framed))
    assert form(plain).digest == unframed.digest


def _without_frames(data: bytes) -> Iterator[bytes]:
    ops = [(op.name, at) for op, _, at in pickletools.genops(data)]
    ends = [*(at for _, at in ops[1:]), len(data)]
    for (name, at), end in zip(ops, ends, strict=True):
        if name != "FRAME":
            yield data[at:end]


def digest(value: object) -> bytes:
    return form(pickle.dumps(value)).digest


def test_every_other_attribute_of_an_estimator_counts() -> None:
    assert digest(estimator(1)) != digest(estimator(1, more=1))
    assert digest(estimator(1, more=1)) != digest(estimator(1, more=2))


@pytest.mark.parametrize(
    "make",
    [
        lambda jobs: [estimator(1), "n_jobs", jobs],
        lambda jobs: [estimator(1), {"n_jobs": jobs}],
        lambda jobs: [estimator(1), estimator(jobs, module="elsewhere")],
        lambda jobs: estimator(1, more=("n_jobs", jobs)),
        lambda jobs: estimator(1, more={"n_jobs": jobs}),
        lambda jobs: estimator(f"{jobs}"),
        lambda jobs: estimator([jobs]),
    ],
    ids=["list", "dict", "elsewhere", "tuple", "inner", "text", "nested"],
)
def test_a_number_that_is_no_attribute_of_an_estimator_counts(
    make: Callable[[int], object],
) -> None:
    assert digest(make(2)) != digest(make(3))


SHARED = b"\x80\x04\x8c\x0esklearn.forest\x8c\x09Estimator\x93)\x81}\x94(\x8c\x06n_jobsK%bub%b."


@pytest.mark.parametrize("tail", [b"h\x00\x86", b"0h\x00", b"\x85h\x00\x86"])
def test_attributes_that_stand_elsewhere_too_count(tail: bytes) -> None:
    one, other = (form(SHARED % (jobs, tail)).digest for jobs in (b"\x02", b"\x03"))
    assert one != other
    assert form(SHARED % (b"\x02", b"")).label == "pickle-threads@1"


def test_attributes_that_are_doubled_count() -> None:
    twice = SHARED.replace(b"ub%b", b"u2b%b")
    assert form(twice % (b"\x02", b"0")).digest != form(twice % (b"\x03", b"0")).digest


def test_arrays_between_the_opcodes_are_kept() -> None:
    one, other = joblib_array(bytes(16)), joblib_array(bytes(15) + b"\x01")
    assert form(one).digest != form(other).digest


@pytest.mark.slow
def test_arrays_of_a_forest_are_kept() -> None:
    raw = written("twice/forest-1.joblib")
    for at in range(0, len(raw), 7):
        flipped = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        if form(flipped).digest == form(raw).digest:
            assert raw[at - 8 : at].endswith((b"n_jobsq\x01K", b"K")), at


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x80\x04\x8c\x06n_jobs",
        b"\x80\x04\x8c\x06n_jobsK\x01\x86.behind",
        b"\x80\x04\x95\x03\0\0\0\0\0\0\0\x8c\x06n_jobs.",
        b"\x80\x04\x8c\x06n_jobs\xff.",
        b"\x80\x04\x8c\x06n_jobs\x86.",
    ],
    ids=["cut", "behind", "frame", "opcode", "stack"],
)
def test_a_pickle_that_is_not_plain_counts_as_its_bytes(hostile: bytes) -> None:
    assert form(hostile).label == ""


def test_a_pickle_over_the_limits_counts_as_its_bytes() -> None:
    assert form(pickle.dumps(estimator(1)), opcodes=3).label == ""
