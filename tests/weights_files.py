"""State dicts as public codes write them: a network's own names and shapes, put in another code's words, with zeros in them.

Each entry of ``CODES`` renames torchvision's names, which are ours; its source is the file whose module names it copies.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import torch

import resnet_viz as rv
from resnet_viz.advise.weights import expected_shapes
from resnet_viz.spec import ResNetSpec

Shapes = dict[str, tuple[int, ...]]
Renames = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]


def _down(pattern: str) -> Callable[[re.Match[str]], str]:
    """``layer1.0`` → the pattern with the stage counted from 0."""
    return lambda match: pattern.format(int(match[1]) - 1, match[2])


def _up(pattern: str) -> Callable[[re.Match[str]], str]:
    return lambda match: pattern.format(int(match[1]) + 1, match[2])


CODES: dict[str, Renames] = {
    # pytorch/vision, torchvision/models/resnet.py
    "torchvision": (),
    # huggingface/transformers, models/resnet/modeling_resnet.py
    "transformers": (
        (r"^conv1\.", "resnet.embedder.embedder.convolution."),
        (r"^bn1\.", "resnet.embedder.embedder.normalization."),
        (r"^layer(\d)\.(\d+)\.", _down("resnet.encoder.stages.{}.layers.{}.")),
        (r"\.conv(\d)\.", lambda m: f".layer.{int(m[1]) - 1}.convolution."),
        (r"\.bn(\d)\.", lambda m: f".layer.{int(m[1]) - 1}.normalization."),
        (r"\.downsample\.0\.", ".shortcut.convolution."),
        (r"\.downsample\.1\.", ".shortcut.normalization."),
        (r"^(last_norm|maxpool)\.", r"resnet.\1."),  # of networks that it has not
        (r"^fc\.", "classifier.1."),
    ),
    # open-mmlab/mmpretrain, models/backbones/resnet.py, resnetv1d, seresnet.py
    "mmcls": (
        (r"^conv1\.(\d)\.", r"stem.\1."),
        (r"^bn1\.(?=.*)", "bn1."),
        (r"\.se\.fc(\d)\.", r".se_layer.conv\1.conv."),
        (r"^(?!fc\.)", "backbone."),
        (r"^fc\.", "head.fc."),
    ),
    # facebookresearch/detectron2, modeling/backbone/resnet.py
    "detectron2": (
        (r"^conv1\.", "stem.conv1."),
        (r"^bn1\.", "stem.conv1.norm."),
        (r"^layer(\d)\.(\d+)\.", _up("res{}.{}.")),
        (r"\.bn(\d)\.", r".conv\1.norm."),
        (r"\.downsample\.0\.", ".shortcut."),
        (r"\.downsample\.1\.", ".shortcut.norm."),
        (r"^fc\.", "linear."),
    ),
    # facebookresearch/Detectron, modeling/ResNet.py
    "caffe2": (
        (r".*\.(running_\w+|num_batches_tracked)$", ""),
        (r"^bn1\.weight$", "res_conv1_bn_s"),
        (r"^bn1\.bias$", "res_conv1_bn_b"),
        (r"^conv1\.weight$", "conv1_w"),
        (r"^layer(\d)\.(\d+)\.", _up("res{}_{}_")),
        (r"_conv(\d)\.weight$", lambda m: f"_branch2{'abc'[int(m[1]) - 1]}_w"),
        (r"_bn(\d)\.weight$", lambda m: f"_branch2{'abc'[int(m[1]) - 1]}_bn_s"),
        (r"_bn(\d)\.bias$", lambda m: f"_branch2{'abc'[int(m[1]) - 1]}_bn_b"),
        (r"_downsample\.0\.weight$", "_branch1_w"),
        (r"_downsample\.1\.weight$", "_branch1_bn_s"),
        (r"_downsample\.1\.bias$", "_branch1_bn_b"),
        (r"^fc\.weight$", "pred_w"),
        (r"^fc\.bias$", "pred_b"),
    ),
    # kuangliu/pytorch-cifar, models/resnet.py
    "kuangliu": ((r"^fc\.", "linear."), (r"\.downsample\.", ".shortcut.")),
    # xternalz/WideResNet-pytorch, wideresnet.py
    "wrn": (
        (r"^layer(\d)\.", r"block\1.layer."),
        (r"\.downsample\.0\.", ".convShortcut."),
        (r"^last_norm\.", "bn1."),
    ),
    # fastai/fastai, vision/learner.py: a body that is cut off a network, in a Sequential
    "sequential": (
        (r"^conv1\.", "0."),
        (r"^bn1\.", "1."),
        (r"^layer(\d)\.", lambda m: f"{int(m[1]) + 3}."),
        (r"^fc\..*", ""),
    ),
    # facebookresearch/vissl, models/trunks/resnext.py
    "vissl": ((r"^fc\..*", ""), (r"^", "_feature_blocks.")),
    # huggingface/pytorch-image-models, timm/models/resnetv2.py
    "timm_v2": (
        (r"^conv1\.(?=weight)", "stem.conv."),
        (r"^conv1\.0\.", "stem.conv1."),
        (r"^conv1\.1\.", "stem.norm1."),
        (r"^conv1\.3\.", "stem.conv2."),
        (r"^conv1\.4\.", "stem.norm2."),
        (r"^conv1\.6\.", "stem.conv3."),
        (r"^layer(\d)\.(\d+)\.", _down("stages.{}.blocks.{}.")),
        (r"\.bn(\d)\.", r".norm\1."),
        (r"\.downsample\.\d\.", ".downsample.conv."),
        (r"^last_norm\.", "norm."),
        (r"^fc\.", "head.fc."),
    ),
    # google-research/big_transfer, bit_pytorch/models.py: the names in its .npz files
    "bit": (
        (r"^conv1\.weight$", "resnet/root_block/standardized_conv2d/kernel"),
        (r"^layer(\d)\.(\d+)\.", lambda m: f"resnet/block{m[1]}/unit{int(m[2]) + 1:02}/"),
        (r"/conv(\d)\.weight$", lambda m: f"/{'abc'[int(m[1]) - 1]}/standardized_conv2d/kernel"),
        (r"/bn(\d)\.weight$", lambda m: f"/{'abc'[int(m[1]) - 1]}/group_norm/gamma"),
        (r"/bn(\d)\.bias$", lambda m: f"/{'abc'[int(m[1]) - 1]}/group_norm/beta"),
        (r"/downsample\.0\.weight$", "/a/proj/standardized_conv2d/kernel"),
        (r"^last_norm\.weight$", "resnet/group_norm/gamma"),
        (r"^last_norm\.bias$", "resnet/group_norm/beta"),
        (r"^fc\.weight$", "resnet/head/conv2d/kernel"),
        (r"^fc\.bias$", "resnet/head/conv2d/bias"),
    ),
    # keras-team/keras, applications/resnet.py
    "keras": (
        (r"^conv1\.", "conv1_conv/"),
        (r"^bn1\.", "conv1_bn/"),
        (r"^layer(\d)\.(\d+)\.", lambda m: f"conv{int(m[1]) + 1}_block{int(m[2]) + 1}_"),
        (r"_conv(\d)\.", r"_\1_conv/"),
        (r"_bn(\d)\.", r"_\1_bn/"),
        (r"_downsample\.0\.", "_0_conv/"),
        (r"_downsample\.1\.", "_0_bn/"),
        (r"(_conv|^fc)/weight$", r"\1/kernel"),
        (r"_bn/weight$", "_bn/gamma"),
        (r"_bn/bias$", "_bn/beta"),
        (r"/running_mean$", "/moving_mean"),
        (r"/running_var$", "/moving_variance"),
        (r".*num_batches_tracked$", ""),
        (r"^fc\.weight$", "predictions/kernel"),
        (r"^fc\.bias$", "predictions/bias"),
    ),
    # moskomule/senet.pytorch, senet/se_module.py: linear layers without biases
    "se_codes": ((r".*\.se\.fc\d\.bias$", ""), (r"\.se\.fc1\.", ".se.fc.0."), (r"\.se\.fc2\.", ".se.fc.2.")),
    # a deep stem without a Sequential, as Gluon's and CLIP's; openai/CLIP, clip/model.py
    "flat_stem": (
        (r"^bn1\.", "bn3."),
        (r"^conv1\.0\.", "conv1."),
        (r"^conv1\.1\.", "bn1."),
        (r"^conv1\.3\.", "conv2."),
        (r"^conv1\.4\.", "bn2."),
        (r"^conv1\.6\.", "conv3."),
    ),
    # hszhao/semseg, model/pspnet.py: a deep stem in a Sequential
    "layer0": ((r"^bn1\.", "layer0.7."), (r"^conv1\.", "layer0.")),
    # weiaicunzai/pytorch-cifar100, models/resnet.py
    "cifar100": (
        (r"^conv1\.", "conv1.0."),
        (r"^bn1\.", "conv1.1."),
        (r"^layer(\d)\.", lambda m: f"conv{int(m[1]) + 1}_x."),
        (r"\.conv(\d)\.", lambda m: f".residual_function.{3 * int(m[1]) - 3}."),
        (r"\.bn(\d)\.", lambda m: f".residual_function.{3 * int(m[1]) - 2}."),
        (r"\.downsample\.", ".shortcut."),
    ),
    # Cadene/pretrained-models.pytorch, pretrainedmodels/models/senet.py
    "cadene": ((r"^(conv1|bn1)\.", r"layer0.\1."), (r"\.se\.", ".se_module."), (r"^fc\.", "last_linear.")),
    # KaimingHe/deep-residual-networks, prototxt/: norms and their scales are layers of their own
    "caffe": (
        (r"^bn1\.(weight|bias)", r"scale_conv1.\1"),
        (r"^bn1\.", "bn_conv1."),
        (r"^layer(\d)\.(\d+)\.", lambda m: f"{int(m[1]) + 1}{'abcdef'[int(m[2])]}@"),
        (r"^(..)@conv(\d)\.", lambda m: f"res{m[1]}_branch2{'abc'[int(m[2]) - 1]}."),
        (r"^(..)@bn(\d)\.(weight|bias)", lambda m: f"scale{m[1]}_branch2{'abc'[int(m[2]) - 1]}.{m[3]}"),
        (r"^(..)@bn(\d)\.", lambda m: f"bn{m[1]}_branch2{'abc'[int(m[2]) - 1]}."),
        (r"^(..)@downsample\.0\.", r"res\1_branch1."),
        (r"^(..)@downsample\.1\.(weight|bias)", r"scale\1_branch1.\2"),
        (r"^(..)@downsample\.1\.", r"bn\1_branch1."),
        (r"^fc\.", "fc1000."),
    ),
    # a body with a linear layer beside it, as fine-tuning codes write it
    "named_classifier": ((r"^(?!fc\.)", "encoder."), (r"^fc\.", "classifier.")),
    # no public code: names that tell nothing but which modules belong together
    "unknown": (
        (r"^conv1\.", "entry.a."),
        (r"^bn1\.", "entry.b."),
        (r"^layer(\d)\.(\d+)\.", r"trunk.s\1.u\2."),
        (r"\.conv(\d)\.", r".k\1."),
        (r"\.bn(\d)\.", r".m\1."),
        (r"\.downsample\.(\d)\.", r".x.\1."),
        (r"\.se\.fc(\d)\.", r".g.q\1."),
        (r"\.se\.conv\.", ".g.q."),
        (r"^last_norm\.", "exit.m."),
        (r"^fc\.", "exit.classifier."),
    ),
}
# the same, and the pool of the shortcut is not counted: its keys are "-1", "0", "1"
CODES["clip"] = (*CODES["flat_stem"], (r"\.downsample\.(\d)\.", lambda m: f".downsample.{int(m[1]) - 1}."))
TURNED = {"bit", "keras"}  # channels last
GATES_AS_LINEAR = {"se_codes"}


def renamed(name: str, code: str) -> str:
    """A name as ``code`` has it; "" where it has none."""
    for pattern, new in CODES[code]:
        name = re.sub(pattern, new, name)
        if not name:
            return ""
    return name


def shapes_of(network: str | ResNetSpec, code: str = "torchvision") -> Shapes:
    """A network's names and shapes as ``code`` writes them."""
    spec = network if isinstance(network, ResNetSpec) else rv.Configuration.of(network).spec
    found: Shapes = {}
    for name, shape in expected_shapes(spec).items():
        if code in TURNED and len(shape) > 1:
            shape = (*shape[2:], shape[1], shape[0])
        if code in GATES_AS_LINEAR and ".se.fc" in name:
            shape = shape[:2]
        new = renamed(name, code)
        if new:
            found[new] = shape
    return found


def prefixed(shapes: Shapes, prefix: str) -> Shapes:
    return {prefix + name: shape for name, shape in shapes.items()}


def without(shapes: Shapes, *begins: str) -> Shapes:
    """Without the names that begin so."""
    return {name: shape for name, shape in shapes.items() if not name.startswith(begins)}


def tensors(held: Mapping[str, Any]) -> dict[str, Any]:
    """Shapes as zeros, at any depth: one number each, seen as many, so that a file stays small."""
    return {
        key: torch.zeros((), dtype=torch.int64 if str(key).endswith("tracked") else torch.float32).expand(value)
        if isinstance(value, tuple)
        else tensors(value)
        if isinstance(value, Mapping)
        else value
        for key, value in held.items()
    }
