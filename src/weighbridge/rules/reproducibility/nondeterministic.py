"""What the build makes depends on something it should not depend on.

## What it checks

What `weighbridge replay --perturb` says of a release, where a policy asks for replays: that nothing
was guilty of a difference, and nothing is undecided. Changed are hash seed, threads, BLAS kernel,
order of files, clock, locale, time zone, umask, path, user and host name; a build that comes out
different with nothing changed is `unseeded`.

A canary says from inside the sandbox whether a change arrived there. Of one that did not, nobody
knows: the finding is inconclusive. What the record itself fixes (`PYTHONHASHSEED`,
`OMP_NUM_THREADS`, `OPENBLAS_CORETYPE`) is part of how the build is made, and not changed.

## Why it matters

Training that hangs on the order of files or on the number of processors gives another model on the
next machine, and nobody can say why. What was tested is then not what a rebuild gives.

## How to fix

Seed every random number generator, sort what comes out of sets and listings, write no time, path or
user into outputs. What decides how numbers are summed can be fixed in the environment of the build:

    export PYTHONHASHSEED=0 OMP_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell
    weighbridge build --output FILE -- COMMAND

## Example

`hash-seed: vocabulary.json`: words got their numbers in the order of a set.

## References

- PyTorch, reproducibility: https://docs.pytorch.org/docs/stable/notes/randomness.html
- Python, PYTHONHASHSEED: https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED
- Reproducible Builds, variations: https://reproducible-builds.org/docs/env-variations/
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="REP003", name="nondeterministic", severity=Severity.ERROR, text=__doc__ or ""
)
