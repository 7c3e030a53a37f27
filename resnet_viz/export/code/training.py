"""The network with what trains it: a script for a folder of images, to be read and changed.

It needs PyTorch, NumPy and Pillow. What it writes is a state dict of the very names that ``rv.build`` has.
"""

from __future__ import annotations

from ...spec import ResNetSpec
from ..registry import Export
from .network import docstring, imports, modules_of, named

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # what Pillow calls an image of so many channels

_SETTINGS = """\
SIDES = ({height}, {width})  # height and width that the network is given
CLASSES = {classes}  # folders in DATA/train
{normal}
SUFFIXES = {suffixes}
"""

_IMAGENET = """\
MEAN = (0.485, 0.456, 0.406)  # of ImageNet's channels, as published weights want it
STD = (0.229, 0.224, 0.225)"""

_READ = '''\
def read(file: Path) -> Image.Image:
    """An image with the channels that the network reads."""
    with Image.open(file) as image:
        return image.convert("{mode}")


def cut(image: Image.Image, box: tuple[float, float, float, float]) -> np.ndarray:
    """The box (left, top, right, bottom), resized: (H, W, C) from 0 to 1."""
    height, width = SIDES
    part = image.resize((width, height), Image.Resampling.BILINEAR, box)
    return np.asarray(part, np.float32).reshape(height, width, -1) / 255


def sides(image: Image.Image) -> tuple[int, int]:
    """Width and height."""
    return image.size
'''

_READ_ARRAY = '''\
def read(file: Path) -> np.ndarray:
    """An array (H, W, C) of numbers from 0 to 1, or of whole ones from 0 to 255."""
    array = np.load(file, allow_pickle=False)
    if array.ndim != 3 or array.shape[2] != {channels}:
        raise SystemExit(f"{{file}} is {{array.shape}}, not (H, W, {channels})")
    return array.astype(np.float32) / (255 if array.dtype == np.uint8 else 1)


def cut(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """The box (left, top, right, bottom), resized: (H, W, C)."""
    left, top, right, bottom = (int(side) for side in box)
    part = torch.from_numpy(
        image[top : max(bottom, top + 1), left : max(right, left + 1)]
    )
    size = nn.functional.interpolate(
        part.permute(2, 0, 1)[None], SIDES, mode="bilinear", antialias=True
    )
    return size[0].permute(1, 2, 0).numpy()


def sides(image: np.ndarray) -> tuple[int, int]:
    """Width and height."""
    return image.shape[1], image.shape[0]
'''

_DATA = '''\
def middle(width: int, height: int) -> tuple[float, float, float, float]:
    """The largest box in the middle that has the proportions of SIDES."""
    scale = min(width / SIDES[1], height / SIDES[0])
    left, top = (width - scale * SIDES[1]) / 2, (height - scale * SIDES[0]) / 2
    return left, top, width - left, height - top


def somewhere(width: int, height: int) -> tuple[float, float, float, float]:
    """A random box of a quarter of the image or more, so that each epoch is another."""
    share = math.sqrt(random.uniform(0.25, 1.0))
    left, top, right, bottom = middle(width, height)
    wide, high = share * (right - left), share * (bottom - top)
    x, y = random.uniform(0, width - wide), random.uniform(0, height - high)
    return x, y, x + wide, y + high


class Images(Dataset[tuple[Tensor, int]]):
    """FOLDER/CLASS/image: the folders' names, sorted, are the classes."""

    def __init__(self, folder: Path, training: bool) -> None:
        self.classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
        if len(self.classes) != CLASSES:
            raise SystemExit(f"{folder} has {len(self.classes)} classes, not {CLASSES}")
        self.files = [
            (file, label)
            for label, name in enumerate(self.classes)
            for file in sorted((folder / name).iterdir())
            if file.suffix.lower() in SUFFIXES
        ]
        if not self.files:
            raise SystemExit(f"{folder} has no file that ends in {', '.join(SUFFIXES)}")
        self.training = training

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        file, label = self.files[index]
        image = read(file)
        array = cut(image, (somewhere if self.training else middle)(*sides(image)))
        if self.training and random.random() < 0.5:  # leave out where left is not right
            array = array[:, ::-1]
        return torch.from_numpy(array.copy()).permute(2, 0, 1), label  # (C, H, W)
'''

_MEASURED = '''\
def measured(images: Images) -> tuple[Tensor, Tensor]:
    """Mean and spread of each channel, over 1,000 images of the training data."""
    some = random.sample(range(len(images)), min(len(images), 1_000))
    pixels = torch.stack([images[index][0] for index in some])  # (N, C, H, W)
    return pixels.mean((0, 2, 3)), pixels.std((0, 2, 3)) + 1e-6
'''

_GIVEN = '''\
def measured(images: Images) -> tuple[Tensor, Tensor]:
    """Mean and spread of each channel; change it for images of other kinds."""
    return torch.tensor(MEAN), torch.tensor(STD)
'''

_TRAINING = '''\
def seeded(seed: int) -> torch.Generator:
    """Begin all numbers that are drawn by lot anew, and give what shuffles."""
    random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def seed_worker(_: int) -> None:
    """Each process that loads images draws numbers of its own."""
    random.seed(torch.initial_seed())


def groups(network: nn.Module, decay: float) -> list[dict[str, object]]:
    """Weights of convs and the linear layer decay; norms and biases do not."""
    weights = list(network.parameters())
    return [
        {"params": [one for one in weights if one.ndim > 1], "weight_decay": decay},
        {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
    ]


def share_right(network: nn.Module, loader: DataLoader, device: torch.device) -> float:
    """How many of the images are given their own class."""
    network.eval()
    right = total = 0
    with torch.inference_mode():
        for images, labels in loader:
            found = network(images.to(device)).argmax(1).cpu()
            right, total = right + int((found == labels).sum()), total + len(labels)
    return right / total


class Normalised(nn.Module):
    """The network behind what makes its input: (x - mean) / spread."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean.view(1, -1, 1, 1))
        self.register_buffer("std", std.view(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.network((x - self.mean) / self.std)


def main(given: list[str] | None = None) -> None:
    """Train, and keep the last and the best weights."""
    parser = argparse.ArgumentParser(description="Train on a folder of images.")
    parser.add_argument(
        "data", type=Path, help="has train/CLASS/IMAGE, val/CLASS/IMAGE"
    )
    parser.add_argument("--epochs", type=int, default=90)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rate", type=float, help="default 0.1 for a batch of 256")
    parser.add_argument("--decay", type=float, default=1e-4)
    parser.add_argument(
        "--workers", type=int, default=2, help="processes that read images"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="a state dict to begin with")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/last.pt")
    parser.add_argument("--out", type=Path, default=Path("checkpoints"))
    asked = parser.parse_args(given)

    shuffler = seeded(asked.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    training = Images(asked.data / "train", training=True)
    validation = Images(asked.data / "val", training=False)
    if training.classes != validation.classes:
        raise SystemExit("train and val have other classes")
    loading = {"batch_size": asked.batch, "num_workers": asked.workers}
    loading |= {"worker_init_fn": seed_worker, "pin_memory": device.type == "cuda"}
    # a last batch of one image would be refused by a norm at a map of one cell
    train = DataLoader(
        training, **loading, shuffle=True, drop_last=True, generator=shuffler
    )
    val = DataLoader(validation, **loading)
    if not len(train):
        raise SystemExit(
            f"{len(training)} images are less than a batch of {asked.batch}"
        )

    network = NAME()
    if asked.weights:
        network.load_state_dict(torch.load(asked.weights, "cpu", weights_only=True))
    model = Normalised(network, *measured(training)).to(device)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    rate = asked.rate or 0.1 * asked.batch / 256
    optimizer = torch.optim.SGD(
        groups(network, asked.decay), lr=rate, momentum=0.9, nesterov=True
    )
    steps = asked.epochs * len(train)
    warm = min(5 * len(train), steps // 2)
    # the rate rises in a straight line, then falls as a cosine does
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            (step + 1) / (warm + 1)
            if step < warm
            else 0.5 + 0.5 * math.cos(math.pi * (step - warm) / max(1, steps - warm))
        ),
    )
    scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda")
    kept = {
        "model": model,
        "optimizer": optimizer,
        "schedule": schedule,
        "scaler": scaler,
    }
    first, best = 0, 0.0
    if asked.resume:
        state = torch.load(asked.out / "last.pt", device, weights_only=True)
        for name, one in kept.items():
            one.load_state_dict(state[name])
        first, best = state["epoch"] + 1, state["best"]
        shuffler.manual_seed(asked.seed + first)  # another order than at the start

    asked.out.mkdir(parents=True, exist_ok=True)
    for epoch in range(first, asked.epochs):
        model.train()
        lost = 0.0
        for images, labels in train:
            images, labels = images.to(device), labels.to(device)
            # half precision where there is a GPU: half the memory, and faster
            with torch.autocast(device.type, enabled=device.type == "cuda"):
                loss = loss_of(model(images), labels)
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            schedule.step()
            lost += loss.item() / len(train)
        right = share_right(model, val, device)
        print(
            f"epoch {epoch + 1}: loss {lost:.4f}, {right:.1%} of val right", flush=True
        )
        if right >= best:
            best = right
            torch.save(network.state_dict(), asked.out / "best.pth")
        state = {name: one.state_dict() for name, one in kept.items()}
        torch.save({**state, "epoch": epoch, "best": best}, asked.out / "last.pt")


if __name__ == "__main__":
    main()
'''


def training(export: Export) -> str:
    """The script, as ``ruff format`` would leave it."""
    trace = export.trace
    spec = trace.spec
    assert spec is not None
    name = named(export)
    batch = trace.batch if trace.batch > 1 else 32
    parts = [
        _settings(spec, trace.input_size, batch),
        *modules_of(export),
        _read(spec),
        _DATA,
        _GIVEN if spec.in_channels == 3 else _MEASURED,
        _TRAINING.replace("NAME", name),
    ]
    body = "\n\n".join(parts)
    use = [
        "Trains it on a folder of images, DATA/train/CLASS/IMAGE and DATA/val/CLASS/IMAGE:",
        "",
        "    python train.py DATA",
        "",
        "checkpoints/best.pth is then a state dict, and last.pt what --resume goes on from.",
    ]
    return f"{docstring(export, use)}\n{imports(body)}\n\n{body}"


def _settings(spec: ResNetSpec, sides: tuple[int, ...], batch: int) -> str:
    height, width = sides
    suffixes = '(".png", ".jpg", ".jpeg", ".webp", ".bmp")' if spec.in_channels in _MODES else '(".npy",)'
    normal = f"{_IMAGENET}\nBATCH = {batch}" if spec.in_channels == 3 else f"BATCH = {batch}"
    return _SETTINGS.format(height=height, width=width, classes=spec.num_classes, normal=normal, suffixes=suffixes)


def _read(spec: ResNetSpec) -> str:
    if spec.in_channels in _MODES:
        return _READ.format(mode=_MODES[spec.in_channels])
    return _READ_ARRAY.format(channels=spec.in_channels)
