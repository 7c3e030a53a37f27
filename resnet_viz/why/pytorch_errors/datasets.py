"""Data on its way to the network: a dataset that is empty, an image that cannot be read, a sampler on another device."""

from __future__ import annotations

from .entry import Cause, Entry, Found, Told

_LOOK = "print(len(dataset), dataset[0])"


def _empty(found: Found) -> Told | None:
    return Told(
        "The dataset has no examples.",
        (
            Cause("The path is wrong, relative to another folder, or none of its files has an ending that is looked for.", "Count what is found before the DataLoader is made.", _LOOK),
        ),
    )  # fmt: skip


def _folder(found: Found) -> Told | None:
    name = found.word("classes").split(",")[0].strip()
    hidden = Cause(f"“{name}” is a folder of an editor or notebook, which ImageFolder takes for a class.", "Delete it.", f"rm -r data/*/{name}")  # fmt: skip
    layout = Cause("ImageFolder wants a folder for each class with its images in it: data/train/cat/1.jpg.", "Give it the folder above the classes, and leave no class empty.", "datasets.ImageFolder('data/train')")  # fmt: skip
    return Told("ImageFolder found a class, or a whole dataset, without images.", (hidden, layout) if name.startswith((".", "__")) else (layout,))  # fmt: skip


def _unreadable(found: Found) -> Told | None:
    if "truncated" in found.match.group(0):
        return Told(
            "An image's file ends too soon.",
            (
                Cause("Its download or copy was broken off.", "Copy it again or leave it out; or let Pillow fill the rest with grey.", "from PIL import ImageFile; ImageFile.LOAD_TRUNCATED_IMAGES = True"),
            ),
        )  # fmt: skip
    return Told(
        "Pillow knows no picture in a file that the dataset names.",
        (Cause("It is broken, empty or no picture, whatever its name ends with.", "Find such files and take them out.", "Image.open(path).verify()"),),
    )  # fmt: skip


def _array(found: Found) -> Told | None:
    sides = [int(side) for side in found.word("sides").split(",") if side.strip().isdecimal()]
    kind = found.word("kind")
    if kind and not kind.endswith("u1"):
        cause = Cause("The array holds numbers of floating point or wide whole ones; a picture's are uint8, 0 to 255.", "Scale and convert it.", "Image.fromarray((array * 255).astype('uint8'))")  # fmt: skip
    elif sides and sides[-1] == 1:
        cause = Cause("The array is grey with an axis of 1, H×W×1.", "Take that axis away.", "Image.fromarray(array[:, :, 0])")  # fmt: skip
    else:
        cause = Cause("The channels stand first, C×H×W, and a picture's stand last.", "Bring them to the end.", "Image.fromarray(array.transpose(1, 2, 0))")  # fmt: skip
    return Told("Pillow makes no picture of an array of this shape and type.", (cause,))


def _alpha(found: Found) -> Told | None:
    return Told(
        f"JPEG keeps no picture of the mode {found.word('mode')}.",
        (Cause("It has an alpha channel, a palette or other numbers.", "Convert it to three colours.", 'image.convert("RGB").save(path)'),),
    )  # fmt: skip


def _picture_axes(found: Found) -> Told | None:
    axes = found.word("axes")
    return Told(
        f"A transform wants one picture, of 2 or 3 axes, and got {axes} axes.",
        (
            Cause("It is a batch." if axes == "4" else "Height, width or channels are missing.", "Transform each picture by itself, before they become a batch.", "torch.stack([transform(image) for image in images])"),
        ),
    )  # fmt: skip


def _deviation(found: Found) -> Told | None:
    return Told(
        "Normalize was to divide by 0.",
        (Cause("A deviation is 0, or mean and deviation are swapped or in another unit.", "Give the deviations of the training images, of 0…1.", "transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))"),),
    )  # fmt: skip


def _generator(found: Found) -> Told | None:
    return Told(
        f"A shuffle or a draw wanted random numbers of {found.word('wanted')} and was given those of {found.word('given')}.",
        (
            Cause("torch.set_default_device or set_default_tensor_type puts new tensors on the GPU, and the DataLoader's shuffle draws on the processor.", "Leave the default, and move each batch; or give the loader a generator of that device.", f"DataLoader(dataset, batch_size, shuffle=True, generator=torch.Generator(device={found.word('wanted')!r}))"),
        ),
    )  # fmt: skip


def _fork(found: Found) -> Told | None:
    return Told(
        "A process that was forked cannot use CUDA when its parent already has.",
        (
            Cause("The dataset moves its tensors to the GPU, in a DataLoader's worker.", "Return tensors of the processor, and move the batch in the training loop.", "x = x.to(device)  # in the loop, not in __getitem__"),
            Cause("Processes of your own are to use the GPU:", "start them by spawn.", "torch.multiprocessing.set_start_method('spawn')"),
        ),
    )  # fmt: skip


def _main(found: Found) -> Told | None:
    return Told(
        "A DataLoader's workers start the script anew, on Windows and macOS, and it made workers again.",
        (Cause("What runs the training stands outside of the guard for the main module.", "Put it in the guard, or use no workers.", 'if __name__ == "__main__":\n    main()'),),
    )  # fmt: skip


def _numpy_type(found: Found) -> Told | None:
    return Told(
        f"PyTorch has no numbers of NumPy's type {found.word('kind')}.",
        (
            Cause("The array is not of plain numbers: its rows have different lengths, or texts are among them.", "Give the rows one length, or keep them as a list of tensors.", "[torch.as_tensor(row) for row in rows]")
            if found.word("kind") == "object_"
            else Cause("The array is of another width, such as a 16-bit image.", "Convert it first.", "torch.from_numpy(array.astype('float32'))"),
        ),
    )  # fmt: skip


def _flipped(found: Found) -> Told | None:
    return Told(
        "The array is read backwards, and PyTorch takes none so.",
        (Cause("It was flipped, or its colours were turned from BGR to RGB, by [::-1], which moves no numbers.", "Copy it, which puts them in order.", "torch.from_numpy(array.copy())"),),
    )  # fmt: skip


ENTRIES = (
    Entry("NumPy's type", _numpy_type, ((r"can't convert np\.ndarray of type numpy\.(?P<kind>\w{1,20})", "0.3–"),)),
    Entry("flipped array", _flipped, ((r"(?:strides? in the given numpy array is negative|strides of the given numpy array are negative)", "0.3–"),)),
    Entry("empty dataset", _empty, ((r"num_samples should be a positive integer value, but got num_samples=0", "0.4–"), (r"stack expects a non-empty TensorList", "1.0–"), (r"expected a non-empty list of Tensors", "0.4–"))),
    Entry("classes' folders", _folder, ((r"Found no valid file for the classes (?P<classes>[^\n:]{1,80}?)\.(?: |$)", "torchvision 0.10–"), (r"Found 0 (?:files|images) in subfolders of", "torchvision 0.2–"), (r"Couldn't find any class folder in", "torchvision 0.10–"))),
    Entry("image's file", _unreadable, ((r"cannot identify image file", "Pillow"), (r"image file is truncated", "Pillow"))),
    Entry("array for an image", _array, ((r"Cannot handle this data type: \((?P<sides>[\d, ]{1,40})\), [<>|]?(?P<kind>\w{2,3})", "Pillow"),)),
    Entry("image's mode", _alpha, ((r"cannot write mode (?P<mode>\w{1,5}) as JPEG", "Pillow"),)),
    Entry("axes of an image", _picture_axes, ((r"pic should be 2/3 dimensional\. Got (?P<axes>\d{1,2}) dimensions", "torchvision 0.4–"),)),
    Entry("deviation for Normalize", _deviation, ((r"std evaluated to zero after conversion to", "torchvision 0.6–"),)),
    Entry("generator", _generator, ((r"Expected a '(?P<wanted>\w{1,10})' device type for generator but found '(?P<given>\w{1,10})'", "1.9–"),)),
    Entry("fork", _fork, ((r"Cannot re-initialize CUDA in forked subprocess", "0.3–"),)),
    Entry("workers' start", _main, ((r"start a new process before the current process has finished its bootstrapping phase", "any"),)),
)  # fmt: skip
