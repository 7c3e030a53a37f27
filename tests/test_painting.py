"""Maps as bytes that a page colours: worked out by hand."""

from array import array

import pytest
import torch

from resnet_viz.inside.painting import LARGE, TILE, Scale, Whole, pixels, scale_of, tiles, whole

MAPS = torch.tensor([[[0.0, 1.0], [2.0, 4.0]], [[-4.0, 0.0], [0.0, 0.0]]])


def test_a_scale_is_from_nought_or_as_far_below_it_as_above() -> None:
    assert scale_of(MAPS) == Scale(-4, 4) and scale_of(MAPS).signed
    assert scale_of(MAPS[:1]) == Scale(0, 4) and not scale_of(MAPS[:1]).signed
    assert scale_of(MAPS[:1], torch.tensor([-9.0]), torch.tensor([7.0])) == Scale(-9, 9)
    assert scale_of(torch.zeros(3)) == Scale(0, 1)


def test_cells_are_shares_of_the_scale() -> None:
    made = tiles(MAPS, (1, 0), scale_of(MAPS))
    assert (made.height, made.width, made.channels) == (2, 2, (1, 0))
    assert list(made.data) == [0, 128, 128, 128, 128, 159, 191, 255]
    flat = tiles(torch.arange(6.0).view(1, 2, 3), (0,), Scale(1, 4))  # what is beyond the scale is its end
    assert (flat.height, flat.width, list(flat.data)) == (2, 3, [0, 0, 85, 170, 255, 255])


def test_a_vector_is_maps_of_one_cell() -> None:
    vector = tiles(torch.tensor([0.0, 5.0]), (0, 1), Scale(0, 5))
    assert (vector.height, vector.width, list(vector.data)) == (1, 1, [0, 255])
    assert whole(torch.tensor([0.5, 5.0]), 1) == Whole(1, 1, array("f", [5.0]).tobytes(), (1, 1))


def test_a_large_map_is_averaged_down_and_says_its_own_size() -> None:
    maps = torch.arange(112.0 * 56).reshape(1, 112, 56)
    made = tiles(maps, (0,), scale_of(maps))
    assert (made.height, made.width) == (56, 28)
    assert made.data[0] == round(float(maps[0, :2, :2].mean() / maps.max() * 255))
    large = whole(torch.ones(2, 900, 450), 1)
    assert (large.height, large.width, large.sides) == (448, 224, (900, 450))
    assert array("f", large.data) == array("f", [1.0] * 448 * 224)


@pytest.mark.parametrize("side", [TILE, TILE - 1, TILE + 1])
def test_only_what_is_larger_is_averaged(side: int) -> None:
    made = tiles(torch.zeros(1, side, 1), (0,), Scale(0, 1))
    assert (made.height, made.width) == (min(side, TILE), 1)
    own = torch.arange(2.0 * LARGE).view(1, 2, LARGE)
    assert whole(own, 0) == Whole(2, LARGE, array("f", own.flatten().tolist()).tobytes(), (2, LARGE))


def test_colours_are_a_byte_each() -> None:
    assert list(pixels(torch.tensor([[[1.0, 0.0, 0.5], [-1.0, 2.0, 0.25]]]))) == [255, 0, 128, 0, 255, 64]
