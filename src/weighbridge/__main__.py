"""Run the command line as `python -m weighbridge`."""

import sys

from weighbridge.cli.main import main

sys.exit(main())
