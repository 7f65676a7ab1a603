"""The real-time core: NumPy and ONNX Runtime only."""
