"""Bytes by digest: in a folder or an object store, as they are or encrypted.

A `Keyed` store keeps bytes by name and knows of no digests (`folder`, `objects`); `store.Blobs`
makes a `BlobStore` of one: it alone compares digests, and it alone encrypts.
"""
