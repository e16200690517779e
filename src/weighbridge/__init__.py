"""Weigh a machine-learning release against its papers before it may drive on."""

__version__ = "0.1.0"
