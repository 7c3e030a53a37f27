"""Tensors on two devices, or a device that is not there."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told


def _place(word: str) -> str:
    return {"gpu": "cuda", "cpu": "cpu"}.get(word.lower(), word.lower())


def apart(given: str, weights: str, layer: bool) -> Told:
    """One is on ``given`` and the other on ``weights``; ``layer`` where it is an input and a layer's weights."""
    given, weights = _place(given), _place(weights)
    if not layer:
        return Told(
            f"Two tensors were on two devices, {given} and {weights}; an operation takes place on one.",
            (
                Cause("One of them, such as the target or a tensor made in forward, was not moved.", "Make it on the other's device.", "y = y.to(x.device)"),
                Cause("The network was not moved:", "move it.", "model = model.to(x.device)"),
            ),
        )  # fmt: skip
    says = f"The input is on {given} and the weights are on {weights}; an operation takes place on one device."
    move_model = Cause(
        "The network was not moved with its input, or a layer of it is in a list or dict of Python's, which .to() does not see.",
        "Move the network; keep layers in nn.ModuleList.",
        f"model = model.to({given!r})",
    )
    move_input = Cause(
        "The batch was not moved, or the result of .to() was not kept.",
        "Move the batch and keep what .to() returns.",
        f"x = x.to({weights!r})",
    )
    return Told(says, (move_model, move_input) if weights == "cpu" else (move_input, move_model))


def _two(found: Found) -> Told | None:
    first, second = found.word("first"), found.word("second")
    role = found.word("role")
    if not first or not second:
        return Told("Two tensors were on two devices; an operation takes place on one.", (_BOTH,))
    if _place(first) == _place(second):
        return None
    if role in ("weight", "bias", "mat2", "running_mean"):  # the one that is told of is the layer's
        return apart(second, first, layer=True)
    if role in ("input", "mat1", "tensor") or found.word("layer"):
        return apart(first, second, layer=True)
    return apart(first, second, layer=False)


_BOTH = Cause("The network, the batch or the target was not moved.", "Move all of them.", "model.to(device); x, y = x.to(device), y.to(device)")  # fmt: skip


def _meta(found: Found) -> Told | None:
    first, second = found.word("first"), found.word("second")
    if "meta" not in (first, second):
        return apart(first, second, layer=False)
    return Told(
        f"Two tensors were on two devices, {first} and {second}.",
        (
            Cause("What is on meta has a shape and no numbers: the weights were never loaded.", "Give the network memory, then load its weights.", "model = model.to_empty(device='cpu'); model.load_state_dict(state)"),
            Cause("The input was made on meta:", "make both on one device.", "x = x.to('meta')" if first == "cpu" or second == "cpu" else _BOTH.code),
        ),
    )  # fmt: skip


def _parallel(found: Found) -> Told | None:
    first, second = found.word("first"), found.word("second")
    return Told(
        f"DataParallel wants the network on {first}, its first device, and found a part of it on {second}.",
        (Cause("The network was not moved before.", "Move it to the first device.", f"model = nn.DataParallel(model.to({first!r}))"),),
    )  # fmt: skip


def _load(found: Found) -> Told | None:
    return Told(
        "The file was saved from a GPU, and here there is none, or not that one.",
        (Cause("torch.load puts tensors back where they were.", "Say where they go.", "state = torch.load(file, map_location='cpu', weights_only=True)"),),
    )  # fmt: skip


def _absent(found: Found) -> Told | None:
    return Told(
        "PyTorch sees no GPU here.",
        (
            Cause("This PyTorch was built without CUDA, or the driver is absent or older than it.", "Install the build for your CUDA from pytorch.org, or run on the processor.", "device = 'cuda' if torch.cuda.is_available() else 'cpu'"),
        ),
    )  # fmt: skip


def _numpy(found: Found) -> Told | None:
    return Told(
        "NumPy knows the processor's memory alone, and this tensor is on a GPU.",
        (Cause("The result was not brought back.", "Bring it back first.", "x = x.detach().cpu().numpy()"),),
    )


def _kernel(found: Found) -> Told | None:
    return Told(
        "This PyTorch has no code for this GPU.",
        (Cause("The GPU is older or newer than those that the build was made for.", "Install a build for it from pytorch.org.", "torch.cuda.get_arch_list(), torch.cuda.get_device_capability()"),),
    )  # fmt: skip


def _ordinal(found: Found) -> Told | None:
    return Told(
        "A GPU was asked for by a number that none has.",
        (Cause("There are fewer GPUs, or CUDA_VISIBLE_DEVICES hides them; it counts from 0.", "Use one that is there.", "device = 'cuda:0'"),),
    )  # fmt: skip


def _mps_lacks(found: Found) -> Told | None:
    operation = found.word("operation")
    if found.word("double"):
        return Told(
            "The Mac's GPU (MPS) knows no float64.",
            (Cause("NumPy's numbers are float64 unless one says otherwise.", "Make them float32 before they are moved.", "x = x.float().to('mps')"),),
        )  # fmt: skip
    if not operation:
        return Told(
            "On the Mac's GPU (MPS) an adaptive pool divides the map into equal windows alone.",
            (Cause("The map's sides are no multiples of the pool's output.", "Use an input whose map divides, or pool on the processor.", "x = pool(x.cpu()).to('mps')"),),
        )  # fmt: skip
    return Told(
        f"The operation “{operation}” does not exist on the Mac's GPU (MPS).",
        (
            Cause("This version of PyTorch has not written it yet.", "Let the processor do such operations, or update PyTorch.", "PYTORCH_ENABLE_MPS_FALLBACK=1 python train.py"),
        ),
    )  # fmt: skip


_D = r"(?:cuda|cpu|mps|xpu|meta|hpu|xla)(?::\d{1,3})?"
ENTRIES = (
    Entry(
        "operation lacking on a Mac",
        _mps_lacks,
        (
            (r"The operator '(?P<operation>[\w:.]{1,80})' is not currently (?:implemented|supported) (?:for|on) the MPS", "1.12–"),
            (r"Cannot convert a MPS Tensor to (?P<double>float64)", "1.12–"),
            (r"Adaptive pool MPS: input sizes must be divisible by output sizes", "1.12–"),
        ),
    ),
    Entry(
        "devices",
        _two,
        (
            (rf"[Ee]xpected all tensors to be on the same device, but found at least two devices, (?P<first>{_D}) and (?P<second>{_D})!(?: \(when checking arguments? for argument (?P<role>\w{{1,30}}))?", "1.5–, torch.compile"),
            (rf"[Ee]xpected all tensors to be on the same device, but got (?P<role>\w{{1,30}}) is on (?P<first>{_D}), different from other tensors on (?P<second>{_D})", "2.6–"),
            (r"[Ee]xpected object of backend (?P<second>CUDA|CPU) but got backend (?P<first>CUDA|CPU) for (?:argument|sequence element \d{1,3} in sequence argument at position) #\d{1,2} '(?P<role>\w{1,30})'", "1.0–1.2"),
            (r"[Ee]xpected object of device type (?P<second>\w{1,8}) but got device type (?P<first>\w{1,8}) for argument #\d{1,2} '(?P<role>\w{1,30})'", "1.3–1.6"),
            (rf"expected device (?P<second>{_D}) but got device (?P<first>{_D})", "1.3–1.5"),
            (r"Tensor for argument #\d{1,2} '(?P<role>\w{1,30})' is on (?P<first>CPU|GPU), but expected (?:it|them) to be on (?P<second>GPU|CPU)", "1.7–1.10"),
            (r"Tensor for '?(?P<role>\w{1,30})'? is on (?P<first>CPU|GPU), (?:Tensor for argument #\d{1,2} '\w{1,30}' is on \w{3}, ){0,4}but expected them to be on (?P<second>GPU|CPU)", "1.7–1.10"),
            (rf"(?P<layer>input)\(device='?(?P<first>{_D})'?\) and weight\(device='?(?P<second>{_D})'?\)", "1.12–, MPS"),
            (r"arguments are located on different GPUs", "0.3–1.6"),
            (r"Placeholder storage has not been allocated on MPS device", "1.12–, MPS"),
            (rf"indices should be either on (?P<first>{_D}) or on the same device as the indexed tensor \((?P<second>{_D})\)", "1.5–"),
            (r"all tensors must be on devices\[0\]", "0.3–"),
        ),
    ),
    Entry("meta", _meta, ((rf"Tensor on device (?P<first>{_D}) is not on the expected device (?P<second>{_D})", "2.0–"),)),
    Entry("parallel", _parallel, ((rf"module must have its parameters and buffers on device (?P<first>{_D}) \(device_ids\[0\]\) but found one of them on device: (?P<second>{_D})", "1.0–"),)),
    Entry("saved from a GPU", _load, ((r"Attempting to deserialize object on (?:a )?CUDA device", "0.4–"),)),
    Entry("no GPU", _absent, ((r"Torch not compiled with CUDA enabled", "0.3–"), (r"Found no NVIDIA driver on your system", "0.3–"), (r"No CUDA GPUs are available", "1.7–"), (r"The NVIDIA driver on your system is too old", "0.3–"))),
    Entry("to NumPy", _numpy, ((rf"can't convert (?:CUDA|{_D})(?: device type)? tensor to numpy", "0.4–"),)),
    Entry("no kernel", _kernel, ((r"no kernel image is available for execution on the device", "0.3–"),)),
    Entry("no such GPU", _ordinal, ((r"invalid device ordinal", "0.3–"),)),
)  # fmt: skip
