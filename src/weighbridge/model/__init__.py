"""What things are: the vocabulary every other package speaks.

Facts, findings and reports are dataclasses; the authored kinds (`release`) are pydantic models.
Nothing here reads, writes, prints or asks the time.
"""
