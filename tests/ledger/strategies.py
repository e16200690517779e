"""Values of the ledger's kinds, made without asking the code under test what is allowed."""

from __future__ import annotations

from hypothesis import strategies as st

from weighbridge.ledger.checkpoint import Checkpoint
from weighbridge.ledger.note import Note, NoteSignature
from weighbridge.ledger.proof import LogProof

hashes = st.binary(min_size=32, max_size=32)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"),
    min_size=1,
)
texts = st.lists(lines | st.just("")).map(lambda found: "".join(f"{x}\n" for x in [*found, ""]))

signatures = st.builds(
    NoteSignature,
    name=names,
    key_id=st.binary(min_size=4, max_size=4),
    signature=st.binary(min_size=1),
)
notes = st.builds(
    Note,
    text=texts.map(str.encode),
    signatures=st.lists(
        signatures, min_size=1, max_size=64, unique_by=lambda s: (s.name, s.key_id)
    ).map(tuple),
)
checkpoints = st.builds(Checkpoint, origin=lines, size=st.integers(0, 2**63 - 1), root=hashes)
proofs = st.builds(
    LogProof,
    index=st.integers(0, 2**63 - 2),
    path=st.lists(hashes, max_size=63).map(tuple),
    checkpoint=st.binary(),
    extra=st.binary(),
)
