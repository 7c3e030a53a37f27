"""What is in this ONNX file?  Read as data, by shape inference alone, to the same Trace as the forecast's.

:mod:`.reading` is the door, and keeps all work on the file in a process of its own: there :mod:`.slimming` takes the
weights off, :mod:`.opening` makes one flat graph, :mod:`.inferring` finds every shape and small constant,
:mod:`.patterns` puts together what exporters take apart, :mod:`.naming` finds the modules, :mod:`.building` the steps.
"""

from .examples import EXAMPLES as EXAMPLES
from .reading import read_onnx as read_onnx
