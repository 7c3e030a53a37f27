"""Memory that does not suffice, on the GPU or off it, and cuDNN's errors, which often are that."""

from __future__ import annotations

import re

from .entry import Cause, Entry, Found, Told

_GIB = 1024**3
_UNITS = {"bytes": 1, "byte": 1, "KiB": 1024, "KB": 1024, "MiB": 1024**2, "MB": 1024**2, "GiB": _GIB, "GB": _GIB, "TiB": 1024**4}  # fmt: skip
_SIZE = r"[\d.]{1,12} (?:bytes|KiB|KB|MiB|MB|GiB|GB|TiB)"
_MUCH = 0.15  # of the GPU: reserved and not in use, worth a word

_SMALLER = Cause(
    "In training most of it are the maps that the backward pass needs, and they grow with the batch and the input's area.",
    "Use a smaller batch or input; add up the gradients of several batches.",
    "loader = DataLoader(dataset, batch_size=batch_size // 2)",
)
_NO_GRAD = Cause("Where you predict and do not train:", "keep no maps for a backward pass.", "with torch.no_grad(): output = model(x)")  # fmt: skip
_HALF = Cause("Half precision halves the maps:", "run under autocast.", "with torch.autocast('cuda'): loss = criterion(model(x), y)")  # fmt: skip
_OTHERS = Cause("Another process, or one that was left behind, holds the GPU's memory.", "End it.", "nvidia-smi")


def _bytes(written: str) -> float | None:
    number, _, unit = written.partition(" ")
    try:
        return float(number) * _UNITS[unit]
    except (ValueError, KeyError):
        return None


def _number(pattern: str, text: str) -> float | None:
    match = re.search(pattern, text)
    return _bytes(match.group(1)) if match else None


def _gpu(found: Found) -> Told | None:
    asked = found.word("asked")
    start = found.match.start()
    text = found.text[start : start + 1_200]  # what the same message goes on to say
    total = _number(rf"total capaci?ty(?: of)? ({_SIZE})", text) or _number(rf"({_SIZE}) total capacity", text)
    used = _number(rf"({_SIZE}) already allocated", text) or _number(rf"allocated memory ({_SIZE}) is allocated", text)
    reserved = _number(rf"({_SIZE}) (?:reserved in total|cached)", text)
    idle = _number(rf"({_SIZE}) is reserved by PyTorch but unallocated", text)
    if idle is None and reserved is not None and used is not None and reserved > used:
        idle = reserved - used
    parts = ["The GPU's memory did not suffice"]
    parts.append(f" for {asked} more" if asked else "")
    parts.append(f": of {total / _GIB:.2f} GiB PyTorch's tensors held {used / _GIB:.2f}" if total and used is not None else "")  # fmt: skip
    causes = [_SMALLER, _NO_GRAD, _HALF]
    if total and used is not None and used + (idle or 0) < 0.5 * total and (_bytes(asked) or 0) < 0.5 * total:
        causes.insert(0, _OTHERS)
    if total and idle and idle > _MUCH * total:
        causes.insert(
            0,
            Cause(
                f"PyTorch holds {idle / _GIB:.2f} GiB that it does not use, in pieces that are too small for this.",
                "Let it join them.",
                "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True python train.py",
            ),
        )
    return Told("".join(parts) + ".", tuple(causes))


def _mps(found: Found) -> Told | None:
    asked, total = found.word("asked"), found.word("total")
    return Told(
        f"The Mac's GPU (MPS) had no {asked or 'memory'} left" + (f" of the {total} that it may take" if total else "") + ".",
        (
            _SMALLER,
            _NO_GRAD,
            Cause("Let it take more than its share, at the risk of the system's:", "lift the limit.", "PYTORCH_MPS_HIGH_WATERMARK_RATIO=0.0 python train.py"),
        ),
    )  # fmt: skip


def _processor(found: Found) -> Told | None:
    asked = found.number("asked")
    words = f" {asked / _GIB:,.2f} GiB at once ({asked:,} bytes)" if asked else " more"
    return Told(
        f"The computer's memory did not suffice for{words}.",
        (
            Cause("One tensor is that large: a batch, an input or a linear layer after an unpooled map.", "Use a smaller batch or input; pool before the flatten.", "x = torch.flatten(nn.AdaptiveAvgPool2d(1)(x), 1)"),
            _NO_GRAD,
        ),
    )  # fmt: skip


def _cudnn(found: Found) -> Told | None:
    status = found.word("status")
    says = f"cuDNN, which computes convs on NVIDIA's GPUs, stopped with {status or 'no fitting algorithm'}."
    memory = Cause("Often the GPU's memory is full, which cuDNN reports so.", "Use a smaller batch or input.", _SMALLER.code)  # fmt: skip
    driver = Cause("The versions of PyTorch, CUDA and driver do not go together:", "install the build of PyTorch for your driver.", "torch.version.cuda, torch.backends.cudnn.version()")  # fmt: skip
    earlier = Cause("A kernel before it failed, such as a label that is out of range:", "run it on the processor, which tells which.", "model.cpu()(x.cpu())")  # fmt: skip
    order = Cause("The input is not contiguous, or of a type or size that cuDNN lacks.", "Bring it in order.", "x = x.contiguous()")  # fmt: skip
    causes = {
        "NOT_SUPPORTED": (order, memory),
        "BAD_PARAM": (Cause("Input and weights do not fit, in type, in shape or in device.", "Run it on the processor, which tells what.", "model.cpu()(x.cpu())"), order),
        "ALLOC_FAILED": (memory, driver),
        "NOT_INITIALIZED": (memory, driver),
        "MAPPING_ERROR": (earlier, memory),
        "EXECUTION_FAILED": (memory, earlier, driver),
        "INTERNAL_ERROR": (memory, driver, earlier),
        "ARCH_MISMATCH": (driver,),
        "VERSION_MISMATCH": (driver,),
    }  # fmt: skip
    return Told(says, next((made for word, made in causes.items() if word in status), (memory, driver)))


def _cublas(found: Found) -> Told | None:
    status = found.word("status")
    memory = Cause("Often the GPU's memory is full, which cuBLAS reports so.", "Use a smaller batch or input.", _SMALLER.code)  # fmt: skip
    earlier = Cause("A kernel before it failed, such as a label that is out of range, or shapes do not fit:", "run it on the processor, which tells which.", "model.cpu()(x.cpu())")  # fmt: skip
    first_memory = "ALLOC" in status or "NOT_INITIALIZED" in status
    return Told(
        f"cuBLAS, which multiplies matrices on NVIDIA's GPUs, stopped with {status}.",
        (memory, earlier) if first_memory else (earlier, memory),
    )


def _worker(found: Found) -> Told | None:
    killed = "Bus error" in found.text or "shared memory" in found.text
    shared = Cause("The shared memory that workers pass batches through is full, as in a container with its default of 64 MB.", "Give the container more, or use no workers.", "docker run --shm-size=8g …  # or DataLoader(dataset, num_workers=0)")  # fmt: skip
    memory = Cause("The computer's memory is full, and the system ended the worker.", "Use fewer workers or a smaller batch.", "DataLoader(dataset, batch_size, num_workers=2)")  # fmt: skip
    own = Cause("The dataset itself failed there:", "run it without workers, which shows its error.", "DataLoader(dataset, num_workers=0)")  # fmt: skip
    return Told("A process of the DataLoader that reads the data was ended.", (shared, memory, own) if killed else (memory, shared, own))  # fmt: skip


ENTRIES = (
    Entry(
        "memory",
        _gpu,
        (
            (rf"(?P<device>CUDA|HIP|XPU) out of memory\.(?: Tried to allocate (?P<asked>{_SIZE}))?", "0.4–"),
            (r"cuda runtime error \(2\) ?: out of memory", "0.3–0.4"),
            (r"CUDA error: out of memory", "0.4–"),
            (r"CUDA driver error: out of memory", "2.0–"),
            (r"cudaErrorMemoryAllocation", "0.3–"),
            (r"would exceed allowed memory", "1.8–"),
            (r"NVML_SUCCESS == r INTERNAL ASSERT FAILED", "2.0–"),
        ),
    ),
    Entry("memory of a Mac", _mps, ((r"Invalid buffer size: (?P<asked>[\d.]{1,12} [KMGT]i?B)", "1.13–, MPS"), (rf"MPS backend out of memory(?: \(MPS allocated: {_SIZE}, other allocations: {_SIZE}, max allowed: (?P<total>{_SIZE})\))?(?:\. Tried to allocate (?P<asked>{_SIZE}))?", "1.12–"),)),
    Entry(
        "memory of the computer",
        _processor,
        (
            (r"(?:DefaultCPUAllocator: )?(?:can't allocate memory|not enough memory): you tried to allocate (?P<asked>\d{1,19}) ?bytes", "1.0–"),
            (r"not enough memory: you tried to allocate \d{1,9}GB\. Buy new RAM!", "0.3–1.0"),
            (r"DefaultCPUAllocator: (?:can't allocate memory|not enough memory)", "1.0–"),
        ),
    ),
    Entry(
        "cuDNN",
        _cudnn,
        (
            (r"(?P<status>CUDNN_STATUS_(?!SUCCESS)[A-Z_]{3,40})", "0.3–"),
            (r"cuDNN_STATUS_(?P<status>[A-Z_]{3,40})", "as people write it"),
            (r"Unable to find a valid cuDNN algorithm to run convolution", "1.8–"),
            (r"FIND was unable to find an engine to execute this computation", "1.12–"),
            (r"GET was unable to find an engine to execute this computation", "1.12–"),
        ),
    ),
    Entry("cuBLAS", _cublas, ((r"(?P<status>CUBLAS_STATUS_(?:ALLOC_FAILED|NOT_INITIALIZED|EXECUTION_FAILED|INTERNAL_ERROR|NOT_SUPPORTED|MAPPING_ERROR|INVALID_VALUE))", "0.3–"),)),
    Entry("worker", _worker, ((r"DataLoader worker \(pid(?:\(s\))? [\d, ]{1,80}\) (?:is killed by signal|exited unexpectedly)", "0.3–"), (r"unable to open shared memory object|unable to write to file </torch_", "0.3–")), vague=True),
)  # fmt: skip
