"""The transforms before the network: an image that is no tensor yet, or one already."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told, shape, sides

_ORDER = "transforms.Compose([transforms.Resize((224, 224)), transforms.ToTensor(), transforms.Normalize(mean, std)])"


def _no_tensor(found: Found) -> Told | None:
    kind = found.word("kind")
    return Told(
        f"Normalize wants a tensor of floating point, C×H×W, and got {kind or 'something else'}.",
        (
            Cause("Normalize stands before ToTensor, or the image is uint8 still.", "Put ToTensor before Normalize; it scales to 0…1.", _ORDER)
            if "uint8" not in kind
            else Cause("The image's bytes were not scaled to 0…1.", "Make them floating point first.", "image = image.float() / 255"),
        ),
    )  # fmt: skip


def _no_image(found: Found) -> Told | None:
    kind = found.word("kind")
    array = "ndarray" in kind
    if kind == "NoneType":
        return Told(
            "A transform wants an image, and got None.",
            (Cause("The image was not read: cv2.imread returns None where no picture lies, without an error.", "Check the path.", "assert image is not None, path"),),
        )  # fmt: skip
    return Told(
        f"A transform wants an image (PIL){'' if array else ', or an array,'} and got {kind or 'something else'}.",
        (
            Cause("It is an array.", "Make it an image first.", "transforms.ToPILImage()")
            if array
            else Cause("ToTensor stands before it, or twice: it is a tensor already.", "Put the transforms of images before ToTensor, and that once.", _ORDER),
        ),
    )  # fmt: skip


def _axes(found: Found) -> Told | None:
    given = found.shape("given")
    return Told(
        f"Normalize wants a tensor C×H×W, or a batch of these, and got one of {sides(given)}.",
        (Cause("The image is grey without a channel axis.", "Add the axis.", "image = image.unsqueeze(0)"),),
    )


def _attribute(found: Found) -> Told | None:
    kind, name = found.word("kind"), found.word("name")
    if kind == "numpy.ndarray":
        if name not in ("dim", "unsqueeze", "to", "cuda", "permute", "float", "size", "view", "cpu", "numel"):
            return None
        cause = Cause("The array was not made a tensor.", "Convert it.", "x = torch.from_numpy(x).float()")
    elif name in ("dim", "unsqueeze", "to", "cuda", "permute", "float", "shape", "cpu"):
        cause = Cause(
            "The image was not made a tensor.", "Convert it.", "x = transforms.ToTensor()(image).unsqueeze(0)"
        )
    else:
        return None
    return Told(f"{kind} has no {name}: it is no tensor.", (cause,))


_K = r"<class '(?P<kind>[\w.]{1,120})'>"
ENTRIES = (
    Entry(
        "no tensor for Normalize",
        _no_tensor,
        (
            (rf"(?:Input tensor|tensor|img) should be a torch tensor\. Got {_K}", "torchvision 0.8–"),
            (rf"(?:img|Input tensor) should be Tensor Image\. Got {_K}", "torchvision 0.9–"),
            (r"Input tensor should be a float tensor\. Got (?P<kind>torch\.\w{1,20})", "torchvision 0.9–"),
            (r"tensor is not a torch image", "torchvision 0.2–0.7"),
        ),
    ),
    Entry(
        "no image",
        _no_image,
        (
            (rf"pic should be (?:PIL Image|Tensor)(?: or ndarray)?\. Got {_K}", "torchvision 0.2–"),
            (rf"img should be PIL Image\. Got {_K}", "torchvision 0.2–"),
            (rf"Unexpected type {_K}", "torchvision 0.9–"),
        ),
    ),
    Entry("axes for Normalize", _axes, ((rf"Expected tensor to be a tensor image of size \((?:\.\.\., )?C, H, W\)\. Got tensor\.size\(\) = {shape('given')}", "torchvision 0.6–"),)),
    Entry("no tensor yet", _attribute, ((r"'(?P<kind>numpy\.ndarray|Image|JpegImageFile|PngImageFile)' object has no attribute '(?P<name>\w{1,30})'", "any"),)),
)  # fmt: skip
