"""Run the command line as `python -m weighbridge`."""

from __future__ import annotations

import sys

if not sys.flags.safe_path:
    # The folder somebody's model lies in is no place to import from; the script never does.
    del sys.path[0]

from weighbridge.cli.main import main

sys.exit(main())
