"""Faults of the files, found without any papers: lesson 1."""

from __future__ import annotations

from weighbridge.usecases.demo.course import made
from weighbridge.usecases.demo.course.faults.fault import Fault, Made, listed

LOOK = (
    Fault(
        name="changed-byte",
        lesson=1,
        codes=("INT001", "REP004"),
        told="The last byte of the weights was changed after the manifest was written.",
        edits=(Made("model.safetensors", made.last_byte_changed, "model.safetensors"),),
        after_commit=True,
    ),
    Fault(
        name="calling-pickle",
        lesson=1,
        codes=("SEC001",),
        told="A pickle calls a function when it is loaded.",
        edits=(
            Made("names.pkl", lambda _: made.pickle_that_calls()),
            listed("names", "preprocessing", "names.pkl", "pickle"),
        ),
    ),
    Fault(
        name="pickled-tensors",
        lesson=1,
        codes=("SEC013",),
        told="Tensors lie in a pickle, which a list of numbers could hold.",
        edits=(
            Made("margin.pt", lambda _: made.pickled_tensors()),
            listed("margin", "weights", "margin.pt", "torch-zip"),
        ),
    ),
    Fault(
        name="cut-off-file",
        lesson=1,
        codes=("INT008",),
        told="The weights of last year were not copied to their end.",
        edits=(
            Made("last-year.safetensors", made.cut_off, "model.safetensors"),
            listed("last_year", "weights", "last-year.safetensors", "safetensors"),
        ),
    ),
    Fault(
        name="credential",
        lesson=1,
        codes=("SEC005",),
        told="The settings hold the token of a git server.",
        edits=(
            Made("settings.json", lambda _: made.settings_with_credential()),
            listed("settings", "preprocessing", "settings.json", ""),
        ),
    ),
)
"""Of the lesson that looks at files."""
