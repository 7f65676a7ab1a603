"""Lights: patch, looks, output stage, and the drivers of the protocols."""
