"""What is a step, and how do steps make a network?  Plain frozen records of what a network does to a shape; no torch."""

from .trace import (
    COLUMNS as COLUMNS,
)
from .trace import (
    DTYPE_BYTES as DTYPE_BYTES,
)
from .trace import (
    MAX_BATCH as MAX_BATCH,
)
from .trace import (
    MAX_SIDE as MAX_SIDE,
)
from .trace import (
    Activation as Activation,
)
from .trace import (
    Add as Add,
)
from .trace import (
    Attention as Attention,
)
from .trace import (
    AvgPool as AvgPool,
)
from .trace import (
    BlurPool as BlurPool,
)
from .trace import (
    ChannelConv as ChannelConv,
)
from .trace import (
    Concat as Concat,
)
from .trace import (
    Conv as Conv,
)
from .trace import (
    ConvTranspose as ConvTranspose,
)
from .trace import (
    Engine as Engine,
)
from .trace import (
    Flatten as Flatten,
)
from .trace import (
    Identity as Identity,
)
from .trace import (
    Input as Input,
)
from .trace import (
    Join as Join,
)
from .trace import (
    JoinKind as JoinKind,
)
from .trace import (
    Linear as Linear,
)
from .trace import (
    MatMul as MatMul,
)
from .trace import (
    MaxPool as MaxPool,
)
from .trace import (
    Mean as Mean,
)
from .trace import (
    Multiply as Multiply,
)
from .trace import (
    Norm as Norm,
)
from .trace import (
    Op as Op,
)
from .trace import (
    Other as Other,
)
from .trace import (
    Pad as Pad,
)
from .trace import (
    Pair as Pair,
)
from .trace import (
    Part as Part,
)
from .trace import (
    Path as Path,
)
from .trace import (
    Pointwise as Pointwise,
)
from .trace import (
    Rearrange as Rearrange,
)
from .trace import (
    Recurrent as Recurrent,
)
from .trace import (
    Resize as Resize,
)
from .trace import (
    Scale as Scale,
)
from .trace import (
    Shape as Shape,
)
from .trace import (
    Sliding as Sliding,
)
from .trace import (
    Step as Step,
)
from .trace import (
    Totals as Totals,
)
from .trace import (
    Trace as Trace,
)
from .trace import (
    Unowned as Unowned,
)
from .trace import (
    by_x as by_x,
)
from .trace import (
    check_input as check_input,
)
from .trace import (
    is_conv as is_conv,
)
from .trace import (
    known as known,
)
from .trace import (
    parse_size as parse_size,
)
