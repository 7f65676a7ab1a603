"""MIDI: ports, what their messages mean, and timecode over them."""
