"""Asked with a known input, the release does not answer what its manifest says it answers.

## What it checks

`weighbridge try` asks each input of `spec.evaluation.golden` once and holds the answer against
`expected`. Numbers must be within `absolute` or `relative` of theirs, or equal where neither is
given. `rank` demands that so many of the highest scores of each row keep their order, `labelFlips`
that at most such a share of rows has another label; where only these are given, numbers are not
compared. Another shape, a missing output, an error, and a number that is none (`NaN`) always fail.
An input that cannot be read, an `expected` that is not there, and a model that cannot be run here
are inconclusive.

What came of it is evidence (`try --sign`, type `behaviour`), which a policy can ask for.

## Why it matters

A release can have the right bytes and the wrong behaviour: another version of a framework, a
tokenizer that is not the one of the training, inputs in another order. All of that loads without
an error.

## How to fix

Look at what differs first. If the model is right and the expectation old, write the new one; it
is in the sealed manifest, so whoever reviews the release sees the change:

    weighbridge diff NAME@ENV REF

A tolerance is for what differs between machines: a few units in the last place of float32. It is
no place for a model that changed.

## Example

    evaluation:
      golden:
      - input: golden/invoice.json
        expected: {label: invoice}

fails where the model answers `receipt`.

## References

- Breck et al., The ML Test Score, 2017: https://research.google/pubs/pub46555/
- ONNX, test data of model zoo entries: https://github.com/onnx/models
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="REP005", name="golden-output-mismatch", severity=Severity.ERROR, text=__doc__ or ""
)
