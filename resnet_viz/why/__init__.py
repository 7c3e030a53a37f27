"""Why this number?  The formulas of a step, the worked line of each of its numbers, and its words."""
