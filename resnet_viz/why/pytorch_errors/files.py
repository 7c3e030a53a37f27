"""torch.load: a file that is no file of weights, is cut off, or names classes that are not here; and an optimiser's state."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told

_LOAD = "state = torch.load(file, map_location='cpu', weights_only=True)"
_AGAIN = "Download it again, and compare its size with the source's."
# The first byte of what people take for a file of weights.
_FIRST_BYTES = {
    "<": Cause("It begins with “<”: it is a web page, such as a login, a warning or an error in place of the download.", "Download the file itself, by its direct link.", "head -c 200 FILE"),
    "v": Cause("It begins with “v”, as in “version https://git-lfs…”: it is a pointer of Git LFS and not the file.", "Get the file that it points to.", "git lfs pull"),
    "\\x1f": Cause("It is compressed with gzip.", "Unpack it first.", "gunzip FILE"),
    "\\x89": Cause("It is an HDF5 file, as Keras writes it, or a picture.", "Read it with its own package, and save the arrays as a state dict.", "h5py.File(file)"),
    "{": Cause("It is JSON, such as a configuration or an error that a server sent.", "Name the file of weights.", "head -c 200 FILE"),
    "P": Cause("It is a zip archive, as torch.save writes since 1.6, that pickle or an older PyTorch was given.", "Read it with torch.load of PyTorch 1.6 or later.", _LOAD),
}  # fmt: skip
_BROKEN = Cause("The download or the saving was broken off, or the disk is full.", _AGAIN, "resnet-viz check FILE")


def _first_byte(found: Found) -> Told | None:
    byte = found.word("byte")
    cause = _FIRST_BYTES.get(byte)
    causes = (cause,) if cause else (
        Cause("It is a safetensors file, which torch.load does not read.", "Read it with its own package.", "from safetensors.torch import load_file; state = load_file(file)"),
        _BROKEN,
    )  # fmt: skip
    return Told("This is no file that torch.save wrote.", causes)


def _cut(found: Found) -> Told | None:
    return Told("The file of weights is not whole.", (_BROKEN,))


def _sum(found: Found) -> Told | None:
    return Told(
        "The file that was downloaded is another than the one that was published.",
        (Cause("The download was broken off, or a page stands in its place.", "Delete it and download it again.", "rm ~/.cache/torch/hub/checkpoints/NAME"),),
    )  # fmt: skip


_PROJECT = Cause(
    "The file holds a whole network, saved by torch.save(model, file): a pickle, which finds its class by the name of a module that "
    "is not here.",
    "Load it once where its code lies, save the state dict alone, and load that into a network that you build.",
    "torch.save(model.state_dict(), file)",
)


def _module(found: Found) -> Told | None:
    name = found.word("name")
    loading = "torch.load" in found.text or "serialization" in found.text or "unpickl" in found.text.lower()
    if not loading and name.split(".")[0] not in (
        "models",
        "model",
        "nets",
        "networks",
        "resnet",
        "utils",
        "src",
        "lib",
    ):
        return None
    package = Cause("The code that runs is started from another folder:", "start it where the module lies, or put that folder on the path.", "PYTHONPATH=path/to/the/project python train.py")  # fmt: skip
    return Told(f"Python finds no module “{name}”.", (_PROJECT, package) if loading else (package, _PROJECT))


def _class(found: Found) -> Told | None:
    cause = Cause("Or define or import that class before, under the same name.", "Import it where torch.load runs.", f"from your_module import {found.word('name')}")  # fmt: skip
    return Told(
        f"The file names a class “{found.word('name')}” that {found.word('module')} has not.", (_PROJECT, cause)
    )


def _optimiser(found: Found) -> Told | None:
    return Told(
        "The optimiser's state is of other parameters than this optimiser has.",
        (
            Cause("The network has changed since, such as by another head or frozen layers, or the optimiser was given other groups of parameters.", "Build network and optimiser as they were; where the network is another, begin with a new optimiser.", "optimizer = torch.optim.SGD(model.parameters(), lr=0.01)"),
        ),
    )  # fmt: skip


_Q = r"['\"]"
ENTRIES = (
    Entry("no file of weights", _first_byte, ((rf"invalid load key, {_Q}(?P<byte>\\?[^'\"]{{1,5}}){_Q}", "0.3–"), (r"Invalid magic number; corrupt file\?", "0.3–"))),
    Entry(
        "file cut off",
        _cut,
        (
            (r"PytorchStreamReader failed (?:reading|locating|getting)", "1.4–"),
            (r"unexpected EOF, expected \d{1,15} more bytes", "0.3–"),
            (r"storage has wrong (?:byte )?size", "0.4–"),
            (r"Ran out of input", "any"),
            (r"pickle data was truncated", "any"),
        ),
    ),
    Entry("file's sum", _sum, ((r"invalid hash value \(expected", "torchvision"),)),
    Entry("module of a file", _module, ((rf"No module named {_Q}(?P<name>[\w.]{{1,80}}){_Q}", "any"),), vague=True),
    Entry("class of a file", _class, ((rf"Can't get attribute {_Q}(?P<name>\w{{1,80}}){_Q} on <module {_Q}(?P<module>[\w.]{{1,80}}){_Q}", "any"),)),
    Entry("optimiser's state", _optimiser, ((r"loaded state dict (?:contains a parameter group that doesn't match the size|has a different number of parameter groups)", "0.3–"),)),
)  # fmt: skip
