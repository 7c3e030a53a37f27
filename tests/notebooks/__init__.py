"""The widget in the notebooks that it is made for, which are too large for every run."""
