"""Columns and lanes of small graphs, as one would draw them by hand: time runs to the right, ways beside each other lie
above each other, the main one on lane 0."""

from collections.abc import Callable

import pytest

from resnet_viz.picture.layout.lanes import Grid, grid_of

Ends = list[tuple[int, int]]


def grid(
    count: int, edges: Ends, arcs: Ends | None = None, sizes: str = "", over: Ends | None = None
) -> tuple[list[int], list[int], Ends]:
    """Columns, lanes and bands; ``sizes`` has a digit for each node, ``over`` each wish (node, 1 over or -1 under)."""
    wishes = dict(over or [])
    size: Callable[[int], float] = lambda node: float(sizes[node]) if sizes else 1.0  # noqa: E731
    made = grid_of(count, edges, arcs or [], size, lambda node: wishes.get(node, 0))
    return made.column, made.lane, made.bands


def test_one_way_is_a_row() -> None:
    assert grid(0, []) == ([], [], [])
    assert grid(1, []) == ([0], [0], [])
    assert grid(4, [(0, 1), (1, 2), (2, 3)]) == ([0, 1, 2, 3], [0] * 4, [])
    assert grid(4, [(0, 1), (1, 2), (2, 3)], arcs=[(0, 3)]) == ([0, 1, 2, 3], [0] * 4, [])  # an arc is drawn over it
    assert [grid_of(n, [(i, i + 1) for i in range(n - 1)], [], float, int).columns for n in (0, 1, 3)] == [0, 1, 3]


def test_of_two_ways_the_longer_is_the_main_one_and_the_other_lies_over_its_middle() -> None:
    # 0 → 1 → 2 → 3 → 5 beside 0 → 4 → 5: the short way over the middle of three columns
    longer = [(0, 1), (1, 2), (2, 3), (3, 5), (0, 4), (4, 5), (5, 6)]
    assert grid(7, longer) == ([0, 1, 2, 3, 2, 4, 5], [0, 0, 0, 0, 1, 0, 0], [(1, 3)])
    # the long way second: still the main one
    assert grid(5, [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)]) == ([0, 1, 1, 2, 3], [0, 1, 0, 0, 0], [(1, 2)])


def test_of_more_ways_the_middle_one_is_the_main_one() -> None:
    three = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    assert grid(5, three) == ([0, 1, 1, 1, 2], [0, 1, 0, -1, 0], [(1, 1)])
    four = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (2, 5), (3, 5), (4, 5)]
    assert grid(6, four) == ([0, 1, 1, 1, 1, 2], [0, 2, 1, 0, -1, 0], [(1, 1)])
    # ways from 1 of four, two and one volumes: the shorter ones stand over and under the middle of the longest
    uneven = [(0, 1), (1, 2), (2, 6), (0, 3), (3, 4), (4, 5), (5, 9), (9, 6), (0, 7), (7, 6)]
    order = [0, 1, 2, 3, 4, 5, 9, 7, 6]  # in order of execution
    at = {node: place for place, node in enumerate(order)}
    columns, lanes, bands = grid(9, [(at[a], at[b]) for a, b in uneven])
    assert {node: (columns[place], lanes[place]) for node, place in at.items()} == {
        0: (0, 0), 1: (2, 1), 2: (3, 1), 3: (1, 0), 4: (2, 0), 5: (3, 0), 9: (4, 0), 7: (2, -1), 6: (5, 0),
    }  # fmt: skip
    assert bands == [(1, 4)]


def test_a_way_that_wants_to_be_over_or_under_is_there() -> None:
    two = [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert grid(4, two, over=[(1, -1)])[1] == [0, -1, 0, 0]
    assert grid(4, two, over=[(2, 1)])[1] == [0, 0, 1, 0]
    assert grid(4, two, over=[(1, 1), (2, -1)])[1] in ([0, 1, 0, 0], [0, 0, -1, 0])  # no way is left for the middle
    # one way beside a line that passes it by: in the line's own lane, over it, or under it
    passed = [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert grid(4, passed) == ([0, 1, 2, 3], [0, 0, 0, 0], [])
    assert grid(4, passed, over=[(1, 1)]) == ([0, 1, 2, 3], [0, 1, 1, 0], [(1, 2)])
    assert grid(4, passed, over=[(1, -1)]) == ([0, 1, 2, 3], [0, -1, -1, 0], [(1, 2)])


def test_ways_within_ways_have_lanes_of_their_own() -> None:
    # 0 → {1 → {2, 3} → 4, 5} → 6: two lanes for the inner pair, and 5 over both, or under
    inner = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (0, 5), (4, 6), (5, 6)]
    assert grid(7, inner) == ([0, 1, 2, 2, 3, 2, 4], [0, 0, 0, 1, 0, 2, 0], [(2, 2), (1, 3)])
    assert grid(7, inner, over=[(5, -1)])[1] == [0, 0, 0, 1, 0, -1, 0]
    # the pair is in the way that lies under or over: both its lanes are
    lower = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (0, 5), (4, 6), (5, 6)]
    assert grid(7, lower, over=[(1, -1)])[1] == [0, -2, -2, -1, -2, 0, 0]
    assert grid(7, lower, over=[(1, 1)])[1] == [0, 1, 1, 2, 1, 0, 0]


def test_a_second_input_stands_beside_what_lies_before_its_reader() -> None:
    # 0 → 1 → 3 and 2 → 3, where 2 reads nothing
    assert grid(4, [(0, 1), (1, 3), (2, 3)]) == ([0, 1, 0, 2], [0, 0, 1, 0], [(0, 1)])


def test_a_side_output_hangs_under_where_it_begins() -> None:
    # 1 → 2 leads nowhere, 1 → 3 → 4 is the main path
    assert grid(5, [(0, 1), (1, 2), (1, 3), (3, 4)]) == ([0, 1, 2, 2, 3], [0, 0, -1, 0, 0], [(2, 2)])
    # two that begin at the same place: the second under the first; one that begins later beside the first
    two = [(0, 1), (0, 2), (0, 3), (3, 4), (4, 5), (4, 6)]
    assert grid(7, [*two[:5], (4, 6)])[1][:3] == [0, -1, -2]
    assert grid(6, [(0, 1), (0, 2), (2, 3), (2, 4), (4, 5)]) == ([0, 1, 1, 2, 2, 3], [0, -1, 0, -1, 0, 0], [(1, 1), (2, 2)])  # fmt: skip
    # a side output of two ways: two lanes, none of them the main path's
    forked = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (0, 5)]
    assert grid(6, forked) == ([0, 1, 2, 2, 3, 1], [0, -2, -2, -1, -2, 0], [(2, 2), (1, 3)])


def test_ways_that_are_woven_have_a_lane_for_each_size() -> None:
    # 1 and 2 of 0; 3 = 1 + 2 and 4 = 1 + 2; all of 8 cells but 2 and 4, of 4 cells; 5 reads both
    woven = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 5), (4, 5)]
    assert grid(6, woven, sizes="884848") == ([0, 1, 1, 2, 2, 3], [0, 0, -1, 0, -1, 0], [(1, 2)])


@pytest.mark.parametrize("size", ["111111", "222222"])
def test_woven_ways_of_one_size_go_on_in_their_lanes(size: str) -> None:
    woven = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 5), (4, 5)]
    columns, lanes, bands = grid(6, woven, sizes=size)
    assert columns == [0, 1, 1, 2, 2, 3] and bands == [(1, 2)]
    assert sorted(lanes[1:3]) == sorted(lanes[3:5]) == [-1, 0] and lanes[1] == 0


def test_a_way_beside_woven_ones_lies_right_over_them() -> None:
    # the ways above end in 5, and 6 goes from 0 to 7
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 5), (4, 5), (0, 6), (5, 7), (6, 7)]
    columns, lanes, bands = grid(8, edges, sizes="18484881", over=[(6, 1)])
    assert (columns, lanes) == ([0, 1, 1, 2, 2, 3, 2, 4], [0, 0, -1, 0, -1, 0, 1, 0])
    assert sorted(bands) == [(1, 2), (1, 3)]


def test_woven_nodes_are_told() -> None:
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 5), (4, 5)]
    made: Grid = grid_of(6, edges, [], lambda node: 1.0, lambda node: 0)
    assert made.woven == {1, 2, 3, 4}
    assert grid_of(4, [(0, 1), (0, 2), (1, 3), (2, 3)], [], lambda node: 1.0, lambda node: 0).woven == set()
