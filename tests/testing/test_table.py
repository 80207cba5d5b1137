"""Every row of the table, through the tools that users get: within the ulp that the row states."""

import numpy as np
import pytest

from dualad.rules import ROWS
from dualad.testing.rows import ROWS_WITH_ACCURACY, has_accuracy, measure_row


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("row", ROWS_WITH_ACCURACY, ids=lambda row: row.name)
def test_derivatives_are_within_what_the_row_states(row, dtype):
    exceeding = [a for a in measure_row(row, dtype, (1, 2), dense=12) if a.exceeds]
    assert not exceeding, "\n".join(map(str, exceeding))


def test_only_rows_without_derivatives_are_left_out():
    left_out = {row.name for row in ROWS if not has_accuracy(row)}
    without = {row.name for row in ROWS if row.kind == "predicate" or row.integer}
    # By its first argument zeta has no derivative; next to a number is another number.
    assert left_out - without <= {"zeta", "nextafter"}
