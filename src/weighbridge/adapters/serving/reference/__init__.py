"""The parts of the reference inference server; only the standard library, from Python 3.9 on."""
