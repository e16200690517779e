from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import signing, strategies
from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.merkle import EMPTY_ROOT, MerkleTree, leaf_hash
from weighbridge.ledger.note import NoteError, read_note
from weighbridge.ledger.witnessing import (
    RefusedError,
    Status,
    WitnessRequest,
    read_request,
    weigh,
    write_request,
)

# The example of https://c2sp.org/tlog-witness.
EXAMPLE = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1\
gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267\
UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()
OTHER = MerkleTree(leaf_hash(b"other %d" % number) for number in range(7))


def state(size: int, tree: MerkleTree = signing.TREE) -> Checkpoint:
    return Checkpoint(origin=signing.ORIGIN, size=size, root=tree.root(size))


def asked(
    old: int, size: int, *, tree: MerkleTree = signing.TREE, path: tuple[bytes, ...] | None = None
) -> WitnessRequest:
    proof = tuple(tree.consistency(old, size)) if path is None and 0 < old <= size else path or ()
    note = signing.signed(state(size, tree).text())
    return WitnessRequest(old=old, path=proof, checkpoint=note)


def refusal(request: WitnessRequest, last: Checkpoint | None) -> tuple[int, int | None]:
    with pytest.raises(RefusedError) as caught:
        weigh(request, keys=[signing.verifier_key()], last=last, verify=signing.verify)
    return caught.value.status, caught.value.size


def test_the_example_of_c2sp_is_read_and_written_back() -> None:
    request = read_request(EXAMPLE)
    assert (request.old, len(request.path)) == (20852014, 4)
    assert len(read_note(request.checkpoint).signatures) == 2
    assert write_request(request) == EXAMPLE


@given(
    st.builds(
        WitnessRequest,
        old=st.integers(0, 2**63 - 1),
        path=st.lists(strategies.hashes, max_size=63).map(tuple),
        checkpoint=st.binary(),
    )
)
def test_a_request_written_is_read_back(request: WitnessRequest) -> None:
    assert read_request(write_request(request)) == request


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"old 1",
        b"old 1\n",
        b"old 1\nx\n",
        b"old 01\n\n",
        b"old -1\n\n",
        b"old 9223372036854775808\n\n",
        b"old  1\n\n",
        b"old 1\r\n\r\n",
        b"\nold 1\n\n",
        b"new 1\n\n",
        b"old 1\nAA==\n\n",
        b"old 1\n" + b"A" * 43 + b"\n\n",
        b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n",
        b"\xff\n\n",
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(NoteError):
        read_request(data)


@pytest.mark.parametrize("size", range(8))
def test_every_growth_is_cosigned(size: int) -> None:
    keys = [signing.verifier_key(2), signing.verifier_key(2, "other"), signing.verifier_key()]
    for old in range(size + 1):
        last = state(old) if old else None
        _, new = weigh(asked(old, size), keys=keys, last=last, verify=signing.verify)
        assert new == state(size)
        if not old:
            weigh(asked(0, size), keys=keys, last=state(0), verify=signing.verify)


def test_nothing_smaller_or_forked_is_cosigned() -> None:
    for old in range(1, 8):
        last = state(old)
        for size in range(8):
            said = refusal(asked(old, size, tree=OTHER), last)
            if size < old:
                assert said == (Status.MALFORMED, None)
                assert refusal(asked(size, size), last) == (Status.OTHER_SIZE, old)
                assert refusal(asked(0, size), last) == (Status.OTHER_SIZE, old)
            elif size == old:
                assert said == (Status.OTHER_SIZE, old)
            else:
                assert said == (Status.NOT_CONSISTENT, None)


def test_a_proof_is_exact() -> None:
    last, right = state(3), asked(3, 7)
    wrong = [right.path[:-1], (*right.path, bytes(32)), right.path[::-1], ()]
    for path in wrong:
        request = dataclasses.replace(right, path=path)
        assert refusal(request, last) == (Status.NOT_CONSISTENT, None)
    spare = (bytes(32),)
    assert refusal(asked(0, 7, path=spare), None) == (Status.NOT_CONSISTENT, None)
    assert refusal(asked(7, 7, path=spare), state(7)) == (Status.NOT_CONSISTENT, None)


def test_an_empty_log_has_one_root() -> None:
    wrong = Checkpoint(origin=signing.ORIGIN, size=0, root=bytes(32))
    request = WitnessRequest(old=0, path=(), checkpoint=signing.signed(wrong.text()))
    assert refusal(request, None) == (Status.NOT_CONSISTENT, None)
    assert state(0).root == EMPTY_ROOT


def test_only_the_log_that_is_known_is_cosigned() -> None:
    stranger = Checkpoint(origin="stranger", size=1, root=bytes(32)).text()
    line = signing.signature(stranger, 1, "stranger")
    text = state(7).text()
    spoiled = signing.signed(text).replace(b"\n7\n", b"\n8\n")
    foreign = signing.signed(text, signing.signature(text, 2, "w")).replace(
        signing.signed(text).removeprefix(text + b"\n"), b""
    )
    for checkpoint, status in (
        (signing.signed(stranger, line), Status.UNKNOWN_LOG),
        (spoiled, Status.NOT_SIGNED),
        (foreign, Status.NOT_SIGNED),
        (b"", Status.MALFORMED),
        (signing.signed(b"no checkpoint\n"), Status.MALFORMED),
        (signing.signed(text + b"extension\n"), Status.MALFORMED),
    ):
        request = WitnessRequest(old=0, path=(), checkpoint=checkpoint)
        assert refusal(request, None) == (status, None)
