"""Facts that ship with this version: what goes with what, and until when it is looked after."""
