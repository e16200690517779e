"""Judging what a release did when it was tried, against what its papers say it does."""
