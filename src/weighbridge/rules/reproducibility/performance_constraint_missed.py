"""Under the load it is declared for, the release is slower or larger than its manifest promises.

## What it checks

`weighbridge try` measures each entry of `spec.evaluation.performance` under its `load`, in blocks
of requests: a latency at its percentile, a throughput, the most memory its processes held, the
time from a cold start to the first answer. With `--baseline` another release is measured between
the blocks, and `regression` bounds by how much each block may be worse than its neighbour.

Noise makes a model slower, never faster. So what was kept is kept. It is missed if every block
missed it, and the baseline, if there is one, did not miss it in all of its own. Anything between
is inconclusive, and so are too few requests for the percentile (299 for 99 %), another machine
than `hardware` names, and a load that nothing here can make.

## Why it matters

A model that is twice as slow passes every test of its answers, and takes down what calls it.

## How to fix

See what is slow with the same input on one machine: threads, batch size, the execution provider.
If it is meant, raise the promise; that is a change of the manifest, which has to be reviewed. If
it is inconclusive, give it more time (`--time`), a quieter machine, or a baseline.

## Example

    performance:
    - {percentile: 99, latency: 20ms, regression: 0.1, load: {rate: 50}}

fails if the 99th percentile was above 20 ms in every block, or if its blocks were at least 10 %
slower than those of the baseline beside them.

## References

- Wilks, Determination of sample sizes for setting tolerance limits, 1941:
  https://doi.org/10.1214/aoms/1177731788
- MLPerf inference rules, latency-bounded throughput:
  https://github.com/mlcommons/inference_policies
- Tene, coordinated omission: https://github.com/giltene/wrk2
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="REP006",
    name="performance-constraint-missed",
    severity=Severity.ERROR,
    text=__doc__ or "",
)
