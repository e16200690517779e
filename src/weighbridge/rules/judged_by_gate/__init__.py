"""Rules the gate judges: they need evidence, approvals or history, which no check has.

Here is what they mean, for `explain` and the pages; `weighbridge.gate` judges them.
"""
