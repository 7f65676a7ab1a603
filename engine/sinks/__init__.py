"""Where frames go: one module a kind of sink."""
