"""The reproducibility pass: the release can be made again."""
