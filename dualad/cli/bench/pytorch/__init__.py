"""``python -m dualad bench torch``: activations in PyTorch."""
