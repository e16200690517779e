"""Rules: pure functions from facts to findings, one rule a file, a folder a pass.

Nothing here reads a file, runs a command or asks the time; what the probes did not observe is
inconclusive, never passed.
"""
