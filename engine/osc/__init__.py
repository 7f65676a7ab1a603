"""Frames as OSC: one module a format, and which one a URL asks for."""
