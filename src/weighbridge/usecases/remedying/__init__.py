"""Mending locks: the nearest version that does, from the input to the manifest's digest."""
