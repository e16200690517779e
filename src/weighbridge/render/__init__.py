"""Renderers: from a manifest to the files that deliver it on a target. Pure; bytes in order.

The same release, target, version and options give the same bytes, on any machine.
"""
