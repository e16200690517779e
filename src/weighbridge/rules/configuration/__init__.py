"""The configuration pass: every knob is set, bounded and explained."""
