"""The compatibility pass: the release can run where it is meant to run."""
