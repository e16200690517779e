"""On its data set, a measure of quality is below the floor the manifest sets for it.

## What it checks

`weighbridge try` asks every record of the data set of each entry of `spec.evaluation.metrics` that
has a `floor`, and measures by scikit-learn's names: accuracy, balanced_accuracy, precision, recall,
f1, f1_macro, precision_macro, recall_macro, roc_auc, r2, top_K_accuracy. With `confidence` it is
not the measure that must reach the floor but its lower bound: Wilson's for proportions, a bootstrap
with a fixed seed for anything else. It fails if the upper bound is below the floor; if the floor
lies between both, there are too few records, and that is inconclusive. So is a data set that is not
there, or is not the one `spec.lineage.datasets` pins, and a measure nobody here knows.

A record the model has no answer for counts as wrong.

## Why it matters

0.91 on 50 records says little: the model may as well be at 0.85. A floor without a confidence is
passed by luck as often as by quality.

## How to fix

More records make the bounds narrower: four times as many, half as wide. If the measure is below
the floor, the model is not ready; lowering the floor is a change of the manifest, which has to be
reviewed, and `weighbridge diff` calls it one of high risk.

## Example

    metrics:
    - {name: accuracy, floor: 0.9, confidence: 0.95, dataset: holdout}

fails on 200 records of which 150 are right: between 0.696 and 0.797, each at 95 %.

## References

- Wilson, Probable inference, the law of succession, and statistical inference, 1927:
  https://doi.org/10.1080/01621459.1927.10502953
- Efron, Bootstrap methods: another look at the jackknife, 1979:
  https://doi.org/10.1214/aos/1176344552
- scikit-learn, metrics and scoring: https://scikit-learn.org/stable/modules/model_evaluation.html
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="REP009", name="metric-floor", severity=Severity.ERROR, text=__doc__ or ""
)
