"""The word for what an author has yet to say: whoever asks for it needs none of the models."""

from __future__ import annotations

TODO = "TODO"
"""Stands in any scalar of an authored manifest for what its author has yet to say (CFG009)."""
