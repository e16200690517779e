from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import signing
from tests.ledger.test_cosignature import PUBLIC_WITNESSES, witness_key
from weighbridge.ledger.cosignature import write_witness_key
from weighbridge.ledger.note import NoteError, write_verifier_key
from weighbridge.ledger.quorum import LARGEST, read_policy

LOG = write_verifier_key(signing.verifier_key())
NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
KEYS = {name: witness_key(seed, f"{name}.example") for seed, name in enumerate(NAMES, 20)}
RAW = {name: key.public_key for name, key in KEYS.items()}
ONE = f"witness A {write_witness_key(KEYS['X1'])}\n"
TWO = ONE + f"witness B {write_witness_key(KEYS['X2'])}\n"


def witnesses(*names: str) -> str:
    return "".join(f"witness {name} {write_witness_key(KEYS[name])}\n" for name in names)


# The example of https://c2sp.org/tlog-policy, with keys.
EXAMPLE = f"""\
log {LOG}

{witnesses("X1", "X2", "X3")}\
group X-witnesses 2 X1 X2 X3

{witnesses("Y1", "Y2", "Y3")}\
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_the_example_of_c2sp_takes_two_of_one_kind_and_one_of_the_other() -> None:
    policy = read_policy(EXAMPLE.encode())
    assert [key.name for key in policy.logs] == [signing.ORIGIN]
    for count in range(7):
        for names in combinations(NAMES, count):
            wanted = sum(name[0] == "X" for name in names) >= 2 and any(n[0] == "Y" for n in names)
            assert policy.met({RAW[name] for name in names}) == wanted
    assert policy.missing({RAW["X2"], b"other"}) == ["X1", "X3", "Y1", "Y2", "Y3"]
    assert policy.rule() == "2 of (2 of (X1, X2, X3), 1 of (Y1, Y2, Y3))"


def test_a_quorum_of_nobody_is_always_met() -> None:
    policy = read_policy(b"quorum none\n")
    assert (policy.met(()), policy.missing(()), policy.rule()) == (True, [], "nobody")
    assert policy.logs == ()


def test_a_quorum_may_be_one_witness() -> None:
    policy = read_policy(f"{TWO}quorum B\n".encode())
    assert policy.met({RAW["X2"]})
    assert not policy.met({RAW["X1"]})
    assert policy.missing({RAW["X1"]}) == ["B"]


def test_blanks_comments_and_addresses_are_understood() -> None:
    log = f"\n \t# said\n\tlog \t{LOG} https://log.example/\n"
    text = f"{log}{TWO[:-1]} https://b.example/w \nquorum\tA\n\n"
    policy = read_policy(text.encode())
    assert {name: one.url for name, one in policy.witnesses.items()} == {
        "A": "",
        "B": "https://b.example/w",
    }


def test_names_are_bytes() -> None:
    text = ONE.encode().replace(b"witness A", b"witness \xff")
    assert read_policy(text + b"quorum \xff\n").missing(()) == ["\\xff"]
    kelvin = ONE.replace("witness A", "witness \u212a").encode()
    with pytest.raises(NoteError, match="line 2: no line before this one defines 'K'"):
        read_policy(kelvin + b"quorum K\n")
    # A blank of Unicode is no blank here, and part of a name.
    wide = ONE.replace("witness A", "witness A\u2003B").encode()
    assert read_policy(wide + "quorum A\u2003B\n".encode()).missing(()) == ["A\u2003B"]


def test_public_witnesses_are_read() -> None:
    lines = "".join(f"witness w{n} {key}\n" for n, key in enumerate(PUBLIC_WITNESSES))
    policy = read_policy(f"{lines}group g 3 w0 w1 w2 w3\nquorum g\n".encode())
    keys = [one.key.public_key for one in policy.witnesses.values()]
    assert (policy.met(keys[1:]), policy.met(keys[2:])) == (True, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no line `quorum`"),
        (TWO, "has no line `quorum`"),
        ("quorum none", "last line does not end"),
        ("quorum none\r\n", "control character"),
        ("quorum none\n\x7f\n", "control character"),
        ("quorum none\nquorum none\n", "line 2: the policy has a second"),
        ("quorum A\n" + ONE, "line 1: no line before this one defines 'A'"),
        ("quorum\n", "line 1: this is no line of a policy"),
        ("quorum none x\n", "no line of a policy"),
        ("Quorum none\n", "no line of a policy"),
        (f"log\u00a0{LOG}\nquorum none\n", "no line of a policy"),
        (f"log {LOG} a b\nquorum none\n", "no line of a policy"),
        (f"log {LOG}\nlog {LOG}\nquorum none\n", "line 2: the key of the log .* stands twice"),
        (f"log {write_witness_key(KEYS['X1'])}\nquorum none\n", "not of type Ed25519"),
        (f"witness A {LOG}\nquorum A\n", "not of type 0x04"),
        (ONE.replace("X1.", "X2."), "another id"),
        (ONE.replace("witness A", "witness none"), "the name 'none' is taken"),
        (ONE + witnesses("X2").replace("X2 ", "A ", 1), "line 2: the name 'A' is taken"),
        (ONE + ONE.replace("witness A", "witness B"), "line 2: B has the same key as A"),
        (f"{TWO}group A any B\nquorum A\n", "the name 'A' is taken"),
        (f"{TWO}group none any B\nquorum none\n", "the name 'none' is taken"),
        (f"{TWO}group g any\nquorum g\n", "no line of a policy"),
        (f"{TWO}group g any g\nquorum g\n", "defines 'g'"),
        (f"{TWO}group g any none\nquorum g\n", "defines 'none'"),
        (f"{TWO}group g all A A\nquorum g\n", "A is in a group already"),
        (f"{TWO}group g any A\ngroup h any A\nquorum h\n", "A is in a group already"),
        (f"{TWO}group g 0 A B\nquorum g\n", "'0' is not `any`, `all` or 1 to 2"),
        (f"{TWO}group g 3 A B\nquorum g\n", "'3' is not"),
        (f"{TWO}group g 01 A B\nquorum g\n", "'01' is not"),
        (f"{TWO}group g -1 A B\nquorum g\n", "'-1' is not"),
        (f"{TWO}group g \u0661 A B\nquorum g\n", "is not `any`"),
        (f"{TWO}group g ALL A B\nquorum g\n", "'ALL' is not"),
        ("#" * LARGEST + "\nquorum none\n", "larger than"),
    ],
)
def test_what_could_be_misread_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read_policy(text.encode())


def test_one_key_under_two_names_is_refused() -> None:
    again = write_witness_key(witness_key(20, "another.example"))
    with pytest.raises(NoteError, match="B has the same key as A"):
        read_policy(f"{ONE}witness B {again}\ngroup g 2 A B\nquorum g\n".encode())


def test_a_log_is_no_witness_of_its_own() -> None:
    own = write_witness_key(witness_key(1, "own"))
    with pytest.raises(NoteError, match="A has the key of a log"):
        read_policy(f"witness A {own}\nlog {LOG}\nquorum A\n".encode())


def test_groups_may_be_many_and_deep() -> None:
    deep = "".join(f"group g{n} any g{n - 1}\n" for n in range(1, 300))
    policy = read_policy(f"{ONE}group g0 any A\n{deep}quorum g299\n".encode())
    assert policy.met({RAW["X1"]})
    assert (policy.met(()), policy.missing(())) == (False, ["A"])


@given(st.text(st.sampled_from("AB \t#\nquormnewitsg12al")).map(str.encode) | st.binary())
def test_whatever_is_read_says_who_is_missing(data: bytes) -> None:
    try:
        policy = read_policy(data)
    except NoteError:
        return
    assert policy.met(()) == (policy.quorum == "none")
