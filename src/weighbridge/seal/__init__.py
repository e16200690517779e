"""Statements about releases, how they are enveloped, and whether a signature on one counts.

Verifies only, by the standard library and `cryptography`; signing is the `Signer` port's.
"""
