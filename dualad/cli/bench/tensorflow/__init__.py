"""``python -m dualad bench tensorflow``: activations in TensorFlow and Keras."""
