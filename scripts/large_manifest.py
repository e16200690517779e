"""Write a manifest of thousands of lines, with faults sprinkled over it whose places are known."""

from __future__ import annotations

from scripts.hostile_manifests import MANIFEST

ARTIFACT = """\
    - name: part-{number}
      role: weights
      path: weights/part-{number}.safetensors
      format: safetensors
      size: {number}
      digest: "sha256:{number:064x}"
"""
PARAMETER = """\
    knob_{number}:
      kind: inference
      type: integer
      value: {number}
      default: 1
      minimum: 0
      maximum: 1000000
      description: What knob number {number} is for, in a sentence.
      effects:
        latency: {{direction: up, note: "grows with it"}}
        throughput: {{direction: down}}
      adjustWhen: "requests wait and memory is left"
"""
MISTAKES = (
    ("      format: safetensors\n", "      fromat: safetensors\n", "fromat"),
    ("      role: weights\n", "      role: weigths\n", "weigths"),
    ('      digest: "sha256:', '      digest: "sha255:', '"sha255:'),
    ("      minimum: 0\n", "      minimun: 0\n", "minimun"),
    ("      default: 1\n", '      default: "one"\n', '"one"'),
)
"""What stands in a text, what takes its place, and what the fault points at."""


def large_manifest(lines: int = 5_000, mistakes: int = 0) -> tuple[str, list[tuple[int, int]]]:
    """Write a manifest.

    Args:
        lines: Lines it has at least.
        mistakes: How many mistakes it has, spread over it.

    Returns:
        The text, and line and column of each mistake in order.
    """
    artifacts = lines // 2 // ARTIFACT.count("\n")
    parameters = lines // 2 // PARAMETER.count("\n") + 1
    blocks = [ARTIFACT.format(number=number) for number in range(1, artifacts + 1)]
    blocks += ["  parameters:\n"]
    blocks += [PARAMETER.format(number=number) for number in range(1, parameters + 1)]
    for turn in range(mistakes):
        block = turn * len(blocks) // mistakes
        before, after, _ = next(
            mistake
            for shift in range(len(MISTAKES))
            if (mistake := MISTAKES[(turn + shift) % len(MISTAKES)])[0] in blocks[block]
        )
        blocks[block] = blocks[block].replace(before, after)
    text = MANIFEST.partition("  parameters:\n")[0] + "".join(blocks)
    return text, _places(text)


def _places(text: str) -> list[tuple[int, int]]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        found += [(number, line.index(at) + 1) for _, _, at in MISTAKES if at in line]
    return found
