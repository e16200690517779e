"""The chronicle: what the ledger says of all releases and places, folded as its entries come.

Whoever looks over a whole registry asks it rather than the ledger. It is what entries record, and
no judgement: what the gate says now of a release is asked of the gate.
"""
