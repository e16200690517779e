"""Comparing two files by what they hold: bytes, normal forms, tensors, numbers."""
