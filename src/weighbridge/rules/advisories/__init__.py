"""Advisories against locks: whether a version is affected, by which flaw, and what is not."""
