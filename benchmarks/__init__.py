"""What is measured, against whom. ``python -m benchmarks`` prints every figure that we quote."""
