"""Where live poses come from: one module a kind of source."""
