"""The backend that torch.compile is measured and tested with here."""

from __future__ import annotations

import os
import shutil

__all__ = ["COMPILER"]

COMPILER = "inductor" if shutil.which(os.environ.get("CXX", "g++")) else "aot_eager"
"""Where there is no C++ compiler, Dynamo and AOTAutograd still trace; PyTorch's kernels compute."""
