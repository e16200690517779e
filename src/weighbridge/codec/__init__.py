"""Bytes to model and back: documents with places, canonical bytes, digests, edits, locks."""
