"""Drilling a gate: known attacks and faults, planted one at a time in a scratch twin."""
