"""The trained network and the study of depth are what was trained: a part of each is computed anew."""

import hashlib

import numpy as np
import pytest
import torch
from torch import nn

import resnet_viz as rv
from resnet_viz.learned.drawings import CLASSES
from resnet_viz.learned.loading import FOLDER, about
from resnet_viz.learned.twins import DEPTHS, plain, start
from training import depths, shipped
from training.fitting import Pictures


@pytest.fixture(autouse=True)
def as_it_was():
    """Training asks PyTorch for one core and a seed; the other tests get theirs back."""
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


def test_what_is_loaded_is_what_was_trained() -> None:
    told = about("drawings")
    assert hashlib.sha256((FOLDER / "drawings.safetensors").read_bytes()).hexdigest() == told["sha256"]
    learned, another = rv.learned.load(), rv.learned.load()
    assert not learned.module.training and learned.module is not another.module
    assert learned.spec == rv.Configuration.of(told["network"]).spec and learned.classes == CLASSES
    images = np.stack([rv.learned.drawing(number % 10, told["first_tested_seed"] + number) for number in range(150)])
    with torch.no_grad():
        answers = learned.module(learned.prepared(images)).argmax(1)
    share = float((answers == torch.arange(150) % 10).float().mean())
    # three standard deviations of a share of 150
    assert abs(share - learned.accuracy) < 3 * (learned.accuracy * (1 - learned.accuracy) / 150) ** 0.5
    assert learned.accuracy == told["accuracy"] > 0.9


def test_pictures_are_prepared_as_in_training() -> None:
    learned, picture = rv.learned.load(), rv.learned.drawing(0, 5)
    for given in (picture, picture[None]):
        prepared = learned.prepared(given)
        assert torch.equal(prepared, Pictures(1, 5, 64)[torch.tensor([0])][0])
        assert prepared.shape == (1, 3, 64, 64)
        expected = (picture[9, 12] / 255 - np.array(learned.mean)) / np.array(learned.std)
        np.testing.assert_allclose(prepared[0, :, 9, 12], expected, rtol=1e-5)
    for wrong in (picture / 255, picture[:, :, :2], "star", picture[0]):
        with pytest.raises(rv.InputError, match=r"must be an array .* of uint8"):
            learned.prepared(wrong)


def test_training_begins_as_it_is_recorded() -> None:
    _, curves = shipped.begin(steps=4)
    np.testing.assert_allclose(curves.steps, about("drawings")["first_losses"][:4], rtol=2e-3)


@pytest.mark.parametrize("residual", [True, False])
def test_the_study_of_depth_begins_as_it_is_recorded(residual: bool) -> None:
    run = next(run for run in rv.learned.depth_study()["runs"] if run["depth"] == 8 and run["residual"] is residual)
    again = depths.begin(8, residual, run["seed"], steps=4)
    np.testing.assert_allclose(again["first_losses"], run["first_losses"][:4], rtol=2e-3)
    for what in ("gradient", "weight"):
        np.testing.assert_allclose(again["sizes"][0][what], run["sizes"]["0"][what], rtol=2e-2)


def test_the_study_of_depth_is_whole() -> None:
    study = rv.learned.depth_study()
    runs = study["runs"]
    assert (FOLDER / "depth_study.json").stat().st_size < 200_000
    assert (
        len(runs)
        == len({(run["depth"], run["residual"], run["seed"]) for run in runs})
        == 2 * 3 * len({run["seed"] for run in runs})
    )
    for run in runs:
        assert {len(curve) for curve in run["curves"].values()} == {study["setting"]["epochs"]}
        forecast = rv.forecast(run["network"])
        assert run["parameters"] == forecast.totals.params
        assert len(run["layers"]) == run["depth"] == sum(step.kind in ("conv", "linear") for step in forecast.steps)
        assert all(
            len(sizes[what]) == run["depth"] for sizes in run["sizes"].values() for what in ("gradient", "weight")
        )
        assert "0" in run["sizes"] and str(study["setting"]["epochs"]) in run["sizes"]


def test_a_plain_twin_has_the_same_weights_and_adds_nothing() -> None:
    residual, twin = rv.build(depths.network(8)), plain(depths.network(8))
    assert [(name, weight.shape) for name, weight in residual.named_parameters()] == [
        (name, weight.shape) for name, weight in twin.named_parameters()
    ]
    for model in (residual, twin):
        for _, block in model.eval().blocks():
            nn.init.zeros_(block.bn2.weight)  # nothing comes out of the main paths
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(twin(x)[0], twin.fc.bias) and not torch.equal(residual(x)[0], residual.fc.bias)
    with pytest.raises(ValueError, match="option A"):
        plain("resnet18")


def test_the_gradients_before_training_are_computed_anew_as_they_are_recorded() -> None:
    """By the page, for whoever asks for a depth; the record is the training's."""
    made = start(8)
    runs = [run for run in rv.learned.depth_study()["runs"] if run["depth"] == 8 and run["seed"] == 0]
    assert {run["residual"] for run in runs} == {True, False}
    for run in runs:
        sizes = made.residual if run["residual"] else made.plain
        assert list(made.layers) == run["layers"]
        np.testing.assert_allclose(sizes, run["sizes"]["0"]["gradient"], rtol=2e-2)
    assert set(depths.DEPTHS) <= set(DEPTHS)
    with pytest.raises(rv.InputError) as caught:
        start(9)
    assert str(caught.value).startswith("depth=9: ")
