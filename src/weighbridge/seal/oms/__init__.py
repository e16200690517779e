"""OpenSSF Model Signing (OMS) v1.0: signatures over a folder of files that anybody can verify.

Bundles of the reference implementation since v0.2 are read; only those of v1.0 are written.
Keyless (`sigstore`) bundles are refused: what they prove stands in logs on the network.
"""
