from __future__ import annotations

import pytest

from weighbridge.formats.python_modules import note_imports


@pytest.mark.parametrize(
    ("text", "needed", "optional"),
    [
        ("import numpy", "numpy", None),
        ("import numpy as np, os.path", "numpy os", None),
        ("from a.b import c\nfrom . import d\nfrom .e import f", "a", None),
        ("def f():\n    import torch\n", "torch", None),
        ("class A:\n    async def f(self):\n        with x:\n            import b\n", "b", None),
        ("try:\n    import a\nexcept ImportError:\n    import b\n", None, "a b"),
        ("try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    pass\n", None, "a"),
        ("try:\n    import a\nexcept:\n    pass\nelse:\n    import c\n", None, "a c"),
        (
            "try:\n    import a\nexcept ValueError:\n    import b\nfinally:\n    import c",
            "a b c",
            None,
        ),
        ("try:\n    import a\nexcept builtins.ImportError:\n    a = None\nimport a", "a", None),
        ("import sys\nif sys.version_info < (3, 11):\n    import tomli\n", "sys", "tomli"),
        ("if sys.platform == 'x':\n    import a\nelse:\n    import b", None, "a b"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n", "typing", None),
        (
            "import typing\nif typing.TYPE_CHECKING:\n    import a\nelse:\n    import b",
            "b typing",
            None,
        ),
        ("if x:\n    import a", "a", None),
        ("match x:\n    case 1:\n        import a", "a", None),
        ('"""\nimport a\n"""\n', None, None),
        ("x = 1", None, None),
        ("# import a", None, None),
        ("import a\nprint 'x'", "?", None),
        ("Import duties rose.\nimport duty\nare you sure?", "?", None),
        ("import " + "\nimport ".join(f"m{number}" for number in range(600)), "?", None),
        ("import a\n" + "(" * 100_000, "?", None),
    ],
)
def test_imports_of_a_text(text: str, needed: str | None, optional: str | None) -> None:
    wanted = {"imports": needed, "optional-imports": optional}
    assert dict(note_imports(text)) == {key: value for key, value in wanted.items() if value}
