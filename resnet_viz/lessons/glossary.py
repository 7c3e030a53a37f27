"""Words of the field, each in a sentence or two; a lesson names those that it brings in."""

from __future__ import annotations

GLOSSARY: dict[str, str] = {
    "activation": "The numbers that a step hands on, as opposed to the weights it works with. Training keeps them for the backward pass.",
    "anti-aliasing": "A pool that smooths a map before cells of it are dropped, so that a small shift of the image changes less. It may round sizes down.",
    "average pool": "A window that hands on the mean of what it covers. It has no weights.",
    "basic block": "Two 3×3 convs with a shortcut around them: the block of the shallower ResNets.",
    "batch norm": "Rescales each channel to mean zero and variance one over the batch, then by two learned numbers. It moves no cell, so shapes stay.",
    "block": "A few convs with one shortcut around them, ended by an addition.",
    "bottleneck": "A block of 1×1, 3×3 and 1×1 conv: narrow in the middle, where the costly conv works, and wide at its ends.",
    "broadcasting": "PyTorch repeats a side of length one to fit another tensor's. Every other unequal side is an error.",
    "channel": "One of the maps that lie one after the other in a tensor: red, green and blue in an image, one per filter after a conv.",
    "convolution": "A small window of weights moved over a map: at each place it multiplies and adds up to one number. Conv for short.",
    "dilation": "Gaps between the cells that a kernel reads. A dilated stage keeps its map's size, and its convs see as far as if it had halved.",
    "expansion": "How many times as many channels a bottleneck hands on as it works with.",
    "filter": "The weights that make one output channel of a conv: kernel height × kernel width × input channels.",
    "floor": "To round down to a whole number, written ⌊ ⌋. So many steps does a window take; with the first place added, a stride of two makes half the side, rounded up.",
    "global average pool": "The mean of each whole map, one number per channel. It takes a map of any size, so the network does.",
    "gradient": "How much the loss would change with a weight. A weight whose gradient is always zero never learns.",
    "identity": "A shortcut that hands on its input as it is, where the shapes are equal already.",
    "kernel": "The window of a conv or pool, named by its height × width.",
    "linear layer": "A weight from each input number to each output number: the last step, from channels to class scores.",
    "MAC": "A multiply-add: one multiplication and the addition of its result. The usual count of a conv's work. It is two FLOPs.",
    "main path": "The way through a block's convs, as opposed to its shortcut.",
    "map": "One channel of a tensor: a grid of height × width numbers. Feature map in full.",
    "option": "One of the paper's three kinds of shortcut: A adds zero channels where shapes change, B has a projection there, C has a projection in every block.",
    "output stride": "How many pixels of the image lie between neighbouring cells of a map: the product of all strides so far.",
    "padding": "A frame of zeros around a map, so that the window has places at the edges.",
    "parameter": "A number that training learns: the weights of convs and of the linear layer, and two for each channel of a norm.",
    "pre-activation": "A norm and a ReLU before each conv instead of after it, and nothing after the addition.",
    "projection": "A 1×1 conv on a shortcut, where the number of channels has to change. PyTorch calls it downsample, even where the size stays.",
    "receptive field": "The part of the image that can have an influence on one cell.",
    "ReLU": "Sets negative numbers to zero. It moves no cell, so shapes stay.",
    "residual": "What a block adds to its input. It learns the difference, not the whole.",
    "shortcut": "The way around a block's convs to its addition. Skip connection is another word.",
    "stage": "A row of blocks whose maps have one size. PyTorch calls them layer1, layer2 and so on, the paper conv2_x, conv3_x and so on.",
    "stem": "What stands before the first stage: a conv, and a pool where images are large. A CIFAR stem, for small images, is one 3×3 conv that keeps the size.",
    "stride": "How many cells a window moves at a time. A stride of two halves the map.",
    "subsampling": "To keep some cells of a map and drop the others.",
    "the paper": "“Deep Residual Learning for Image Recognition” by Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, which brought in the ResNet.",
    "tensor": "A block of numbers with a shape. Here: images × channels × height × width.",
    "width of a stage": "How many channels its convs work at. In a basic block the output has as many, in a bottleneck more.",
}

# how texts say some of them as well; a plural is its singular's
SPELLED: dict[str, str] = {
    "conv": "convolution",
    "basic blocks": "basic block",
    "multiply-add": "MAC",
    "identity shortcut": "identity",
    "projection shortcut": "projection",
    "feature map": "map",
    "CIFAR stem": "stem",
    "anti-aliased": "anti-aliasing",
    "dilated": "dilation",
    "dilate": "dilation",
    "subsamples": "subsampling",
    "norm": "batch norm",
    "widths": "width of a stage",
}
SPELLED = {word.lower(): term for word, term in SPELLED.items()}
SPELLED |= {f"{word}s": term for word, term in [*((term.lower(), term) for term in GLOSSARY), *SPELLED.items()]}
