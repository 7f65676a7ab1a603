"""How good a dance is: measures of motion, each with its definition, unit and source.

All figures are taken at one frame rate, the model's. What they mean for a reader stands in
docs/motion-metrics.md.
"""
