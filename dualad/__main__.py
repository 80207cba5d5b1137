"""``python -m dualad``: see `dualad.cli`."""

import sys

from .cli import main

sys.exit(main())
