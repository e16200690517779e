"""The ledger's arithmetic: a Merkle tree, signed checkpoints, proofs anyone can check offline."""
