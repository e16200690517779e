"""Put the script of the pipeline into the GitLab template: who includes that gets no other file."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "ci/gitlab.yml"
SCRIPT = ROOT / "ci/weigh.sh"
_OPENING = "    - |\n"


def joined(template: str, script: str) -> str:
    """Return the template with this script in the place of its own."""
    head = template.partition(_OPENING)[0]
    lines = (f"      {line}".rstrip() for line in script.splitlines())
    return f"{head}{_OPENING}" + "".join(f"{line}\n" for line in lines)


def main() -> None:
    """Write the template anew."""
    text = TEMPLATE.read_text(encoding="utf-8")
    TEMPLATE.write_text(joined(text, SCRIPT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
