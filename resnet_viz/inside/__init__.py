"""What is in it?  Real tensors of one image on their way, one number taken apart, and what a residual carries.

images, networks, weights (what is looked at) → run (a pass that shows its tensors, as little of one as is needed) →
apart (one number as the sum that it is), cutting (without this part), cam (where the class is seen) → activations (what
``look`` returns).
"""
