"""Naming schemes: how public codes call the parts of a network.

Which network a file holds is read off its shapes and the order of its modules, so an unknown scheme is understood too.
A scheme here says what those leave open: whose names they are, a spelling that has to be changed before the dots tell
which modules belong together, and what this code is known to compute where the names of two networks are the same.

To add one: an entry of ``SCHEMES`` with its source. ``sign`` is searched for in the names, without their prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...steps import Shape


@dataclass(frozen=True, slots=True)
class Scheme:
    """A code's naming: it is spoken where a name matches ``sign``; ``renames`` give a name the dots that it lacks."""

    title: str
    source: str
    sign: str
    renames: tuple[tuple[str, str], ...] = ()
    computes: tuple[tuple[str, object], ...] = ()  # fields of the spec that no shape shows, as this code has them


SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        "Hugging Face transformers",
        "huggingface/transformers, models/resnet/modeling_resnet.py",
        r"(^|\.)embedder\.embedder\.(convolution|normalization)\.",
    ),
    Scheme(
        "OpenMMLab (mmcls, mmdet, mmseg)",
        "open-mmlab/mmpretrain, models/backbones/resnet.py, seresnet.py",
        r"(^|\.)(stem\.\d\.(weight|running_mean)$|se_layer\.conv\d\.conv\.)",
    ),
    Scheme(
        "Caffe2 (Detectron)",
        "facebookresearch/Detectron, modeling/ResNet.py",
        r"^res\d_\d+_branch\d[abc]?_(w|bn_)",
        ((r"^res_conv1_bn_", "conv1.bn."), (r"^res(\d)_(\d+)_branch(\d[abc]?)_(bn_)?(\w+)$", r"res\1.\2.branch\3.\4\5"), (r"\.bn_(\w+)$", r".bn.\1"), (r"^(conv1|pred|fc1000)_([wb])$", r"\1.\2")),
        (("stride_in", "1x1"),),
    ),
    Scheme(
        "Caffe (the authors' files)",
        "KaimingHe/deep-residual-networks, prototxt/",
        r"(^|\.)(res|bn|scale)\d[a-z]\d*_branch\d[abc]?\b",
        ((r"(^|\.)res(\d)([a-z]\d*)_branch(\d[abc]?)\.", r"\1res\2.\3.branch\4."), (r"(^|\.)(?:bn|scale)(\d)([a-z]\d*)_branch(\d[abc]?)\.", r"\1res\2.\3.branch\4.bn."), (r"(^|\.)(?:bn|scale)_conv1\.", r"\1conv1.bn.")),
        (("stride_in", "1x1"),),
    ),
    Scheme(
        "detectron2",
        "facebookresearch/detectron2, modeling/backbone/resnet.py",
        r"(^|\.)(res\d\.\d+\.(conv\d|shortcut)\.(weight|norm\.)|stem\.conv1\.norm\.)",
    ),
    Scheme(
        "Keras applications",
        "keras-team/keras, applications/resnet.py",
        r"(^|/)conv\d_block\d+_\d_(conv|bn)(/|$)",
        ((r"(^|/)conv(\d)_block(\d+)_0_(conv|bn)/", r"\1conv\2/block\3/shortcut_\4/"), (r"(^|/)conv(\d)_block(\d+)_(\d)_(conv|bn)/", r"\1conv\2/block\3/\5\4/"), (r":\d+$", "")),
        (("stride_in", "1x1"),),
    ),
    Scheme(
        "Google's Big Transfer (BiT)",
        "google-research/big_transfer, bit_pytorch/models.py",
        r"(^|/|\.)(root_block/|root\.conv\.|block\d+[/.]unit\d+[/.])",
    ),
    Scheme(
        "timm's ResNetV2",
        "huggingface/pytorch-image-models, timm/models/resnetv2.py",
        r"(^|\.)stages\.\d+\.blocks\.\d+\.(norm\d|conv\d)\.",
    ),
    Scheme(
        "the Wide ResNet codes",
        "xternalz/WideResNet-pytorch, wideresnet.py",
        r"(^|\.)block\d\.layer\.\d+\.(conv1|convShortcut)\.",
    ),
    Scheme(
        "the SE-ResNet codes",
        "moskomule/senet.pytorch, senet/se_module.py",
        r"\.se\.fc\.[02]\.weight$",
    ),
    Scheme(
        "Cadene's pretrained models",
        "Cadene/pretrained-models.pytorch, pretrainedmodels/models/senet.py",
        r"(^|\.)layer0\.(conv1|bn1)\.",
    ),
    Scheme(
        "OpenAI's CLIP",
        "openai/CLIP, clip/model.py, ModifiedResNet",
        r"(^|\.)attnpool\.(positional_embedding|[qkvc]_proj)",
        computes=(("shortcut_pool", True), ("anti_alias", "avg")),
    ),
    Scheme(
        "VISSL",
        "facebookresearch/vissl, models/trunks/resnext.py",
        r"(^|\.)_feature_blocks\.(conv1|layer\d)\.",
    ),
    Scheme(
        "CIFAR codes (akamaster, kuangliu)",
        "akamaster/pytorch_resnet_cifar10, resnet.py; kuangliu/pytorch-cifar, models/resnet.py",
        r"(^|\.)linear\.weight$",
    ),
    Scheme(
        "a Sequential's children (fastai and others)",
        "fastai/fastai, vision/learner.py",
        r"(^|\.)[4-7]\.0\.conv1\.weight$",
    ),
    Scheme(
        "torchvision",
        "pytorch/vision, torchvision/models/resnet.py",
        r"(^|\.)layer1\.0\.conv1\.weight$",
    ),
)  # fmt: skip

# How codes call the last part of a parameter's name. What is not here is a weight if it has two sides or more.
LEAVES = {
    "weight": ("weight", "w", "kernel", "weights", "gamma", "scale", "s", "weight_orig", "weight_v"),
    "bias": ("bias", "b", "beta", "biases", "offset"),
    "running_mean": ("running_mean", "moving_mean", "mean", "rm"),
    "running_var": ("running_var", "moving_variance", "moving_var", "variance", "var", "riv"),
    "num_batches_tracked": ("num_batches_tracked",),
    "mask": ("weight_mask",),
}
LEAF = {word: leaf for leaf, words in LEAVES.items() for word in words}

# How they call a shortcut's projection, and a last layer.
SHORTCUT = re.compile(r"down_?sampl|short_?cut|proj|branch1$|skip|identity|residual_conv|conv_?sc|res_conv", re.IGNORECASE)  # fmt: skip
HEAD = re.compile(r"(^|[._/])(fc\w*|head\w*|classif\w*|cls\w*|linear\w*|logits?|last_linear|pred|output\w*|last_layer)([._/]|$)", re.IGNORECASE)  # fmt: skip


def scheme_of(names: Iterable[str]) -> Scheme | None:
    """Whose names these are; the first of the table that is spoken."""
    joined = "\n".join(names)
    return next((scheme for scheme in SCHEMES if re.search(scheme.sign, joined, re.MULTILINE)), None)


def spelled(name: str, scheme: Scheme | None) -> str:
    """``name`` with the dots that its scheme leaves out."""
    for pattern, new in scheme.renames if scheme else ():
        name = re.sub(pattern, new, name)
    return name


def turned(shape: Shape) -> Shape:
    """A shape of TensorFlow and JAX, which put the channels last, as PyTorch has it."""
    return (shape[-1], shape[-2], *shape[:-2]) if len(shape) > 1 else shape
