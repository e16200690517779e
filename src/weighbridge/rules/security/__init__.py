"""The security pass: nothing in the release does more than it should."""
