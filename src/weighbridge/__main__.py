"""Run the command line as `python -m weighbridge`."""

from __future__ import annotations

import sys

from weighbridge.cli.main import main

sys.exit(main())
