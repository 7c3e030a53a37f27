"""What is a step, and how do steps make a network?  Plain frozen records of what a network does to a tensor's shape.

Both engines, the formulas and the forward hooks, give them; no torch.
"""

from ..spec.sizes import DTYPE_BYTES as DTYPE_BYTES
from ..spec.sizes import MAX_BATCH as MAX_BATCH
from ..spec.sizes import MAX_SIDE as MAX_SIDE
from ..spec.sizes import Pair as Pair
from ..spec.sizes import Shape as Shape
from ..spec.sizes import by_x as by_x
from ..spec.sizes import check_input as check_input
from ..spec.sizes import parse_size as parse_size
from .broken import Broken as Broken
from .broken import Cut as Cut
from .broken import HasBroken as HasBroken
from .ops import Activation as Activation
from .ops import Add as Add
from .ops import Attention as Attention
from .ops import AvgPool as AvgPool
from .ops import BlurPool as BlurPool
from .ops import ChannelConv as ChannelConv
from .ops import Concat as Concat
from .ops import Conv as Conv
from .ops import ConvTranspose as ConvTranspose
from .ops import Flatten as Flatten
from .ops import Identity as Identity
from .ops import Input as Input
from .ops import Linear as Linear
from .ops import MatMul as MatMul
from .ops import MaxPool as MaxPool
from .ops import Mean as Mean
from .ops import Multiply as Multiply
from .ops import Norm as Norm
from .ops import Op as Op
from .ops import Other as Other
from .ops import Pad as Pad
from .ops import Pointwise as Pointwise
from .ops import Rearrange as Rearrange
from .ops import Recurrent as Recurrent
from .ops import Resize as Resize
from .ops import Scale as Scale
from .ops import Sliding as Sliding
from .ops import is_conv as is_conv
from .parts import Join as Join
from .parts import JoinKind as JoinKind
from .parts import Part as Part
from .step import Path as Path
from .step import Step as Step
from .step import known as known
from .table import COLUMNS as COLUMNS
from .trace import Engine as Engine
from .trace import Totals as Totals
from .trace import Trace as Trace
from .trace import Unowned as Unowned
