"""What each activation can keep for the backward pass: bytes, error of f' and time, in PyTorch."""
