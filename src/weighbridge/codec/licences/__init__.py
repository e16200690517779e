"""Licences: SPDX expressions, what packages say theirs is, and what may be used."""
