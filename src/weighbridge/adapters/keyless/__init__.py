"""Signatures without a lasting key, by Sigstore's own client: `weighbridge[sigstore]`.

It is imported when such a signature is met or made, and not before.
"""
