"""Servers of registries as their users see them: addresses, and what one is let in with."""
