"""Write the schemas that policies are compiled against, as the classes say them.

They are kept as files so that a gate need not make them, and compiles the same whatever version of
pydantic is installed; the tests compare.
"""

from __future__ import annotations

import json
from pathlib import Path

from weighbridge.codec.schemas import release_schema, schema_of
from weighbridge.model.environment import Environment
from weighbridge.usecases.programs import ENVIRONMENT_SCHEMA, RELEASE_SCHEMA, SCHEMAS


def stale() -> dict[str, str]:
    """Return what each file should say that says something else, by its name."""
    schemas = {RELEASE_SCHEMA: release_schema(), ENVIRONMENT_SCHEMA: schema_of(Environment)}
    texts = {name: json.dumps(schema, indent=1) + "\n" for name, schema in schemas.items()}
    return {
        name: text
        for name, text in texts.items()
        if not (SCHEMAS / name).is_file() or (SCHEMAS / name).read_text(encoding="utf-8") != text
    }


def main() -> None:
    """Write what is stale."""
    for name, text in stale().items():
        Path(str(SCHEMAS / name)).write_text(text, encoding="utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
