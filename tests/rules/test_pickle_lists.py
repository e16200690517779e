from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.samples import SYSTEM, read, torch_zip
from weighbridge.model.structure import GlobalUse
from weighbridge.rules.security.pickle_globals import Trust, trust, weigh
from weighbridge.rules.security.pickle_lists import SHIPPED, read_lists

if TYPE_CHECKING:
    from weighbridge.model.structure import GlobalAct

ENCODE = b"c_codecs\nencode\n"
ORDERED = b"ccollections\nOrderedDict\n"


def weighed(opcodes: bytes) -> list[tuple[str, Trust, str]]:
    """Weigh every global of a pickle of protocol 4."""
    found = read(b"\x80\x04" + opcodes + b".")
    assert found.status == "complete"
    opinions = [(f"{use.module}.{use.name}", weigh(use)) for use in found.globals]
    return [(name, opinion.trust, opinion.why) for name, opinion in opinions]


def texts(*values: str) -> bytes:
    """Push texts."""
    return b"".join(b"\x8c" + bytes([len(value)]) + value.encode() for value in values)


# Arguments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opcodes",
    [
        ENCODE + texts("abc", "latin1") + b"\x86R",
        ENCODE + texts("abc", "iso8859-1") + b"\x86R",
        ENCODE + b"X\x88\x13\0\0" + b"a" * 5_000 + texts("latin1") + b"\x86R",
        ENCODE
        + b"0"
        + b"".join(ENCODE + texts(str(n), "latin1") + b"\x86R0" for n in range(20))
        + b"N",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01btR",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR",
        b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85"
        + ENCODE
        + texts("b", "latin1")
        + b"\x86RtR",
        b"cnumpy\ndtype\n(" + texts("f8") + b"\x89\x88tR",
        b"cnumpy\ndtype\n(cnumpy\nfloat64\nK\0K\x01tR",
        b"ccollections\ndefaultdict\ncbuiltins\nlist\n\x85R",
        b"ccollections\ndefaultdict\nN\x85R",
        b"ccollections\ndefaultdict\n)R",
        b"ccopyreg\n_reconstructor\n(cdecimal\nDecimal\ncbuiltins\nobject\nNtR",
        b"cnumpy.random._pickle\n__generator_ctor\n("
        + texts("PCG64")
        + b"cnumpy.random._pickle\n__bit_generator_ctor\ntR",
        b"csklearn.metrics.pairwise\nrbf_kernel\n",
        b"cnumpy\nlog1p\n",
    ],
)
def test_what_frameworks_write_is_allowed(opcodes: bytes) -> None:
    assert {level for _, level, _ in weighed(opcodes)} == {Trust.ALLOWED}


@pytest.mark.parametrize(
    ("opcodes", "name", "why"),
    [
        (ENCODE + texts("cbfvk", "rot13") + b"\x86R", "_codecs.encode", "'rot13'"),
        (ENCODE + texts("abc") + b"\x85R", "_codecs.encode", "argument 2 is nothing"),
        (ENCODE + texts("a", "latin1", "x") + b"\x87R", "_codecs.encode", "argument 3 is 'x'"),
        (ENCODE + texts("a") + ORDERED + b")R\x86R", "_codecs.encode", "OrderedDict(…)"),
        (ENCODE + b"]R", "_codecs.encode", "cannot be followed"),
        (ENCODE + b"(" + b"N" * 20 + b"tR", "_codecs.encode", "cannot be followed"),
        (ENCODE + texts("a", "latin1") + b"\x86}\x92", "_codecs.encode", "have names"),
        (b"cbuiltins\nlist\n" + ENCODE + b"\x85R", "_codecs.encode", "to another call"),
        (b"cbuiltins\nlist\n" + ENCODE + b"\x85\x85\x85\x85R", "_codecs.encode", "another call"),
        (
            b"cbuiltins\nlist\n(" + b"N" * 20 + ENCODE + b"tR",
            "_codecs.encode",
            "to another call",
        ),
        (
            b"cnumpy.core.multiarray\n_reconstruct\n(cbuiltins\nlist\nK\0\x85C\x01btR",
            "numpy.core.multiarray._reconstruct",
            "argument 1 is builtins.list",
        ),
        (
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x09\x85C\x01btR",
            "numpy.core.multiarray._reconstruct",
            "argument 2 is (9,)",
        ),
        (
            b"cnumpy\ndtype\n" + ORDERED + b")R\x85R",
            "numpy.dtype",
            "argument 1 is collections.OrderedDict(…)",
        ),
        (
            b"ccollections\ndefaultdict\n" + ORDERED + b")R\x85R",
            "collections.defaultdict",
            "argument 1",
        ),
        (
            b"cnumpy.random._pickle\n__generator_ctor\n("
            + texts("x")
            + b"ccopyreg\n_reconstructor\ntR",
            "numpy.random._pickle.__generator_ctor",
            "argument 2",
        ),
        (
            b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch\nTensor\nctorch\nTensor\n]NtR",
            "torch._tensor._rebuild_from_type_v2",
            "argument 3 is …",
        ),
        (
            b"ctorch.storage\n_load_from_bytes\nC\x03abc\x85R",
            "torch.storage._load_from_bytes",
            "argument 1 is b'abc'",
        ),
        (
            b"csklearn.metrics.pairwise\nrbf_kernel\n)R",
            "sklearn.metrics.pairwise.rbf_kernel",
            "the pickle calls it",
        ),
        (
            b"cbuiltins\nlist\ncnumpy\nlog1p\n\x85R",
            "numpy.log1p",
            "another call",
        ),
    ],
)
def test_other_arguments_need_a_review(opcodes: bytes, name: str, why: str) -> None:
    found = {full: (level, text) for full, level, text in weighed(opcodes)}
    assert found[name][0] is Trust.NEEDS_REVIEW
    assert why in found[name][1]


# What is done with what is allowed --------------------------------------------------------------


@pytest.mark.parametrize(
    "opcodes",
    [
        ORDERED + b")R}" + texts("_metadata") + b"Nsb",
        ORDERED + b")R}" + texts("key") + b"Nsb",
        ORDERED + b")R(K\x01K\x02u",
        b"csklearn.base\nBaseEstimator\n)\x81}("
        + texts("copy")
        + b"\x88"
        + texts("update")
        + b"Nub",
        b"csklearn.base\nBaseEstimator\n)\x81Nb",
        b"cdecimal\nDecimal\n)\x81}b",
        b"csklearn.base\nBaseEstimator\n)\x81(NNNtb",
        b"cnumpy.random._pickle\n__bit_generator_ctor\n" + texts("PCG64") + b"\x85R}N\x86b",
        b"csklearn.tree._tree\nTree\n)R(" + b"N" * 20 + b"tb",
    ],
)
def test_state_and_items_are_allowed(opcodes: bytes) -> None:
    assert {level for _, level, _ in weighed(opcodes)} == {Trust.ALLOWED}


@pytest.mark.parametrize(
    ("opcodes", "why"),
    [
        (ORDERED + b"}b", "sets attributes of it"),
        (ORDERED + b"N}" + texts("fromkeys") + b"Ns\x86b", "sets attributes of it"),
        (ORDERED + b"K\x01K\x02s", "adds items to it"),
        (ORDERED + b"(K\x01K\x02u", "adds items to it"),
        (ORDERED + b"Na", "adds items to it"),
        (ORDERED + b"(NNe", "adds items to it"),
        (ORDERED + b"(NN\x90", "adds items to it"),
        (ORDERED + b")R)R", "calls what a call of it returned"),
        (ORDERED + b")R)\x81", "calls what a call of it returned"),
        (b"(" + ORDERED + b"o)R", "calls what a call of it returned"),
        (ORDERED + b")RN}" + texts("items") + b"Ns\x86b", "by name"),
        (ORDERED + b")R]b", "cannot be followed"),
        (ORDERED + b")R" + ORDERED + b")Rb", "cannot be followed"),
        (ORDERED + b")R}" + texts("items") + b"Nsb", "its own `items`"),
        (ORDERED + b")R(" + texts("__reduce__") + b"Ndb", "its own `__reduce__`"),
        (ORDERED + b")R}(K\x01Nub", "whose name cannot be told"),
        (b"csklearn.base\nBaseEstimator\n)\x81}" + texts("__getattr__") + b"Nsb", "__getattr__"),
        (b"c__torch__.a\nNet\n)R)R", "calls what a call"),
    ],
)
def test_what_changes_an_allowed_global_needs_a_review(opcodes: bytes, why: str) -> None:
    levels = weighed(opcodes)
    assert any(why in text and level is Trust.NEEDS_REVIEW for _, level, text in levels)


@pytest.mark.parametrize(
    ("use", "why"),
    [
        (("pickle", "loads"), "a program of its own"),
        (("dill._dill", "loads"), "a program of its own"),
        (("skops.io", "load"), "a program of its own"),
        (("functools", "partial"), "binds a call for later"),
        (("collections", "OrderedDict.fromkeys"), "a walk over attributes"),
        (("mylab", "Net"), "on no list"),
        (("os", "system"), "run code"),
        (("", "os.system"), "run code"),
        (("", ""), "computed"),
    ],
)
def test_a_reason_is_given(use: tuple[str, str], why: str) -> None:
    module, name = use
    assert why in weigh(GlobalUse(module=module, name=name, offset=0)).why


def test_a_number_of_the_extension_registry_is_no_name() -> None:
    ((_, level, why),) = weighed(b"\x82\x07")
    assert (level, "extension registry" in why) == (Trust.NEEDS_REVIEW, True)


def test_a_tensor_saved_as_bytes_is_read_as_the_file_it_is() -> None:
    for inner in (torch_zip(), pickle.dumps([1])):
        size = len(inner).to_bytes(4, "little")
        opcodes = b"ctorch.storage\n_load_from_bytes\nB" + size + inner + b"\x85R"
        assert {level for _, level, _ in weighed(opcodes)} == {Trust.ALLOWED}
    hidden = SYSTEM + bytes(5_000)
    size = len(hidden).to_bytes(4, "little")
    data = b"\x80\x04ctorch.storage\n_load_from_bytes\nB" + size + hidden + b"\x85R."
    found = read(data)
    assert "posix.system" in [f"{u.module}.{u.name}" for p in found.walk() for u in p.globals]
    assert trust(found.globals[0]) is Trust.NEEDS_REVIEW


# The lists as data ------------------------------------------------------------------------------


def test_the_lists_are_plain_data_with_a_digest() -> None:
    again = read_lists(json.loads(json.dumps(SHIPPED.data)))
    assert again == SHIPPED
    assert again.digest == SHIPPED.digest
    assert SHIPPED.digest.startswith("sha256:")
    assert SHIPPED.version == "2026-11-28"


def test_a_change_of_the_lists_changes_their_digest_and_what_is_allowed() -> None:
    allowed = {**SHIPPED.allowed, "mylab": {"mylab.models": ["Net"]}}
    lists = replace(SHIPPED, version="2027-01-01", allowed=allowed)
    net = GlobalUse(module="mylab.models", name="Net", offset=0)
    assert trust(net) is Trust.NEEDS_REVIEW
    assert trust(net, lists) is Trust.ALLOWED
    assert lists.digest != SHIPPED.digest


@pytest.mark.parametrize(
    "change",
    [{"version": 1}, {"allowed": {"a": ["b"]}}, {"pairs": "a"}, {"shapes": {"a": [[1]]}}],
)
def test_lists_of_another_form_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="form"):
        read_lists({**SHIPPED.data, **change})
    with pytest.raises(ValueError, match="other parts"):
        read_lists({**SHIPPED.data, "more": change})


def test_every_shape_is_of_an_allowed_name_and_no_name_is_a_pattern() -> None:
    assert set(SHIPPED.shapes) <= SHIPPED.allowed_names
    for name in SHIPPED.allowed_names | SHIPPED.value_names:
        assert all(part.isidentifier() for part in name.split(".")), name
    assert not SHIPPED.allowed_names & (SHIPPED.harmful_names | SHIPPED.deserialiser_names)


@pytest.mark.parametrize("act", ["built", "items", "result-called", "slots", "unseen-state"])
def test_no_listed_name_is_allowed_whatever_is_done_with_it(act: GlobalAct) -> None:
    for full in sorted(SHIPPED.allowed_names - set(SHIPPED.pairs)):
        module, _, name = full.rpartition(".")
        use = GlobalUse(module=module, name=name, offset=0, called=True, acts=(act,))
        assert trust(use) is not Trust.ALLOWED
