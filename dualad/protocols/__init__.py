"""How numbers live in ordinary code: operators, and NumPy's and PyTorch's own functions."""
