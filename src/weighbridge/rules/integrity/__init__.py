"""The integrity pass: the files are the files the manifest speaks of."""
