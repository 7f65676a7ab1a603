"""Audio: devices, linear timecode, and the soundtrack."""
