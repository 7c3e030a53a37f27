"""Numbers of two types, or a type that an operation does not take; old versions named type and device in one word."""

from __future__ import annotations

import re

from .devices import apart
from .entry import Cause, Entry, Found, Told

# each spelling of a type, as C++, PyTorch's own words and tensor classes have it
_SPELLINGS = {
    "uint8": ("unsigned char", "byte", "uint8", "uint8_t"),
    "int8": ("signed char", "char", "int8", "int8_t"),
    "int16": ("short", "short int", "int16", "int16_t"),
    "int32": ("int", "int32", "int32_t"),
    "int64": ("long", "long int", "long long", "__int64", "int64", "int64_t"),
    "float16": ("half", "c10::half", "at::half", "float16"),
    "bfloat16": ("bfloat16", "c10::bfloat16", "at::bfloat16"),
    "float32": ("float", "float32"),
    "float64": ("double", "float64"),
    "bool": ("bool",),
    "complex64": ("complexfloat", "c10::complex<float>"),
}
_NAMES = {word: name for name, words in _SPELLINGS.items() for word in words}
_CALLS = {"float32": ".float()", "float64": ".double()", "float16": ".half()", "bfloat16": ".bfloat16()", "int64": ".long()", "uint8": ".byte()"}  # fmt: skip
_WEIGHTS = ("weight", "bias", "mat2")
_WHOLE = ("uint8", "int8", "int16", "int32", "int64", "bool")


def type_and_device(written: str) -> tuple[str, str]:
    """``torch.cuda.FloatTensor`` → float32 and cuda; "" for what the words do not say.

    >>> type_and_device("torch.cuda.ByteTensor"), type_and_device("unsigned char"), type_and_device("MPSFloatType")
    (('uint8', 'cuda'), ('uint8', ''), ('float32', 'mps'))
    """
    word = re.sub(r"^Variable\[(.{1,60})\]$", r"\1", written.strip())
    device = ""
    if match := re.fullmatch(r"torch\.(?:(\w{1,12})\.)?(\w{1,20})Tensor", word):
        device, word = match.group(1) or "cpu", match.group(2)
    elif match := re.fullmatch(r"(MPS|CUDA|CPU|XLA|HIP)(\w{1,20})Type", word):
        device, word = match.group(1).lower(), match.group(2)
    return _NAMES.get(word.removeprefix("torch.").lower(), ""), device


def _two(found: Found) -> Told | None:
    given, given_on = type_and_device(found.word("given"))
    wanted, wanted_on = type_and_device(found.word("wanted"))
    role = found.word("role")
    if role in _WEIGHTS:  # versions up to 1.5 took the input's type for the one that is wanted
        given, given_on, wanted, wanted_on = wanted, wanted_on, given, given_on
    if given_on and wanted_on and given_on != wanted_on:
        return apart(given_on, wanted_on, role in _WEIGHTS or "Input type" in found.match.group(0))
    if not given or not wanted or given == wanted:
        return None
    if role == "target" or (wanted == "int64" and role not in _WEIGHTS):
        return mixed(given, wanted, target=True)
    if not role and (wanted == "float64" or wanted in _WHOLE):  # nobody converts a network so; it is the data
        given, wanted = wanted, given
    return mixed(given, wanted)


def mixed(given: str, wanted: str, *, target: bool = False) -> Told:
    """The tensor is of the type ``given``, and the weights, or the operation, of ``wanted``."""
    if target:
        return Told(
            f"The target is {given} where {wanted} is wanted.",
            (
                Cause("CrossEntropyLoss wants class numbers, which are int64 (long).", "Make the target whole numbers.", "target = target.long()")
                if wanted == "int64"
                else Cause("This loss compares with numbers of floating point.", "Make the target such numbers.", "target = target.float()"),
            ),
        )  # fmt: skip
    says = f"The input is {given} and the weights are {wanted}; both must be of one type."
    half = {given, wanted} & {"float16", "bfloat16"}
    causes: list[Cause]
    if given in _WHOLE:
        bytes_ = " The image was made a tensor without being scaled to 0…1, as from_numpy and PILToTensor do." if given == "uint8" else ""  # fmt: skip
        causes = [
            Cause(
                f"{given} is whole numbers.{bytes_}",
                "Make it floating point, and images 0…1.",
                "x = x.float() / 255" if given == "uint8" else "x = x.float()",
            )
        ]
    elif given == "float64":
        causes = [
            Cause("NumPy's numbers are float64 unless one says otherwise, and PyTorch's weights float32.", f"Make the input {wanted}.", f"x = x{_CALLS.get(wanted, '.float()')}"),
            Cause("The network is to run in double precision:", "convert it.", "model = model.double()"),
        ]  # fmt: skip
    elif half:
        short = next(iter(half))
        causes = [
            Cause(f"Either the network or the input was converted to {short}, and the other was not.", "Make the input of the weights' type.", "x = x.to(next(model.parameters()).dtype)"),
            Cause("Let PyTorch choose the type for each operation:", "run under autocast.", f"with torch.autocast('cuda', dtype=torch.{short}): output = model(x)"),
        ]  # fmt: skip
    else:
        if wanted == "float64":  # the network was converted, by itself or by a default type
            return Told(says, (Cause("The network was converted to float64, and the input was not.", "Make the network float32 again.", "model = model.float()"), Cause("Double precision is meant:", "make the input float64.", "x = x.double()")))  # fmt: skip
        causes = [
            Cause(f"One of the two was converted to {given if given != 'float32' else wanted}.", f"Make the input {wanted}.", f"x = x{_CALLS.get(wanted, '.float()')}")
        ]  # fmt: skip
    return Told(says, tuple(causes))


def _label(found: Found) -> Told | None:
    given = type_and_device(found.word("given"))[0]
    if not given:
        return None
    if found.word("probabilities"):
        return Told(
            "The target has the output's shape, so it is taken for probabilities, and these cannot be whole numbers.",
            (
                Cause(f"The target is one-hot and {given}.", "Make it floating point, or give class numbers.", "target = target.argmax(1)"),
            ),
        )  # fmt: skip
    return mixed(given, "int64", target=True)


def _cast(found: Found) -> Told | None:
    given, wanted = type_and_device(found.word("given"))[0], type_and_device(found.word("wanted"))[0]
    if not given or not wanted:
        return None
    if wanted == "uint8":
        causes = (Cause("The image is uint8, and Normalize subtracts in place, which uint8 cannot hold.", "Scale it to 0…1 first, as ToTensor does.", "image = image.float() / 255"),)  # fmt: skip
    else:
        causes = (
            Cause("In a loss, the target is whole numbers and floating point is wanted.", "Convert the target.", "loss = criterion(output, target.float())"),
            Cause("An in-place operation on whole numbers:", "convert them first.", "x = x.float()"),
        )  # fmt: skip
    return Told(f"A result of {given} was to be kept as {wanted}.", causes)


def _lacking(found: Found) -> Told | None:
    kind = type_and_device(found.word("given"))[0]
    operation = found.word("operation") or found.before()
    if not kind:
        return None
    says = f"The operation “{operation}” does not take {kind}."
    loss = "nll" in operation or "cross_entropy" in operation
    if loss and kind in _WHOLE:
        return Told(
            says, (Cause("Class numbers must be int64 (long).", "Convert the target.", "target = target.long()"),)
        )
    if kind == "float16":
        return Told(
            says,
            (
                Cause("On the processor half precision lacks operations; it is meant for GPUs.", "Run in float32 on the processor.", "model = model.float(); x = x.float()"),
                Cause("You meant to run on the GPU:", "move both.", "model = model.to('cuda'); x = x.to('cuda')"),
                Cause("Use bfloat16, which the processor has:", "convert both.", "model = model.bfloat16(); x = x.bfloat16()"),
            ),
        )  # fmt: skip
    if kind == "bfloat16":
        return Told(says, (Cause("This version or device has no such operation for bfloat16.", "Run it in float32.", "x = x.float()"),))  # fmt: skip
    if kind in _WHOLE:
        scaled = "x = x.float() / 255" if kind == "uint8" else "x = x.float()"
        return Told(says, (Cause("It needs floating point, and got whole numbers, such as an image's bytes or labels.", "Convert them.", scaled),))  # fmt: skip
    return Told(says, (Cause("It has no version for this type.", "Convert to float32.", "x = x.float()"),))


def _mean(found: Found) -> Told | None:
    kind = type_and_device(found.word("given"))[0]
    return Told(
        f"A mean of {kind or 'whole numbers'} was asked for, and a mean is no whole number.",
        (Cause("An average pool, a mean or a loss was given whole numbers, such as an image's bytes.", "Convert them.", "x = x.float() / 255" if kind == "uint8" else "x = x.float()"),),
    )  # fmt: skip


def _norm(found: Found) -> Told | None:
    kind = type_and_device(found.word("wanted"))[0]
    return Told(
        f"A batch norm's numbers and its input are of types that do not go together{f'; it wants {kind} weights' if kind == 'float32' else ''}.",
        (
            Cause("The input is of another type than the network, such as float64 from NumPy, or half beside float32.", "Give both one type.", "x = x.to(next(model.parameters()).dtype)"),
            Cause("The network was converted and its norms were not, or the other way round:", "convert the whole network.", "model = model.float()"),
        ),
    )  # fmt: skip


def _invalid(found: Found) -> Told | None:
    given = found.word("given")
    operation = found.before()
    kind = type_and_device(given)[0]
    if kind:
        says = f"{operation} was called with {given}, and the weights are of another type or on another device."
        other = (Cause("The network is on another device:", "move it to the input's.", "model = model.to(x.device)"),)
        if kind != "float32":
            told = mixed(kind, "float32")
            return Told(says, told.causes + other)
        return Told(says, (Cause("The input and the weights are on different devices, or of different types.", "Move the input to the weights.", "x = x.to(next(model.parameters()).device)"), *other))  # fmt: skip
    words = {"numpy": "a NumPy array", "PIL": "an image file's object", "list": "a list", "tuple": "a tuple", "NoneType": "None", "str": "a text", "dict": "a dict"}  # fmt: skip
    what = next((text for word, text in words.items() if word in given), "")
    if not what:
        return None
    cures = {
        "numpy": Cause("The array was not made a tensor.", "Convert it.", "x = torch.from_numpy(x).float()"),
        "PIL": Cause("The image was not made a tensor.", "Convert it.", "x = transforms.ToTensor()(image).unsqueeze(0)"),
        "list": Cause("Several tensors came where one is meant: a batch as a list, or the outputs of a backbone.", "Make one tensor of them, or take the one that is meant.", "x = torch.stack(x)"),
        "tuple": Cause("The layer before returns several values, as an LSTM or Inception does.", "Take the one that is meant.", "x = x[0]"),
        "NoneType": Cause("The function before returns nothing.", "Return the tensor from its forward.", "return x"),
        "str": Cause("A file's name came where its image is meant.", "Open it and make it a tensor.", 'x = transforms.ToTensor()(Image.open(name).convert("RGB")).unsqueeze(0)'),
        "dict": Cause("The batch or the output is a dict.", "Take the entry that is meant.", 'x = batch["image"]'),
    }  # fmt: skip
    cure = next(cause for word, cause in cures.items() if word in given)
    return Told(f"{operation} was called with {what} where a tensor is meant.", (cure,))


def _embedding(found: Found) -> Told | None:
    kind = type_and_device(found.word("given"))[0] or "another type"
    return Told(
        f"Indices must be int64 (long) or int32, and these are {kind}.",
        (Cause("An embedding or an index was given numbers of floating point.", "Convert them.", "x = x.long()"),),
    )


_T = r"[\w:.<> \[\]]{1,60}?"


def _loss(found: Found) -> Told | None:
    given, wanted = type_and_device(found.word("given"))[0], type_and_device(found.word("wanted"))[0]
    if not given or not wanted:
        return None
    says = f"In a loss, or its backward pass, one tensor is {given} and the other {wanted}."
    why = "NumPy's and Python's numbers are float64 in a tensor unless one says otherwise." if given == "float64" else f"{given} is whole numbers, and this loss compares numbers of floating point." if given in _WHOLE else "The target, or the loss's weight, is of another type than the output."  # fmt: skip
    return Told(
        says,
        (
            Cause(f"The target is {given}. {why}", "Make it of the output's type.", "loss = criterion(output, target.to(output.dtype))"),
            Cause("It is class numbers for a loss that compares numbers:", "use the loss for classes.", "criterion = nn.CrossEntropyLoss()") if given in _WHOLE else Cause("The network's output is what is of another type:", "convert it.", "output = output.float()"),
        ),
    )  # fmt: skip


ENTRIES = (
    Entry("loss's types", _loss, ((r"Found dtype (?P<given>\w{1,20}) but expected (?P<wanted>\w{1,20})", "1.5–"),)),
    Entry(
        "types",
        _two,
        (
            (rf"Input type \((?P<given>{_T})\) and (?:weight|bias) type \((?P<wanted>{_T})\) should be the same", "0.4–"),
            (r"mat1 and mat2 must have the same dtype, but got (?P<given>\w{1,20}) and (?P<wanted>\w{1,20})", "2.0–"),
            (r"expected m1 and m2 to have the same dtype, but got: (?P<given>[\w:]{1,20}) != (?P<wanted>[\w:]{1,20})", "1.12–"),
            (r"expected scalar type (?P<wanted>\w{1,20}) but found (?P<given>\w{1,20})", "1.4–"),
            (rf"Expected object of (?:scalar )?type (?P<wanted>{_T}) but (?:found|got)(?: scalar)? type (?P<given>{_T}) for (?:argument|sequence element \d{{1,3}} in sequence argument at position) #\d{{1,2}} '(?P<role>\w{{1,30}})'", "0.4–1.5"),
            (rf"Expected object of scalar type (?P<wanted>{_T}) but got scalar type (?P<given>\w{{1,20}})", "1.0–1.5"),
            (r"expected dtype (?P<wanted>\w{1,20}) but got dtype (?P<given>\w{1,20})", "1.3–1.6"),
            (r"Index put requires the source and destination dtypes match, got (?P<wanted>\w{1,20}) for the destination and (?P<given>\w{1,20}) for the source", "1.5–"),
        ),
    ),
    Entry(
        "target's type",
        _label,
        (
            (r"expected target dtype to be Long or Byte, but got (?P<given>\w{1,20})", "2.12–"),
            (r"Expected floating point type for target with class (?P<probabilities>probabilities), got (?P<given>\w{1,20})", "1.10–"),
        ),
    ),
    Entry("cast", _cast, ((r"result type (?P<given>\w{1,20}) can't be cast to the desired output type (?P<wanted>[\w ]{1,20})", "1.3–"),)),
    Entry("type lacking", _lacking, ((r"[\"“](?P<operation>\w{1,80})[\"”] not implemented for '(?:torch\.)?(?P<given>\w{1,30}?)(?:Tensor)?'", "1.0–"),)),
    Entry("type lacking on the GPU", _lacking, ((r"(?:is )?not implemented for type (?P<given>torch\.[\w.]{1,30}Tensor)", "0.3–1.0"),)),
    Entry(
        "mean of whole numbers",
        _mean,
        (
            (r"mean\(\): could not infer output dtype\. Input dtype must be either a floating point or complex dtype\. Got: (?P<given>\w{1,20})", "1.11–"),
            (r"Can only calculate the mean of floating types\. Got (?P<given>\w{1,20}) instead", "1.3–1.10"),
        ),
    ),
    Entry("norm's type", _norm, ((r"mixed dtype \(CPU\): (?:expect (?:input|parameter) to have scalar type of (?P<wanted>\w{1,20})|all inputs must share same datatype)", "1.8–"),)),
    Entry("no tensor", _invalid, ((r"received an invalid combination of arguments - got \((?:int, |float, )?(?P<given>[\w.]{1,80})", "0.3–"),)),
    Entry("index type", _embedding, ((r"Expected tensor for argument #1 'indices' to have (?:one of the following scalar types: Long, Int; but got (?P<given>[\w.]{1,40}) instead|scalar type Long; but got (?P<given_old>[\w.]{1,40}) instead)", "1.0–"), (r"tensors used as indices must be long, (?:int, )?byte or bool tensors", "1.2–"))),
)  # fmt: skip
