"""Why this number?  The only place for formulas, each with its worked line, and for the words that go with a step.

The forecast computes with these, the hooks' record is costed with these, the texts quote them.
"""
