"""Normal forms of files: what two builds of the same thing may differ in without harm.

A stabiliser feeds what matters of a file to one digest and what it lets differ to another. It
changes no file and executes nothing; what it does not fully understand it refuses, and then the
bytes count as they are.
"""
