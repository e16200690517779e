"""The governance pass: somebody answers for the release."""
