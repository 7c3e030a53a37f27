"""The command line: translates between the terminal and the public names. Data on stdout, talk on stderr.

Exit code 0, 2 for bad input (one line on stderr), 1 for a bug, 130 when stopped by Ctrl-C.
"""

from .running import main

__all__ = ["main"]
