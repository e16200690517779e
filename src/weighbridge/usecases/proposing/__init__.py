"""What `init` proposes: one room a source, each of which reads its own files and nothing else.

A source takes a `Folder` and returns a `Partial`: the parts of a manifest it can vouch for.
Nothing is loaded or run, nothing is guessed: what a source does not say stays `TODO`.
"""
