"""Rewriting weights in a format that holds no program."""
