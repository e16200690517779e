"""Probes observe the world and return facts; they never run or import what they observe."""
