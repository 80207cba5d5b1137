"""What the tests of the PyTorch adapter share."""

import pytest
import torch


@pytest.fixture
def fresh_dynamo():
    """No compiled code before the test, and none after it."""
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()
