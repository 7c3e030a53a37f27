"""What an error means: real messages of every version, raised by PyTorch itself where today's can, found in a network."""

import json
import re
from collections.abc import Callable
from math import prod
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import resnet_viz as rv
from resnet_viz.advise.shape_errors import Explanation, explain_error, not_understood
from resnet_viz.why.pytorch_errors import ENTRIES, Cause, Entry
from resnet_viz.why.pytorch_errors.dtypes import type_and_device
from resnet_viz.why.pytorch_errors.reading import _clean
from resnet_viz.why.pytorch_errors.table import FAMILIES

from .rows import each

REPORTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "facts" / "reports" / "errors.json").read_text(encoding="utf-8")
)
zeros = torch.zeros


def first(found: Explanation) -> str:
    """What is said of the likeliest cause."""
    return " ".join((found.sentence, found.fix, found.cure))


def whole(found: Explanation) -> str:
    return " ".join([found.says, *(part for cause in found.causes for part in (cause.why, cause.fix, cause.code))])


def raised(raises: Callable[[], object]) -> str:
    with pytest.raises((RuntimeError, ValueError, TypeError, IndexError, AssertionError)) as caught:
        raises()
    return f"{type(caught.value).__name__}: {caught.value}"


def explained(text: str, network: rv.Trace | str | None = None) -> Explanation:
    found = explain_error(text, network)
    assert found is not None, text
    return found


# ---- messages of public reports and of every version ----------------------------------------------------------------


SHELL = (
    "resnet-viz",
    "head",
    "git",
    "gunzip",
    "rm",
    "nvidia-smi",
    "python",
    "torchrun",
    "docker",
)  # what a shell is told to run


def product(text: str) -> int:
    """``1,024·3²`` as a number."""
    factors = [factor for side in text.replace(",", "").strip("(:.;)").split("·") for factor in [side.rstrip("²")] * (1 + side.endswith("²"))]  # fmt: skip
    return prod(map(int, factors))


def badly_written(found: Explanation) -> list[str]:
    """Sentences without a beginning or an end, and lines that neither Python nor a shell reads."""
    told = [found.says, *(text for cause in found.causes for text in (cause.why, cause.fix))]
    wrong = [text for text in told if not re.fullmatch(r"[\w“].*[^\s.][.:,]", text) or "  " in text]
    # what begins small goes on from a cause that ends in a colon or a comma
    wrong += [cause.fix for cause in found.causes if cause.why[-1] in ":," and not re.match("[a-z_“]", cause.fix)]
    wrong += [cause.fix for cause in found.causes if cause.why[-1] == "." and re.match("[a-z]+ ", cause.fix)]
    # every cause has its line, but for the one that two maps put together must be counted
    wrong += [cause.why for cause in found.causes if not cause.code and "two maps were concatenated" not in cause.why]
    for text in told:  # every product that is told is one
        for sides in re.findall(r"(\S+) = (\S+)", text):
            if "·" in "".join(sides):
                values = [re.fullmatch(r"\d[\d,]*(?:·\d[\d,]*)*²?", side.strip("(:,.;)")) for side in sides]
                wrong += [] if all(values) and product(sides[0]) == product(sides[1]) else [text]
        for large, small, left in re.findall(r"(\d[\d,]*) − (\d[\d,]*) = (\d[\d,]*)", text):
            wrong += [] if product(large) - product(small) == product(left) else [text]
    for line in (cause.code for cause in found.causes if cause.code):
        if next(word for word in line.split() if not re.match("[A-Z_]+=", word)) not in SHELL:
            compile(line.removeprefix("return ").replace("…", "..."), "what cures", "exec")
            wrong += [] if re.search(r"[(=\[]|^(from|assert|return|model\.)", line) else [line]
    return wrong


@each("report", REPORTS)
def test_each_report_is_told_its_cause_and_cure(report: dict[str, Any]) -> None:
    found = explained(report["message"], report.get("network"))
    assert found.kind == report["kind"]
    assert badly_written(found) == []
    assert [told for told in report["first"] if told not in first(found)] == []
    assert [told for told in report["told"] if told not in whole(found)] == []


# ---- what today's PyTorch raises ------------------------------------------------------------------------------------

LONG = torch.long
# the operation and what it is given, the kind, and what must be told of the likeliest cause; each runs in eager mode
# and, where marked, through torch.compile too, whose words may differ
RAISED: list[tuple[Callable[..., object], tuple[Tensor, ...], str, tuple[str, ...], bool]] = [
    (nn.Linear(512, 10), (zeros(2, 2048),), "linear", ("bottlenecks", "2,048", "512", "ResNet-18 or 34"), True),
    (nn.Linear(512, 10), (zeros(2, 512, 1, 1),), "linear", ("1,024 = 512·2", "flatten was forgotten"), True),
    (nn.Linear(100, 10), (zeros(2, 900),), "linear", ("900 = 100·3·3",), False),
    (nn.Linear(768, 10), (zeros(2, 24, 32),), "linear", ("48·32 = 768·2", "2 images of 768 numbers in 48 rows of 32 columns", "flatten was forgotten"), False),
    (nn.Linear(2048, 10), (zeros(16, 512),), "linear", ("basic blocks", "ResNet-50, 101 or 152"), False),
    (torch.bmm, (zeros(2, 3, 4), zeros(2, 5, 4)), "matrices", ("4 columns", "5 rows"), True),
    (torch.add, (zeros(1, 64, 28, 28), zeros(1, 128, 28, 28)), "add", ("64 or 128 channels",), True),
    (torch.add, (zeros(1, 64, 28, 28), zeros(1, 64, 56, 28)), "add", ("height", "stride=2"), True),
    (torch.sub, (zeros(4, 8, 8), zeros(3, 1, 1)), "add", ("RGBA",), True),
    (Tensor.sub_, (zeros(1, 32, 32), zeros(3, 1, 1)), "add in place", ("grey", "Normalize((0.5,), (0.5,))"), True),
    (lambda x: x.expand(4, 5), (zeros(3),), "expand", ("3", "5"), True),
    (nn.Conv2d(3, 64, 7), (zeros(8, 224, 224, 3),), "channels", ("permute(0, 3, 1, 2)",), True),
    (nn.Conv2d(3, 64, 7), (zeros(8, 4, 32, 32),), "channels", ("alpha", 'convert("RGB")'), False),
    (nn.Conv2d(3, 64, 7), (zeros(8, 1, 32, 32),), "channels", ("grey",), False),
    (nn.Conv2d(1, 64, 7), (zeros(64, 28, 28),), "channels", ("N = 64", "unsqueeze(1)"), False),
    (nn.Conv3d(3, 8, 3), (zeros(4, 3, 8, 8),), "channels", ("N = 4", "unsqueeze(2)"), False),
    (nn.ConvTranspose2d(512, 256, 2), (zeros(1, 1024, 4, 4),), "transposed channels", ("1,024 = 2·512",), False),
    (nn.Conv2d(3, 8, 7), (zeros(1, 3, 4, 4),), "kernel", ("7×7", "4×4"), True),
    (nn.Conv2d(3, 8, 3), (zeros(1, 3, 0, 0),), "kernel", ("0×0", "no pixel"), False),
    (lambda: nn.Conv2d(64, 64, 3, groups=3), (), "groups", ("in_channels is no multiple",), False),
    (lambda: nn.Conv2d(64, 65, 3, groups=2), (), "groups", ("out_channels is no multiple",), False),
    (lambda x, w: F.conv2d(x, w, groups=3), (zeros(1, 6, 8, 8), zeros(4, 2, 3, 3)), "groups", ("4 is no multiple of 3",), False),
    (nn.Conv2d(3, 8, 3), (zeros(224, 224),), "dimensions", ("channel", "x[None, None]"), True),
    (nn.Conv2d(3, 8, 3), (zeros(2, 5, 3, 8, 8),), "dimensions", ("N×T×C×H×W",), False),
    (nn.BatchNorm2d(8), (zeros(8, 3, 3),), "dimensions", ("batch dimension is missing",), True),
    (nn.BatchNorm1d(8), (zeros(2, 8, 3, 3),), "features", ("BatchNorm2d",), False),
    (nn.MaxPool2d(2), (zeros(8, 8),), "pool's input", ("N×C×H×W",), False),
    (nn.AvgPool2d(2), (zeros(1, 3, 0, 4),), "pool's input", ("side is 0",), False),
    (lambda x: x.flatten(1), (zeros(3),), "dimension", ("batch dimension is missing",), False),
    (nn.BatchNorm2d(8), (zeros(1, 8, 1, 1),), "one value", ("1×8×1×1", "drop_last=True"), True),
    (nn.InstanceNorm2d(8), (zeros(1, 8, 1, 1),), "one place", ("1×8×1×1",), False),
    (nn.BatchNorm2d(8), (zeros(2, 4, 3, 3),), "norm", ("8 channels", "BatchNorm2d(4)"), True),
    (nn.GroupNorm(4, 8), (zeros(2, 6, 3, 3),), "group norm", ("6 is no multiple of 4", "GroupNorm(3, 6)"), True),
    (lambda: nn.GroupNorm(3, 8), (), "group norm", ("8 is no multiple of 3", "GroupNorm(2, 8)"), False),
    (nn.LayerNorm(8), (zeros(2, 8, 4, 4),), "layer norm", ("stand second",), True),
    (nn.MaxPool2d(3), (zeros(1, 8, 2, 2),), "pool", ("8×2×2",), True),
    (nn.MaxPool2d(2, padding=2), (zeros(1, 8, 8, 8),), "pool's padding", ("A pool's padding, 2,", "window of 2", "padding=1"), True),
    (nn.ReflectionPad2d(5), (zeros(1, 3, 4, 4),), "mirrored border", ("1×3×4×4",), False),
    (lambda x: x.view(-1, 512 * 7 * 7), (zeros(4, 256, 6, 6),), "view", ("25,088 numbers, such as 512·7·7",), True),
    (lambda x: x.view(4, 512), (zeros(2, 512),), "view", ("1,024 = 2·512",), False),
    (lambda x: x.permute(0, 2, 1).view(2, 12), (zeros(2, 3, 4),), "view's memory", ("reshape",), True),
    (lambda x: x.permute(2, 0, 1), (zeros(28, 28),), "permute", ("grey",), False),
    (lambda *x: torch.stack(x), (zeros(3, 256, 300), zeros(3, 256, 256)), "unequal images", ("Resize(256)", "Resize((224, 224))"), False),
    (lambda *x: torch.stack(x), (zeros(3, 8, 8), zeros(1, 8, 8)), "unequal images", ("colour beside grey",), False),
    (lambda *x: torch.stack(x), (zeros(3, 8, 8), zeros(3, 8, 9)), "unequal images", ("Resize((224, 224))",), True),
    (lambda *x: torch.cat(x, 1), (zeros(1, 64, 56, 56), zeros(1, 64, 57, 56)), "concatenation", ("57 was halved",), True),
    (lambda *x: torch.cat(x, 1), (zeros(1, 64, 56), zeros(64, 57)), "axes of a concatenation", ("3 and of 2",), False),
    (F.cross_entropy, (zeros(441, 10), zeros(1, dtype=LONG)), "rows and labels", ("441 = 1·21·21",), True),
    (F.cross_entropy, (zeros(2, 10), torch.tensor([1, 10])), "label", ("10", "begin at 1"), True),
    (F.cross_entropy, (zeros(2, 10), torch.tensor([1, -7])), "label", ("ignore_index=-7",), False),
    (F.cross_entropy, (zeros(2, 10), zeros(2, 1, dtype=LONG)), "target's axes", ("squeeze(1)",), False),
    (F.cross_entropy, (zeros(1, 2, 8, 8), zeros(1, 1, 8, 8, dtype=LONG)), "target's axes", ("squeeze(1)",), False),
    (F.cross_entropy, (zeros(1, 2, 8, 8), zeros(1, 9, 9, dtype=LONG)), "mask's size", ("1×2×8×8", "1×9×9"), False),
    (F.cross_entropy, (zeros(2, 10), zeros(2)), "target's type", ("target.long()",), False),
    (F.cross_entropy, (zeros(2, 10), zeros(2, 10, dtype=LONG)), "target's type", ("argmax(1)",), False),
    (F.binary_cross_entropy_with_logits, (zeros(2, 1), zeros(2)), "target's shape", ("squeeze(1)",), False),
    (F.binary_cross_entropy, (zeros(2) + 2, zeros(2)), "probabilities", ("BCEWithLogitsLoss",), False),
    (lambda x: F.one_hot(x, 10), (torch.tensor([3, 12]),), "one-hot", ("Count from 0",), False),
    (nn.Embedding(10, 3), (torch.tensor([12]),), "index", ("Embedding",), False),
    (nn.Embedding(10, 3), (zeros(2),), "index type", ("float32", "long()"), False),
    (lambda x, i: x[i], (zeros(3), torch.tensor([5])), "index", ("5", "of 3"), False),
    (nn.Conv2d(3, 8, 3), (zeros(1, 3, 8, 8, dtype=torch.uint8),), "types", ("uint8", "/ 255"), True),
    (nn.Conv2d(3, 8, 3), (zeros(1, 3, 8, 8).double(),), "types", ("float64", "x.float()"), True),
    (nn.Conv2d(3, 8, 3), (zeros(1, 3, 8, 8).half(),), "types", ("float16", "dtype"), False),
    (nn.Linear(3, 8), (zeros(1, 3).double(),), "types", ("float64", "x.float()"), True),
    (nn.Linear(3, 8), (zeros(1, 3).bfloat16(),), "types", ("bfloat16",), False),
    (torch.mm, (zeros(2, 2), zeros(2, 2).double()), "types", ("float64",), False),
    (nn.BatchNorm2d(3), (zeros(2, 3, 4, 4).double(),), "norm's type", ("dtype",), False),
    (nn.BatchNorm2d(3), (zeros(2, 3, 4, 4).byte(),), "type lacking", ("uint8", "/ 255"), False),
    (lambda x: x.mean(), (zeros(2).long(),), "mean of whole numbers", ("int64", "x.float()"), False),
    (F.binary_cross_entropy_with_logits, (zeros(2), zeros(2).long()), "cast", ("target.float()",), False),
    (nn.Linear(3, 8), (zeros(1, 3, device="meta"),), "meta", ("cpu", "meta"), False),
    (lambda x: nn.Conv2d(3, 8, 3)([x, x]), (zeros(3, 8, 8),), "no tensor", ("torch.stack",), False),
    (lambda x: nn.Conv2d(3, 8, 3)(x.numpy()), (zeros(1, 3, 8, 8),), "no tensor", ("from_numpy",), False),
    (nn.LSTM(10, 20), (zeros(5, 3, 20),), "recurrent input", ("10 numbers", "20", "transpose(1, 2)"), False),
    (nn.GRU(10, 20), (zeros(5, 3, 10), zeros(1, 4, 20)), "hidden state", ("1×3×20", "batch of 4", "drop_last=True"), False),
    (lambda *given: nn.LSTM(10, 20)(given[0], given[1:]), (zeros(5, 3, 10), zeros(2, 3, 20), zeros(2, 3, 20)), "hidden state", ("2×3×20", "layers"), False),
    (nn.GRU(10, 20), (zeros(5, 10), zeros(1, 3, 20)), "hidden state's axes", ("input has no batch",), False),
    (nn.GRU(10, 20), (zeros(5, 3, 10), zeros(1, 20)), "hidden state's axes", ("hidden state has none",), False),
    (nn.LSTMCell(10, 20), (zeros(3, 11),), "recurrent cell", ("10 numbers", "given 11"), False),
    (nn.GRUCell(10, 20), (zeros(3, 10), zeros(3, 21)), "recurrent cell", ("keeps 20", "has 21"), False),
    (nn.GRUCell(10, 20), (zeros(3, 10), zeros(4, 20)), "recurrent cell's batch", ("batch of 3", "state of 4"), False),
    (nn.LSTM(10, 20), (zeros(2, 5, 3, 10),), "recurrent axes", ("4 axes", "flatten(2)"), False),
    (nn.MultiheadAttention(512, 8), (zeros(5, 3, 256),) * 3, "attention's width", ("tokens of 512", "256", "nn.Linear(256, 512)"), False),
    (lambda: nn.MultiheadAttention(510, 8), (), "attention's heads", ("no multiple",), False),
    (lambda x, mask: nn.MultiheadAttention(64, 8)(x, x, x, attn_mask=mask), (zeros(4, 3, 64), zeros(5, 5)), "attention's mask", ("5×5", "4×4", "made for 5 tokens"), False),
    (lambda x, mask: nn.MultiheadAttention(64, 8)(x, x, x, attn_mask=mask), (zeros(4, 3, 64), zeros(3, 4, 4)), "attention's mask", ("24 in all", "repeat_interleave"), False),
    (lambda x, mask: nn.MultiheadAttention(64, 8)(x, x, x, key_padding_mask=mask), (zeros(4, 3, 64), zeros(4, 3)), "padding mask", ("batch × tokens", "batch_first=True"), False),
    (nn.MultiheadAttention(64, 8), (zeros(4, 3, 64), zeros(5, 3, 64), zeros(6, 3, 64)), "keys and values", ("5×3×64", "6×3×64"), False),
    (nn.MultiheadAttention(64, 8), (zeros(3, 4, 3, 64), zeros(5, 3, 64), zeros(5, 3, 64)), "attention's axes", ("4 axes",), False),
    (lambda *two: torch.einsum("bhid,bhjd->bhij", *two), (zeros(1, 8, 5, 64), zeros(1, 8, 5, 32)), "einsum's sizes", ("d is one size", "64", "32"), False),
    (lambda *two: torch.einsum("bij,bjk->bik", *two), (zeros(1, 8, 5, 64), zeros(1, 64, 32)), "einsum's axes", ("3 letters", "4 axes", "leaves axes out"), False),
    (lambda *two: torch.einsum("bij,bjk->bik", *two), (zeros(5, 64), zeros(1, 64, 32)), "einsum's axes", ("2 axes", "axes too many"), False),
    (lambda *one: torch.einsum("bij,bjk->bik", *one), (zeros(1, 5, 64),), "einsum's operands", ("fewer operands",), False),
    (lambda *one: torch.einsum("bij->bik", *one), (zeros(1, 5, 64),), "einsum's result", ("k, that none",), False),
    (lambda x: x.backward(), (zeros(1),), "no gradient", ("requires_grad",), False),
    (lambda x: (x * 2).backward(), (zeros(3, requires_grad=True),), "loss of many numbers", ("mean()",), False),
    (lambda: torch.empty(10**13), (), "memory of the computer", ("37,252.90 GiB",), False),
]  # fmt: skip


@each("case", RAISED)
def test_todays_error_in_words(
    case: tuple[Callable[..., object], tuple[Tensor, ...], str, tuple[str, ...], bool],
) -> None:
    operation, given_, kind, told, _ = case
    text = raised(lambda: operation(*given_))
    found = explained(text)
    assert found.kind == kind
    assert [words for words in told if words not in first(found)] == [] == badly_written(found)
    assert found.quote in " ".join(text.split())


@pytest.mark.parametrize("case", [case for case in RAISED if case[4]], ids=lambda case: f"{case[2]}, {case[3][0]}")
def test_the_same_through_torch_compile(case: tuple[Callable[..., object], tuple[Tensor, ...], str, tuple[str, ...], bool]) -> None:  # fmt: skip
    operation, given_, kind, told, _ = case
    torch._dynamo.reset()
    found = explained(raised(lambda: torch.compile(operation, backend="eager")(*given_)))
    assert found.kind == kind
    assert [words for words in told if words not in first(found)] == []


# ---- one wording, many words in it -------------------------------------------------------------------------------------

NO_TENSOR = ("tuple", "list", "dict", "OrderedDict", "NoneType", "ndarray", "Image", "str", "method", "int", "float", "ReLU", "JpegImageFile", "Linear", "Sequential")  # fmt: skip
OF_TENSORS = ("size", "shape", "dim", "to", "cuda", "view", "backward", "argmax", "float", "cpu", "detach", "max", "permute", "unsqueeze", "log_softmax", "mean")  # fmt: skip
OF_ARRAYS = ("dim", "unsqueeze", "to", "cuda", "permute", "float", "size", "view", "cpu", "numel")  # and of no array
OF_IMAGES = ("dim", "unsqueeze", "to", "cuda", "permute", "float", "shape", "cpu")
# the last layer of torchvision's networks, as their code calls it
HEADS = {"ResNet": "fc", "VGG": "classifier", "DenseNet": "classifier", "EfficientNet": "classifier", "MobileNetV2": "classifier", "MobileNetV3": "classifier", "ConvNeXt": "classifier", "AlexNet": "classifier", "VisionTransformer": "heads", "SwinTransformer": "head", "Inception3": "fc", "GoogLeNet": "fc"}  # fmt: skip
STATUSES = {
    "NOT_SUPPORTED": "contiguous", "BAD_PARAM": "processor", "ALLOC_FAILED": "memory", "NOT_INITIALIZED": "memory", "MAPPING_ERROR": "label",
    "EXECUTION_FAILED": "memory", "INTERNAL_ERROR": "memory", "ARCH_MISMATCH": "driver", "VERSION_MISMATCH": "driver",
}  # fmt: skip


def attribute(kind: str, name: str) -> Explanation | None:
    return explain_error(f"AttributeError: '{kind}' object has no attribute '{name}'")


def test_whatever_is_given_for_a_tensor_is_named_with_its_cure() -> None:
    for kind in NO_TENSOR:
        found = explained(f"TypeError: conv2d(): argument 'input' (position 1) must be Tensor, not {kind}")
        assert (
            found.kind == "argument"
            and found.says == f"conv2d was given {kind} for its input, where a tensor is meant."
        )
        assert badly_written(found) == [] and found.cure
    assert explain_error("TypeError: conv2d(): argument 'input' (position 1) must be Tensor, not Unheard") is None
    for kind, aux in (("InceptionOutputs", True), ("GoogLeNetOutputs", True), ("SequenceClassifierOutput", False)):
        found = explained(f"TypeError: cross_entropy_loss(): argument 'input' (position 1) must be Tensor, not {kind}")
        assert ("aux" in found.cure) == aux and (".logits" in found.cure) != aux and badly_written(found) == []


def test_what_tensors_alone_have_is_asked_of_what_is_none() -> None:
    for kind in ("tuple", "list", "dict", "OrderedDict"):
        for name in OF_TENSORS:
            found = attribute(kind, name)
            assert found is not None and badly_written(found) == [] and found.cure
            weights = "ict" in kind and name in ("to", "cuda", "float")  # what a network has, asked of its weights
            says = f"A dict of weights has no {name}: it is no network." if weights else f"A {kind} has no {name}: it is no tensor."  # fmt: skip
            assert found.says == says
        assert attribute(kind, "fit") is None
    assert attribute("dict", "view").cure == 'output = model(x)["out"]'  # type: ignore[union-attr]
    # a batch is moved, an output is reduced; of a list more often a batch
    unpacked = [(kind, name) for kind in ("tuple", "list") for name in ("to", "cuda", "float", "mean") if "images" in attribute(kind, name).cure]  # type: ignore[union-attr] # fmt: skip
    assert unpacked == [("tuple", "to"), ("tuple", "cuda"), ("tuple", "float"), ("list", "to"), ("list", "cuda"), ("list", "float"), ("list", "mean")]  # fmt: skip
    for name in OF_ARRAYS:
        assert attribute("numpy.ndarray", name).cure == "x = torch.from_numpy(x).float()"  # type: ignore[union-attr]
    for kind in ("Image", "JpegImageFile", "PngImageFile"):
        for name in OF_IMAGES:
            found = attribute(kind, name)
            assert found is not None and "ToTensor()(image)" in found.cure and badly_written(found) == []
    assert attribute("numpy.ndarray", "fit") is None and attribute("Image", "size") is None


def test_heads_and_wrappers_are_called_what_they_are_called() -> None:
    for kind, head in HEADS.items():
        for name in ("fc", "classifier", "head", "heads", "last_linear", "linear"):
            found = attribute(kind, name)
            assert found is not None and found.says == f"This {kind} has no {name}." and badly_written(found) == []
            assert ("named_children" in found.cure) == (name == head) or name != head
            assert name == head or f"model.{head}" in found.cure
        assert attribute(kind, "foo") is None
    assert "nn.Linear(model.fc.in_features, num_classes)" in attribute("ResNet", "head").cure  # type: ignore[union-attr]
    for kind, inner in (
        ("DataParallel", "module"),
        ("DistributedDataParallel", "module"),
        ("OptimizedModule", "_orig_mod"),
    ):
        found = attribute(kind, "fc")
        assert found is not None and found.cure == f"model.{inner}.fc" and badly_written(found) == []
        assert attribute(kind, "module") is None
    for name in ("argmax", "max", "softmax", "shape", "size", "view", "backward", "log_softmax"):
        assert attribute("ImageClassifierOutput", name).cure == "output = model(x).logits"  # type: ignore[union-attr]
    assert attribute("ImageClassifierOutput", "foo") is None


@pytest.mark.parametrize(("status", "told"), STATUSES.items())
def test_each_status_of_cudnn_has_its_likeliest_cause(status: str, told: str) -> None:
    found = explained(f"RuntimeError: cuDNN error: CUDNN_STATUS_{status}")
    assert f"CUDNN_STATUS_{status}" in found.says and told in first(found) and badly_written(found) == []
    assert all(cause.code for cause in found.causes)


RGB, GREY = 'image = image.convert("RGB")', 'image = image.convert("L")'
# a conv, what it is given, and the line of each cause: the likeliest first, and last the conv that would read it
OTHER_CHANNELS: list[tuple[nn.Module, tuple[int, ...], list[str]]] = [
    (nn.Conv2d(64, 128, 3), (1, 128, 8, 8), ["", "nn.Conv2d(128, 128, 3)"]),  # twice as many: perhaps added, not put beside
    (nn.Conv2d(128, 64, 3), (1, 64, 8, 8), ["x = torch.cat([x, skip], 1)", "nn.Conv2d(64, 64, 3)"]),
    (nn.Conv2d(64, 256, 1), (1, 256, 8, 8), ["in_channels = planes * block.expansion", "nn.Conv2d(256, 256, 1)"]),
    (nn.Conv2d(256, 64, 1), (1, 64, 8, 8), ["in_channels = planes * block.expansion", "nn.Conv2d(64, 64, 1)"]),
    (nn.Conv2d(48, 5, (3, 1)), (1, 32, 8, 8), ["nn.Conv2d(32, 5, (3, 1))"]),
    (nn.Conv2d(128, 96, 3, groups=32), (1, 64, 8, 8), ["x = torch.cat([x, skip], 1)", "nn.Conv2d(64, 96, 3, groups=32)"]),
    (nn.Conv2d(128, 96, 3, groups=32), (1, 80, 8, 8), ["nn.Conv2d(80, 96, 3)"]),  # 80 are no 32 groups
    (nn.Conv2d(32, 32, 3, groups=32), (1, 24, 8, 8), ["nn.Conv2d(24, 24, 3, groups=24)"]),  # a group for each channel
    (nn.Conv2d(20, 40, 3, groups=20), (1, 24, 8, 8), ["nn.Conv2d(24, 48, 3, groups=24)"]),
    (nn.Conv2d(3, 64, 7), (2, 1, 32, 32), ["x = x.expand(-1, 3, -1, -1)", "nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)"]),
    (nn.Conv2d(3, 16, 3), (2, 4, 32, 32), [RGB, "nn.Conv2d(4, 16, 3, padding=1, bias=False)"]),
    (nn.Conv2d(3, 16, 1), (2, 2, 32, 32), [RGB, "nn.Conv2d(2, 16, 1)"]),
    (nn.Conv2d(1, 8, 5), (2, 3, 32, 32), [GREY, "nn.Conv2d(3, 8, 5, padding=2, bias=False)"]),
    (nn.Conv2d(1, 8, 3), (4, 32, 32), [GREY, "nn.Conv2d(4, 8, 3, padding=1, bias=False)"]),  # taken for one image of four
    (nn.Conv2d(1, 8, 3), (5, 32, 32), ["x = x.unsqueeze(1)", GREY, "nn.Conv2d(5, 8, 3, padding=1, bias=False)"]),
    (nn.Conv2d(4, 8, 3), (2, 3, 32, 32), ['image = image.convert("RGBA")', "nn.Conv2d(3, 8, 3, padding=1, bias=False)"]),
    (nn.Conv2d(3, 8, 3), (2, 13, 32, 32), ["x = x[:, :3]", "nn.Conv2d(13, 8, 3, padding=1, bias=False)"]),
    (nn.Conv2d(6, 8, 3), (2, 3, 32, 32), ["x = torch.cat(images, 1)", "nn.Conv2d(3, 8, 3, padding=1, bias=False)"]),
    (nn.Conv2d(3, 8, 3), (2, 64, 32, 32), ["output = head(features)  # not model(features)", "nn.Conv2d(64, 8, 3, padding=1, bias=False)"]),
    (nn.Conv2d(3, 8, 3), (2, 32, 3, 32), ["x = x.transpose(1, 2)", "nn.Conv2d(32, 8, 3, padding=1, bias=False)"]),
    (nn.Conv2d(3, 8, 3), (3, 20, 32, 32), ["x = x.transpose(0, 1)", "nn.Conv2d(20, 8, 3, padding=1, bias=False)"]),
    (nn.Conv3d(3, 8, 3), (2, 16, 3, 32, 32), ["x = x.transpose(1, 2)", "nn.Conv3d(16, 8, 3)"]),
    (nn.ConvTranspose2d(512, 256, 2), (1, 1024, 4, 4), ["", "nn.ConvTranspose2d(1024, 256, 2)"]),
]  # fmt: skip


@each(("conv", "given_", "lines"), OTHER_CHANNELS)  # fmt: skip
def test_each_cause_of_other_channels_has_its_line(conv: nn.Module, given_: tuple[int, ...], lines: list[str]) -> None:
    found = explained(raised(lambda: conv(zeros(given_))))
    assert [cause.code for cause in found.causes] == lines and badly_written(found) == []
    if lines[-1].startswith("nn.Conv"):  # which reads it
        assert eval(lines[-1])(zeros(given_) if len(given_) > 3 else zeros(1, *given_)) is not None


def test_other_channels_of_a_conv_that_is_not_told() -> None:
    found = explained("RuntimeError: Need input.size[1] == 3 but got 4 instead.")
    assert [cause.code for cause in found.causes] == [RGB, "in_channels=4"]
    found = explained("RuntimeError: Need input.size[1] == 48 but got 36 instead.")
    assert [cause.code for cause in found.causes] == ["in_channels=36"]


LOSS_LINE = "loss = criterion(output, target.view_as(output))"
PADDED = "nn.Conv2d(in_channels, out_channels, 3, padding=1)"
PRINT = "print(a.shape, b.shape)"


def projection(before: int, after: int) -> str:
    return f"self.downsample = nn.Sequential(nn.Conv2d({before}, {after}, 1, stride=stride, bias=False), nn.BatchNorm2d({after}))"


def strided(stride: int) -> str:
    return f"nn.Conv2d(in_channels, out_channels, 1, stride={stride}, bias=False)"


# two shapes that were to be added, and the line of each cause, the likeliest first
UNEQUAL: list[tuple[tuple[int, ...], tuple[int, ...], list[str]]] = [
    ((1, 64, 28, 28), (1, 128, 28, 28), [projection(64, 128), LOSS_LINE]),
    ((1, 128, 28, 28), (1, 64, 28, 28), [projection(64, 128), LOSS_LINE]),
    ((1, 12, 9, 9), (1, 36, 9, 9), [projection(12, 36), LOSS_LINE]),  # three times as many
    ((1, 64, 28, 9), (1, 64, 56, 9), [strided(2), LOSS_LINE]),
    ((1, 64, 9, 84), (1, 64, 9, 28), [strided(3), LOSS_LINE]),
    ((1, 64, 28, 9), (1, 64, 29, 9), ["x = F.interpolate(x, size=skip.shape[2:])", PADDED, LOSS_LINE]),
    ((1, 64, 30, 9), (1, 64, 28, 9), [PADDED, LOSS_LINE]),
    ((1, 64, 4, 9), (1, 64, 8, 9), [strided(2), PADDED, LOSS_LINE]),
    ((1, 64, 10, 9), (1, 64, 13, 9), [PRINT, LOSS_LINE]),
    ((32, 64, 9, 9), (20, 64, 9, 9), ["DataLoader(dataset, batch_size, drop_last=True)"]),
    ((4, 8, 8), (3, 1, 1), [RGB, "DataLoader(dataset, batch_size, drop_last=True)"]),
    ((2, 8, 8), (3, 1, 1), [RGB, "DataLoader(dataset, batch_size, drop_last=True)"]),
    ((20, 8, 8), (3, 1, 1), ["image = image.permute(2, 0, 1)", "DataLoader(dataset, batch_size, drop_last=True)"]),
    ((5, 8, 8), (3, 1, 1), ["transforms.Normalize([0.5] * 5, [0.5] * 5)", "DataLoader(dataset, batch_size, drop_last=True)"]),
    ((6, 20, 8, 8), (3, 1, 1), ["x = x.permute(0, 3, 1, 2)", "mask = mask.unsqueeze(1)", LOSS_LINE]),
    ((4, 10), (1, 4), ["correct = (output.argmax(1) == labels).sum()", LOSS_LINE]),
    ((1, 197, 8), (1, 577, 8), ["model = timm.create_model(name, img_size=224)  # for patches of 16"]),  # 14·14 + 1, 24·24 + 1
    ((1, 576, 8), (1, 196, 8), ["model = timm.create_model(name, img_size=384)  # for patches of 16"]),
    ((1, 8400, 8), (1, 3549, 8), [PRINT, LOSS_LINE]),
    ((2, 3, 9, 9), (2, 9, 9), ["mask = mask.unsqueeze(1)", LOSS_LINE]),
    ((2, 1, 1, 1, 5), (2, 1, 1, 1, 7), [PRINT]),
]  # fmt: skip


@each(("one", "other", "lines"), UNEQUAL)
def test_each_cause_of_unequal_shapes_has_its_line(
    one: tuple[int, ...], other: tuple[int, ...], lines: list[str]
) -> None:
    found = explained(raised(lambda: zeros(one) + zeros(other)))
    assert [cause.code for cause in found.causes] == lines and badly_written(found) == []


PRINT_X = "print(x.shape)"
DROPPED = "DataLoader(dataset, batch_size, shuffle=True, drop_last=True)"
AS_LIST = "DataLoader(dataset, batch_size, collate_fn=lambda batch: tuple(zip(*batch)))"
RESIZED, ONE_CELL = "transforms.Resize((224, 224))", "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"
SKIP, WHOLE_BATCHES = "x = torch.cat([F.interpolate(x, size=skip.shape[2:]), skip], 1)", "DataLoader(dataset, batch_size, drop_last=True)"  # fmt: skip
# what raises, and the line of each cause, the likeliest first
LINES: list[tuple[str, Callable[[], object], list[str]]] = [
    ("one image of one cell", lambda: nn.BatchNorm2d(48)(zeros(1, 48, 1, 1)), [DROPPED, "model.eval()", "nn.GroupNorm(16, 48)"]),
    ("one image of one cell, wide", lambda: nn.BatchNorm2d(256)(zeros(1, 256, 1, 1)), [DROPPED, "model.eval()", "nn.GroupNorm(32, 256)"]),
    ("features without a batch", lambda: nn.BatchNorm1d(8)(zeros(8)), ["x = x.unsqueeze(0)"]),
    ("one vector", lambda: nn.BatchNorm1d(8)(zeros(1, 8)), [DROPPED, "model.eval()"]),
    ("a norm of other channels", lambda: nn.BatchNorm2d(8)(zeros(2, 4, 3, 3)), ["nn.BatchNorm2d(4)", "nn.Conv2d(in_channels, 8, kernel_size)"]),
    ("groups that do not divide", lambda: nn.GroupNorm(4, 8)(zeros(2, 6, 3, 3)), ["nn.GroupNorm(3, 6)"]),
    ("groups that never divide", lambda: nn.GroupNorm(4, 7), ["nn.GroupNorm(1, 7)"]),
    ("channels second", lambda: nn.LayerNorm(8)(zeros(2, 8, 4, 6)), ["x = norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)", "nn.LayerNorm([6])"]),
    ("two last axes", lambda: nn.LayerNorm((4, 6))(zeros(2, 4, 5)), ["nn.LayerNorm([4, 5])"]),
    ("one place", lambda: nn.InstanceNorm2d(8)(zeros(1, 8, 1, 1)), ["nn.GroupNorm(1, num_channels)"]),
    ("a pool's padding", lambda: nn.MaxPool2d(3, padding=2)(zeros(1, 8, 8, 8)), ["nn.MaxPool2d(3, padding=1)"]),
    ("a pool too large", lambda: nn.MaxPool2d(3)(zeros(1, 8, 2, 2)), ["self.avgpool = nn.AdaptiveAvgPool2d(1)"]),
    ("a map of another size", lambda: zeros(4, 256, 6, 6).view(-1, 25088), ["x = torch.flatten(nn.AdaptiveAvgPool2d(7)(x), 1)"]),
    ("a smaller batch", lambda: zeros(2, 512).view(4, 512), ["x = x.view(x.size(0), 512)"]),
    ("a smaller batch of maps", lambda: zeros(2, 48).view(4, 3, 4, 4), ["x = x.view(x.size(0), 3, 4, 4)"]),
    ("more numbers an image", lambda: zeros(4, 600).view(4, 512), ["x = torch.flatten(x, 1)"]),
    ("images of another size", lambda: zeros(8, 3, 5, 5).view(-1, 3, 7, 7), ["print(x.shape)"]),
    ("another order", lambda: zeros(2, 3, 4).permute(0, 2, 1).view(2, 12), ["x = x.reshape(x.shape[0], -1)", "x = x.contiguous().view(x.shape[0], -1)"]),
    ("permute without a batch", lambda: zeros(3, 8, 8).permute(0, 2, 3, 1), ["x = x.unsqueeze(0)", PRINT_X]),
    ("permute of a grey image", lambda: zeros(8, 8).permute(2, 0, 1), [RGB, PRINT_X]),
    ("permute of too few", lambda: zeros(2, 3, 8, 8).permute(0, 2, 1), [PRINT_X]),
    ("a norm of vectors", lambda: nn.BatchNorm2d(8)(zeros(2, 8)), ["x = x[None, None]", "x = x.view(x.shape[0], channels, height, width)", "nn.BatchNorm1d(num_features)"]),
    ("a norm of maps", lambda: nn.BatchNorm1d(8)(zeros(2, 8, 3, 3)), ["nn.BatchNorm2d(num_features)", "x = torch.flatten(x, 1)"]),
    ("two axes less", lambda: nn.BatchNorm3d(8)(zeros(2, 8, 4)), [PRINT_X]),
    ("three axes less", lambda: nn.Conv2d(3, 8, 3)(zeros(8)), [PRINT_X]),
    ("images for signals", lambda: nn.Conv1d(3, 8, 3)(zeros(2, 3, 8, 8)), ["nn.Conv2d(in_channels, out_channels, 3)", "x = x.flatten(2)"]),
    ("unequal images", lambda: torch.stack([zeros(3, 256, 300), zeros(3, 256, 256)]), [RESIZED]),
    ("on its side", lambda: torch.stack([zeros(3, 8, 9), zeros(3, 9, 8)]), [RESIZED]),
    ("colour beside grey, and unequal", lambda: torch.stack([zeros(3, 8, 8), zeros(1, 9, 9)]), [RGB, RESIZED]),
    ("an axis less", lambda: torch.stack([zeros(3, 8, 8), zeros(8, 8)]), [RGB]),
    ("labels of another number", lambda: torch.stack([zeros(3), zeros(4)]), [AS_LIST]),
    ("one short", lambda: torch.cat([zeros(1, 4, 57, 9), zeros(1, 4, 56, 9)], 1), [SKIP]),
    ("half as large", lambda: torch.cat([zeros(1, 4, 56, 9), zeros(1, 4, 28, 9)], 1), [SKIP]),
    ("quite another size", lambda: torch.cat([zeros(1, 4, 56, 9), zeros(1, 4, 40, 9)], 1), [SKIP, WHOLE_BATCHES]),
    ("a map and a vector", lambda: torch.cat([zeros(1, 4, 5, 5), zeros(1, 4)], 1), ["x = torch.cat([torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1), y], 1)", "x = x.unsqueeze(0)"]),
    ("no batch", lambda: torch.cat([zeros(1, 4, 5), zeros(4, 5)], 1), ["x = x.unsqueeze(0)"]),
    ("numbers", lambda: torch.cat([zeros(()), zeros(())]), ["torch.stack(losses)"]),
    ("unpooled", lambda: nn.Linear(512, 10)(zeros(2, 512, 7, 7)), [ONE_CELL]),
    ("unpooled, not square", lambda: nn.Linear(512, 10)(zeros(2, 512, 3, 5)), [ONE_CELL]),
    ("unpooled and flattened", lambda: nn.Linear(100, 10)(zeros(2, 900)), [ONE_CELL]),
    ("two vectors", lambda: nn.Linear(300, 10)(zeros(2, 600)), ["nn.Linear(600, 10)", ONE_CELL]),
    ("six cells", lambda: nn.Linear(100, 10)(zeros(2, 600)), [ONE_CELL, "nn.Linear(600, 10)"]),
    ("maps of another size", lambda: nn.Linear(512 * 49, 10)(zeros(2, 512 * 36)), ["x = torch.flatten(nn.AdaptiveAvgPool2d(7)(x), 1)", f"nn.Linear({512 * 36}, 10)"]),
    ("a picture's numbers", lambda: nn.Linear(784, 10)(zeros(2, 3 * 32 * 32)), ["nn.Linear(3072, 10)"]),
    ("ImageNet's classes", lambda: nn.Linear(500, 10)(zeros(2, 1000)), ["nn.Linear(1000, 10)", ONE_CELL]),
    ("ImageNet's classes for features", lambda: nn.Linear(768, 10)(zeros(2, 1000)), ["model.fc = nn.Linear(768, 10)"]),
    ("turned on its side", lambda: zeros(7, 5) @ zeros(7, 3), ["x = x.t()"]),
    ("anything else", lambda: nn.Linear(70, 10)(zeros(2, 30)), ["nn.Linear(30, 10)"]),
    ("heads", lambda: torch.bmm(zeros(2, 3, 4), zeros(3, 4, 4)), [PRINT]),
    ("matrices", lambda: torch.bmm(zeros(2, 3, 4), zeros(2, 5, 4)), ["a @ b.transpose(1, 2)"]),
]  # fmt: skip


@each(("raises", "lines"), [case[1:] for case in LINES])
def test_each_cause_has_its_line(raises: Callable[[], object], lines: list[str]) -> None:
    found = explained(raised(raises))
    assert [cause.code for cause in found.causes] == lines and badly_written(found) == []
    for line in lines:
        if re.fullmatch(r"nn\.\w+\([\d, \[\]]+\)", line):
            eval(line)  # a layer that there can be


def test_what_a_transform_was_given_is_told() -> None:
    for kind, says in (
        ("torch.Tensor", "A transform wants an image (PIL), or an array, and got torch.Tensor."),
        ("numpy.ndarray", "A transform wants an image (PIL) and got numpy.ndarray."),
        ("NoneType", "A transform wants an image, and got None."),
    ):  # fmt: skip
        found = explained(f"TypeError: pic should be PIL Image or ndarray. Got <class '{kind}'>")
        assert found.says == says and badly_written(found) == []


def test_a_call_with_what_no_kernel_takes() -> None:
    """PyTorch 0.3 to 1.12 listed what it was given; the operation's name stands before."""
    said = "TypeError: conv2d() received an invalid combination of arguments - got ({}, Parameter, NoneType, tuple), but expected one of:"
    for given_, lines in (
        ("torch.cuda.FloatTensor", ["x = x.to(next(model.parameters()).device)", "model = model.to(x.device)"]),
        ("list", ["x = torch.stack(x)"]), ("tuple", ["x = x[0]"]), ("numpy.ndarray", ["x = torch.from_numpy(x).float()"]),
    ):  # fmt: skip
        found = explained(said.format(given_))
        assert [cause.code for cause in found.causes][: len(lines)] == lines and badly_written(found) == []
    assert explain_error(said.format("Unheard")) is None


@pytest.mark.parametrize(
    "before", ["  state = torch.load(file)", "  File torch/serialization.py", "_pickle.UnpicklingError", ""]
)
def test_a_module_that_a_file_names_is_told_from_one_that_the_code_names(before: str) -> None:
    found = explained(f"{before}\nModuleNotFoundError: No module named 'models.resnet'")
    whole_network = "torch.save(model.state_dict(), file)"
    assert (found.cure == whole_network) == bool(before) and len(found.causes) == 2 and badly_written(found) == []
    assert (explain_error(f"{before}\nModuleNotFoundError: No module named 'cv2'") is not None) == bool(before)


# ---- the lines that cure do cure ------------------------------------------------------------------------------------

CURED: list[tuple[nn.Module, Tensor]] = [
    (nn.Linear(512, 10), zeros(2, 512, 1, 1)),
    (nn.Linear(512, 10), zeros(2, 512, 7, 7)),
    (nn.Conv2d(3, 8, 7), zeros(8, 32, 32, 3)),
    (nn.Conv2d(3, 8, 7), zeros(16, 1, 32, 32)),
    (nn.Conv2d(3, 8, 7), zeros(3, 8, 32, 32)),
    (nn.Conv2d(1, 8, 3), zeros(64, 28, 28)),
    (nn.Conv3d(3, 8, 3), zeros(4, 3, 8, 8).expand(4, 3, 8, 8)),
    (nn.Conv2d(1, 8, 3), zeros(28, 28)),
    (nn.Conv2d(1, 8, 3), zeros(32, 784)),
    (nn.Conv2d(3, 8, 3), zeros(2, 5, 3, 8, 8)),
    (nn.Conv2d(3, 8, 3), zeros(1, 8, 3, 8, 8)),
    (nn.BatchNorm2d(8).eval(), zeros(8, 3, 3)),
    (nn.Conv2d(3, 8, 3), zeros(1, 3, 8, 8).byte()),
    (nn.Conv2d(3, 8, 3), zeros(1, 3, 8, 8).double()),
    (nn.Conv2d(3, 8, 3).half(), zeros(1, 3, 8, 8)),
    (nn.Linear(3, 8), zeros(1, 3).long()),
]


@each(("model", "x"), CURED)
def test_the_line_mends_what_raised(model: nn.Module, x: Tensor) -> None:
    if isinstance(model, nn.Conv3d):
        model = nn.Conv3d(3, 8, (1, 3, 3))  # an image has no depth
    found = explained(raised(lambda: model(x)))
    scope = {"x": x, "model": model, "torch": torch, "nn": nn}
    exec(found.cure, scope)
    assert isinstance(model(scope["x"]), Tensor)


# ---- the numbers of the message, at any size ------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(64, 3000), st.integers(1, 2000))
def test_a_forgotten_flatten_at_any_size(images: int, channels: int, classes: int) -> None:
    found = explained(raised(lambda: nn.Linear(channels, classes, device="cpu")(zeros(images, channels, 1, 1))))
    assert (
        f"{images * channels:,} = {channels:,}·{images:,}" in found.sentence and found.cure == "x = torch.flatten(x, 1)"
    )


@settings(max_examples=30)
@given(st.integers(70, 500), st.integers(2, 8), st.integers(1, 20))
def test_a_map_that_was_not_pooled_at_any_size(channels: int, side: int, classes: int) -> None:
    assume(channels not in (128, 256))
    found = explained(raised(lambda: nn.Linear(channels, classes)(zeros(2, channels * side * side))))
    assert f"{channels * side * side:,} = {channels:,}·{side}·{side}" in found.sentence


@settings(max_examples=30)
@given(st.integers(5, 40), st.integers(5, 40), st.integers(2, 9))
def test_channels_that_stand_last_at_any_size(height: int, width: int, images: int) -> None:
    found = explained(raised(lambda: nn.Conv2d(3, 2, 1)(zeros(images, height, width, 3))))
    assume(images != 3)
    assert found.cure == "x = x.permute(0, 3, 1, 2)" and f"has {height}" in found.says


@settings(max_examples=30)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 3))
def test_any_two_sizes_are_told_in_their_order(a: int, b: int, axis: int) -> None:
    assume(a != b and 1 not in (a, b))
    one, other = [1, 1, 1, 1], [1, 1, 1, 1]
    one[axis], other[axis] = a, b
    found = explained(raised(lambda: zeros(one) + zeros(other)))
    assert f"(dimension {axis}): {a} against {b}" in found.says
    assert (f"{a} against {b}" in found.sentence) and all(cause.why and cause.fix for cause in found.causes)


@settings(max_examples=40)
@given(st.integers(1, 8), st.sampled_from([32, 64, 128, 256]), st.integers(2, 7), st.integers(2, 7))
def test_a_view_for_another_map(images: int, channels: int, made_for: int, side: int) -> None:
    size, features = images * channels * side**2, channels * made_for**2
    assume(size % features)
    found = explained(raised(lambda: zeros(images, channels, side, side).view(-1, features)))
    assert found.kind == "view" and f"{size:,}" in found.says and f"{features:,}" in found.sentence


# ---- weights --------------------------------------------------------------------------------------------------------


def _names(name: str) -> list[str]:
    """The keys of a real network's state dict."""
    with torch.device("meta"):
        return list(rv.build(rv.variant(name), "meta").state_dict())


class _Empty(nn.Module):
    """A module that has parameters of these names, each of one number."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        for name in names:
            *path, last = name.split(".")
            inner: nn.Module = self
            for part in path:
                if part not in inner._modules:
                    inner.add_module(part, nn.Module())
                inner = inner.get_submodule(part)
            inner.register_buffer(last, zeros(1))


def _loading(own: list[str], stored: list[str]) -> str:
    return raised(lambda: _Empty(own).load_state_dict(dict.fromkeys(stored, zeros(1))))


PREFIXES = ["module.", "model.", "_orig_mod.", "module._orig_mod.", "backbone.", "encoder.", "net.", "resnet.", "module.encoder_q."]  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_in_the_file_is_named_and_stripped(prefix: str) -> None:
    names = _names("resnet18")
    text = _loading(names, [prefix + name for name in names])
    found = explained(text)
    assert f"“{prefix}”" in found.sentence and f"All {len(names)} names agree" in found.sentence
    state = {prefix + name: zeros(1) for name in names}
    exec(found.cure, {"model": _Empty(names), "state": state})  # raises where a name were left


def test_a_message_of_any_length() -> None:
    names = _names("resnet152")
    text = _loading(names, ["model." + name for name in names])
    assert len(text) > 35_000
    found = explained(text)
    assert 'removeprefix("model.")' in found.cure and f"All {len(names)} names agree" in found.sentence
    assert len(found.sentence) < 800 and len(found.quote) < 400
    # far longer, and between other talk
    assert explained("epoch 1\n" * 60_000 + text).cure == found.cure


def test_a_prefix_on_the_networks_side_and_on_both() -> None:
    names = _names("resnet18")
    found = explained(_loading(["module." + name for name in names], names))
    assert (
        found.cure == "model.module.load_state_dict(state)"
        and "The network's names begin with “module.”" in found.sentence
    )
    found = explained(_loading(["backbone." + name for name in names], ["encoder." + name for name in names]))
    assert "“encoder.”" in found.sentence and "“backbone.”" in found.sentence
    state = {"encoder." + name: zeros(1) for name in names}
    exec(found.cure, {"model": _Empty(["backbone." + name for name in names]), "state": state})


def test_a_prefix_where_the_head_is_left() -> None:
    names = _names("resnet18")
    body = ["encoder." + name for name in names if not name.startswith("fc.")]
    found = explained(_loading(names, [*body, "projector.0.weight", "projector.2.weight"]))
    assert f"{len(body)} of {len(names)} names agree" in found.sentence
    assert "fc.weight, fc.bias" in found.causes[1].why
    exec(found.cure, {"model": _Empty(names), "state": dict.fromkeys([*body, "projector.0.weight"], zeros(1))})


@pytest.mark.parametrize(
    ("own", "stored", "told"),
    [
        ("resnet18", {"state_dict": 1, "epoch": 1, "optimizer": 1}, ['checkpoint["state_dict"]']),
        ("resnet18", {"net": 1, "acc": 1, "epoch": 1}, ['checkpoint["net"]']),
        ("resnet18", {"epoch": 1, "optimizer": 1}, ["whole checkpoint", "checkpoint.keys()"]),
    ],
)
def test_the_dict_around_the_weights(own: str, stored: dict[str, int], told: list[str]) -> None:
    found = explained(_loading(_names(own), list(stored)))
    assert [words for words in told if words not in first(found)] == []


def test_counters_alone_are_harmless_either_way() -> None:
    names = _names("resnet18")
    bare = [name for name in names if not name.endswith("num_batches_tracked")]
    for own, stored in ((bare, names), (names, bare)):
        found = explained(_loading(own, stored))
        assert "harmless" in found.sentence and found.cure == "model.load_state_dict(state, strict=False)"


def test_heads_depth_and_blocks_of_another_sort() -> None:
    names = _names("resnet18")
    body = [name for name in names if not name.startswith("fc.")]
    assert "The file has no head" in explained(_loading(names, body)).sentence
    assert "and the network none" in explained(_loading(body, names)).sentence
    found = explained(_loading(names, [*body, "fc.0.weight", "fc.3.weight"]))
    assert "Only the head" in found.sentence and 'name.startswith("fc.")' in found.cure
    assert "The network is deeper than the file" in explained(_loading(_names("resnet34"), names)).sentence
    assert "The file is deeper than the network" in explained(_loading(names, _names("resnet34"))).sentence
    assert "file is of bottlenecks" in explained(_loading(names, _names("resnet50"))).sentence
    assert "network is of bottlenecks" in explained(_loading(_names("resnet50"), names)).sentence
    other = explained(_loading(names, ["stages.0.weight", "stages.1.weight"]))
    assert other.cure == "resnet-viz check FILE" and "another network" in other.sentence


def test_shapes_of_two_real_networks() -> None:
    """ResNet-34's weights into a ResNet-50: the first conv's own size says bottleneck, whatever else differs."""

    def into(own: str, stored: str) -> Explanation:
        ours, theirs = (rv.build(name, "cpu", init=False) for name in (own, stored))
        return explained(raised(lambda: ours.load_state_dict(theirs.state_dict())))

    assert "bottlenecks" in into("resnet50", "resnet34").sentence
    assert "7×7 in the file and 3×3 in the network" in into("resnet18:stem=cifar", "resnet18").sentence
    grey = into("resnet18:in_channels=1,num_classes=7", "resnet18")
    assert "sum(1, keepdim=True)" in grey.cure and "7 in the network" in grey.causes[1].why
    assert "deep stem" in whole(into("resnet50s", "resnet50"))


@pytest.mark.parametrize(
    ("name", "stored", "own"),
    [
        ("conv1.weight", (8, 3, 7, 7), (8, 1, 7, 7)),
        ("conv1.weight", (8, 1, 7, 7), (8, 3, 7, 7)),
        ("conv1.weight", (8, 3, 7, 7), (8, 5, 7, 7)),
        ("conv1.weight", (8, 6, 7, 7), (8, 3, 7, 7)),
        ("conv1.weight", (8, 3, 3, 3), (8, 3, 5, 3, 3)),
        ("conv1.weight", (8, 3, 5, 3, 3), (8, 3, 3, 3)),
        ("bottom.weight", (4, 7), (7, 4)),
        ("bottom.weight", (4, 7), (4, 7, 1, 1)),
    ],
)
def test_the_line_gives_the_weights_their_shape(name: str, stored: tuple[int, ...], own: tuple[int, ...]) -> None:
    model = _Empty([name])
    model.get_submodule(name.rpartition(".")[0]).register_buffer("weight", zeros(own))
    state = {name: torch.rand(stored)}
    total = state[name].sum()
    found = explained(raised(lambda: model.load_state_dict(state)))
    exec(found.cure, {"state": state, "torch": torch})
    model.load_state_dict(state)
    if (
        stored[1] in (1, 3) and own[1] in (1, 3) and stored[0] == own[0]
    ):  # a grey, or a constant, input gives what it gave
        torch.testing.assert_close(state[name].sum(), total)


# ---- a network at hand ----------------------------------------------------------------------------------------------


@each(
    ("raises", "network", "steps"),
    [
        # ResNet-34 at 224: layer2.0 takes 64×56×56 to 128×28×28; an identity shortcut brings 56 against 28, or 64 against 128
        (lambda: zeros(1, 128, 28, 28) + zeros(1, 64, 56, 56), "resnet34@224", ("layer2.0.add",)),
        (lambda: zeros(1, 64, 28, 28) + zeros(1, 128, 28, 28), "resnet34@224", ("layer2.0.add",)),
        # 57 halves to 29, rounded down to 28; both ways round
        (lambda: zeros(1, 512, 28, 29) + zeros(1, 512, 29, 29), "resnet50@225", ("layer2.0.add",)),
        # 16 is two off 14, so nothing rounds to it; channels do not round
        (lambda: zeros(1, 256, 16, 16) + zeros(1, 256, 14, 14), "resnet34@224", ()),
        (lambda: zeros(1, 257, 14, 14) + zeros(1, 256, 14, 14), "resnet34@224", ()),
        (lambda: zeros(2, 8, 8, 8) + zeros(3, 8, 8, 8), "resnet34@224", ()),
        (lambda: zeros(1, 512, 1, 1).add_(zeros(1, 512, 2, 2)), "resnet18@32", ("layer4.0.add", "layer4.1.add")),
        (lambda: nn.Conv2d(3, 64, 7)(zeros(1, 1, 64, 64)), "resnet18@64", ("conv1",)),
        (lambda: nn.Conv2d(64, 128, 1)(zeros(1, 32, 8, 8)), "resnet34@224", ("layer2.0.downsample.0",)),
        # in 32 groups a filter of 128 channels sees four
        (lambda: nn.Conv2d(128, 128, 3, groups=32)(zeros(1, 64, 8, 8)), "resnext50_32x4d@224", ("layer1.0.conv2", "layer1.1.conv2", "layer1.2.conv2")),
        (lambda: nn.Linear(512, 1000)(zeros(1, 1536)), "resnet34@224", ("fc",)),
        (lambda: nn.AvgPool2d(7)(zeros(1, 512, 1, 1)), "resnet34@32", ("avgpool",)),
        (lambda: nn.Conv2d(3, 64, 7, 2, 1)(zeros(1, 3, 4, 4)), "resnet18@4", ("conv1",)),
        (lambda: nn.BatchNorm2d(512)(zeros(1, 512, 1, 1)), "resnet18@32", ("layer4.0.bn1", "layer4.0.bn2", "layer4.0.downsample.1", "layer4.1.bn1", "layer4.1.bn2")),
        (lambda: nn.BatchNorm2d(1024).eval()(zeros(1, 2048, 4, 4)), "resnet50@64", ("layer3.0.bn3", "layer3.0.downsample.1", *(f"layer3.{block}.bn3" for block in range(1, 6)))),
    ],
)  # fmt: skip
def test_the_steps_that_could_have_raised_it(
    raises: Callable[[], object], network: str, steps: tuple[str, ...]
) -> None:
    assert explained(raised(raises), network).steps == steps


def test_the_last_map_of_the_network_at_hand_tells_causes_apart() -> None:
    text = "mat1 and mat2 shapes cannot be multiplied (1x2048 and 512x1000)"
    assert "bottlenecks" in explained(text).sentence
    assert (
        "2,048 = 512·2·2: this network's last map at this input is 512×2×2" in explained(text, "resnet18@64").sentence
    )
    assert explained(text, "resnet18@64").causes[1].code == "nn.Linear(2048, 1000)"
    view = "shape '[-1, 1024]' is invalid for input of size 13824"
    assert "13,824 = 3·512·3·3: 3 images of this network's last map, 512×3×3" in explained(view, "resnet18@96").sentence
    assert "10 classes" in explained("IndexError: Target 12 is out of bounds.", "resnet18:num_classes=10@32").sentence


def test_a_network_of_ones_own_names_its_places() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.short = nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(4, 8, 1, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x) + self.short(x)

    trace = rv.trace(nn.Sequential(nn.Conv2d(3, 4, 1), Block()), 16)
    assert explained("The size of tensor a (8) must match the size of tensor b (4) at non-singleton dimension 1", trace).steps == ("1.add",)  # fmt: skip


# ---- the text around the message ------------------------------------------------------------------------------------

MESSAGE = "RuntimeError: Given groups=1, weight of size [64, 3, 7, 7], expected input[8, 4, 32, 32] to have 3 channels, but got 4 channels instead"  # fmt: skip
TRACEBACK = f"""Traceback (most recent call last):
  File "/home/me/train.py", line 57, in main
    out = model(x)
          ^^^^^^^^
  File "/home/me/venv/lib/python3.11/site-packages/torch/nn/modules/conv.py", line 554, in forward
    return self._conv_forward(input, self.weight, self.bias)
{MESSAGE}
"""


@each(
    "text",
    [
        TRACEBACK,
        TRACEBACK + "\nSegmentation fault\n",
        "Traceback (most recent call last):\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\n" + TRACEBACK,
        "\n".join(f"[rank0]: {line}" for line in TRACEBACK.splitlines()),
        "\n".join(f"E   {line}" for line in TRACEBACK.splitlines()),
        "\n".join(f"> {line}" for line in TRACEBACK.splitlines()),
        TRACEBACK.replace("RuntimeError", "\x1b[31mRuntimeError\x1b[0m"),
        TRACEBACK.replace(" ", "\n  "),
        "Caught RuntimeError in replica 0 on device 0.\nOriginal Traceback (most recent call last):\n" + TRACEBACK,
        "Caught RuntimeError in DataLoader worker process 3.\nOriginal " + TRACEBACK,
        json.dumps({"error": TRACEBACK}),
        repr(MESSAGE),
        f"<pre>{MESSAGE}</pre>",
        "\n".join(f"E0107 17:13:40.871000 1164031 torch/_dynamo/x.py:2827] [0/1] {line}" for line in TRACEBACK.splitlines()),
    ],
)  # fmt: skip
def test_a_message_is_found_in_what_stands_around_it(text: str) -> None:
    found = explained(text)
    assert found.kind == "channels" and found.cure == 'image = image.convert("RGB")'


def test_the_line_of_ones_own_code_is_named() -> None:
    assert explained(TRACEBACK).place == "train.py, line 57, in main: out = model(x)"
    assert explained(MESSAGE).place == ""


def test_the_last_error_is_told_and_a_vague_one_only_alone() -> None:
    bare = "ValueError: expected 4D input (got 3D input)"
    assert explained(f"{MESSAGE}\n{bare}").kind == "dimensions"
    assert explained(f"{bare}\n{MESSAGE}").kind == "channels"
    assert explained(f"{bare}\nRuntimeError: CUDA error: device-side assert triggered").kind == "dimensions"


# ---- what is not understood -----------------------------------------------------------------------------------------

NOT_KNOWN = {
    "": "No error stands in this text. Paste the message itself, such as “RuntimeError: …”, or the whole traceback with its last line.",
    "hello": "No error stands in this text. Paste the message itself, such as “RuntimeError: …”, or the whole traceback with its last line.",
    'Traceback (most recent call last):\n  File "a.py", line 1': "This traceback has no last line, where the error itself stands; paste it whole, to its end.",
    "KeyError: 'image'": "“KeyError: 'image'” is no error of a tensor's shape: it is raised by Python or another package, at the last line of the traceback that is your own.",
    "RuntimeError: a thing broke": (
        "“RuntimeError: a thing broke” is none of the errors of shapes, types, devices, memory, data, targets and weights that are known here. "
        "The shapes at the line where it arose would tell most: print(x.shape) just before it, or trace the network with "
        "rv.trace(model, input_size=…), which names the step."
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", NOT_KNOWN)
def test_what_is_not_known_is_said_so_and_no_cause_is_made_up(text: str) -> None:
    assert explain_error(text) is None
    assert not_understood(text) == NOT_KNOWN[text]


@pytest.mark.parametrize(
    "text",
    ["IndexError: list index out of range", "mat1 and mat2 shapes", "a" * 20_000, "The size of tensor a must match", "KeyError: 'fc'", "Target is out of bounds", "Input type (X) and weight type (Y) should be the same", "mat1 and mat2 shapes cannot be multiplied (1x8 and 8x1)"],
)  # fmt: skip
def test_what_tells_too_little_is_not_explained(text: str) -> None:
    assert explain_error(text) is None


@settings(max_examples=30)
@given(st.text(max_size=300), st.sampled_from([report["message"] for report in REPORTS]))
def test_any_text_is_answered(text: str, message: str) -> None:
    not_understood(text)
    explain_error(message[: len(message) // 2] + text)
    assert explain_error(text + "\n" + message) is not None


AT_HAND = rv.forecast("resnet18@64")


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data(), st.sampled_from(ENTRIES), st.booleans())
def test_any_numbers_in_any_wording_are_answered(data: st.DataObject, entry: Entry, at_hand: bool) -> None:
    """Sides of 0, sides of fifteen digits, more axes than any layer has: told or not told, and nothing raised."""
    pattern = data.draw(st.sampled_from(entry.patterns))
    found = explain_error(data.draw(st.from_regex(pattern, fullmatch=True)), AT_HAND if at_hand else None)
    if found is not None:
        assert found.says and all(cause.why and cause.fix and len(cause.code) < 2_000 for cause in found.causes)
        assert len(repr(found)) < 12_000


def test_a_number_of_groups_that_no_layer_has_is_no_work() -> None:
    text = "num_channels (999999999989) must be divisible by num_groups (999999999988)"
    assert explained(text).cure == "nn.GroupNorm(1, 999999999989)"


def test_a_text_that_is_too_long_and_what_is_none() -> None:
    with pytest.raises(rv.InputError) as caught:
        explain_error("a" * 2_000_001)
    assert str(caught.value) == "text='2,000,001 characters': must have at most 2,000,000; paste the last lines"
    with pytest.raises(rv.InputError) as caught:
        explain_error(3)  # type: ignore[arg-type]
    example = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x8192 and 2048x1000)"
    assert str(caught.value) == f"text=3: must be a text, not int; write e.g. '{example}'"


def test_what_python_shows_of_an_explanation() -> None:
    likely, other = Cause("It was so.", "Do this.", "a = 1\nb = 2"), Cause("It was else:", "do that.")
    assert repr(Explanation("pool", "a quote", "It says.", (likely, other), ("a", "b", "c", "d"), "a.py, line 1, in f")) == (
        "Explanation (pool): It says. It was so.\n  Do this.\n      a = 1\n      b = 2\n  at a.py, line 1, in f\n"
        "  in a, b, c and 1 more\n  or: It was else: do that."
    )  # fmt: skip
    assert repr(Explanation("pool", "a quote", "It says.", (other,))) == "Explanation (pool): It says. It was else:\n  do that."  # fmt: skip


# ---- the table ------------------------------------------------------------------------------------------------------


def _parts(parsed: Any) -> Any:
    """Every operation of a parsed expression, nested ones too."""
    for operation, value in parsed:
        yield str(operation), value
        stack = [value]
        while stack:
            one = stack.pop()
            if isinstance(one, _parser.SubPattern):
                yield from _parts(one)
            elif isinstance(one, tuple | list):
                stack.extend(one)


# from one version on or up to another, of PyTorch or what is named before; or of no version
NUMBER = r"\d\.\d{1,2}(?:\.\d)?"
VERSIONS = rf"(?:(?:torchvision|torch\.compile[a-z ]*,) )?{NUMBER}(?:–(?:{NUMBER})?)?(?:, [\w. =]+)?|torchvision|Pillow|any|as people write it"  # fmt: skip


@each("entry", ENTRIES)
def test_no_wording_can_take_long(entry: Entry) -> None:
    """Every repeat is bounded, and what begins a wording is fixed: at most one place in a few is tried at all."""
    for regex, versions in entry.wordings:
        assert re.fullmatch(VERSIONS, versions), versions
        parsed = _parser.parse(regex)
        repeats = [value for operation, value in _parts(parsed) if operation.endswith("REPEAT")]
        assert all(most < 1000 for _, most, _ in repeats), regex
        assert not re.match(r"\\[wdsS.]|\.|\(\?P<\w+>\\w", regex), regex


def test_kinds_are_told_apart_and_files_are_small() -> None:
    assert len({entry.kind for entry in ENTRIES}) == len(ENTRIES)
    folder = Path(rv.__file__).parent / "why" / "pytorch_errors"
    assert {path.stem for path in folder.glob("*.py")} == {
        "__init__", "entry", "reading", "table", "state_names", "state_shapes", *(family.__name__.rpartition(".")[2] for family in FAMILIES)
    }  # fmt: skip


def test_every_wording_is_met_here() -> None:
    """Each by a report, or by an error of today's PyTorch in eager mode."""
    met = [_clean(report["message"]) for report in REPORTS]
    met += [_clean(raised(lambda case=case: case[0](*case[1]))) for case in RAISED]  # type: ignore[misc]
    known = [(entry.kind, pattern.pattern) for entry in ENTRIES for pattern in entry.patterns]
    assert [one for one in known if not any(re.search(one[1], text) for text in met)] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("torch.cuda.HalfTensor", ("float16", "cuda")), ("torch.LongTensor", ("int64", "cpu")), ("CUDAFloatType", ("float32", "cuda")),
        ("c10::BFloat16", ("bfloat16", "")), ("Variable[torch.cuda.ByteTensor]", ("uint8", "cuda")), ("torch.uint8", ("uint8", "")), ("X", ("", "")),
    ],
)  # fmt: skip
def test_how_types_are_written(written: str, told: tuple[str, str]) -> None:
    assert type_and_device(written) == told
