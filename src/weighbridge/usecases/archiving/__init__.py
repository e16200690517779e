"""Moving the files of releases out of the active store and back, holding and erasing them.

A release is its papers (manifest, listings, locks: they never leave) and its payload (all other
files). What is done with a payload is an entry of the ledger; where it is, is folded from those.
"""
