"""``make foreign`` too: class activation maps against the ``grad-cam`` package, which needs torchvision to import."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

import resnet_viz as rv

# a network, each step whose maps are asked for, and the module whose output it has
BUILT = {
    "resnet18@224": (("layer4.1.relu2", "layer4.1"), ("layer2.0.relu2", "layer2.0")),
    "resnet50@224": (("layer4.2.relu3", "layer4.2"), ("layer3.5.bn2", "layer3.5.bn2")),
}
LEARNED = (("layer3.2.relu2", "layer3.2"), ("layer1.0.relu2", "layer1.0"))
NEAR = 1e-5  # of a map from 0 to 1, made in float32 and resized by two libraries


def compared() -> Iterator[tuple[str, list[str]]]:
    """Each map's name, and what is wrong with it; ImportError where the package is not here."""
    for text, places in BUILT.items():
        torch.manual_seed(0)
        yield from _network(text.partition("@")[0], rv.build(text).eval(), 224, 7, places)
    shipped = rv.learned.load()
    yield from _network("the shipped network", shipped.module, 64, 3, LEARNED)


def _network(
    name: str, model: nn.Module, side: int, score: int, places: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, list[str]]]:
    image = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    seen = rv.look(model, image)
    for step, module in places:
        mine = seen.cam(score, step)
        least, most = float(mine.map.min()), float(mine.map.max())
        if not most > least:
            yield f"{name}, {step}", ["says nothing, so nothing is compared"]
            continue
        stretched = (mine.map - least) / (most - least)  # theirs goes from 0 to 1 once more after it was resized
        far = float((stretched - _theirs(model, module, image, score)).abs().max())
        yield f"{name}, {step}, {far:.1e} apart at most", [] if far < NEAR else [f"more than {NEAR:.0e}"]


def _theirs(model: nn.Module, module: str, image: Tensor, score: int) -> Tensor:
    from pytorch_grad_cam import GradCAM  # type: ignore[import-not-found]
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # type: ignore[import-not-found]

    with GradCAM(model=model, target_layers=[model.get_submodule(module)]) as theirs:
        return torch.from_numpy(theirs(input_tensor=image, targets=[ClassifierOutputTarget(score)])[0])
