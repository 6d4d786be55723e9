"""Names for the arrays that cross module borders. Holds no code."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

UInt8Image: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) RGB, 0-255."""
BoolMask: TypeAlias = NDArray[np.bool_]
"""(H, W), true inside."""
Float32Map: TypeAlias = NDArray[np.float32]
"""(H, W), higher is worse, unbounded."""
Float32Array: TypeAlias = NDArray[np.float32]
Int64Array: TypeAlias = NDArray[np.int64]
