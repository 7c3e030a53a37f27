"""Which column and which lane does each node of a graph get?  Ways that run beside each other lie above each other.

The nodes are in order of execution and every edge leads forward. A *pass* is a node that every way goes through; between
two passes the ways beside each other are laid out one by one in the same manner. Where ways are woven into each other,
as between the resolutions of an HRNet, each size has a lane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Grid:
    """Lane 0 is the main path's, lanes above it are positive. ``bands`` are runs of columns that hold several lanes."""

    column: list[int]
    lane: list[int]
    bands: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    woven: set[int] = field(default_factory=set[int])  # nodes whose ways are woven into each other

    @property
    def columns(self) -> int:
        return max(self.column, default=-1) + 1


def grid_of(
    count: int,
    edges: Sequence[tuple[int, int]],
    arcs: Sequence[tuple[int, int]],
    size: Callable[[int], float],
    prefers: Callable[[int], int],
) -> Grid:
    """The grid of ``count`` nodes. ``arcs`` are edges that are drawn over what lies between; ``size`` is a node's map
    side, ``prefers`` -1 where a way wants to lie under the main one, 1 over it, 0 anywhere.
    """
    return _Lanes(count, edges, arcs, size, prefers).grid()


class _Lanes:
    def __init__(
        self,
        count: int,
        edges: Sequence[tuple[int, int]],
        arcs: Sequence[tuple[int, int]],
        size: Callable[[int], float],
        prefers: Callable[[int], int],
    ) -> None:
        self.size, self.prefers = size, prefers
        self.after: list[list[int]] = [[] for _ in range(count)]
        self.before: list[list[int]] = [[] for _ in range(count)]
        for source, target in edges:
            self.after[source].append(target)
            self.before[target].append(source)
        self.arcs: list[list[int]] = [[] for _ in range(count)]
        self.arced: list[list[int]] = [[] for _ in range(count)]
        for source, target in arcs:
            self.arcs[source].append(target)
            self.arced[target].append(source)
        self.count, self.side = count, set[int]()
        self.made = Grid([0] * count, [0] * count)

    def grid(self) -> Grid:
        count = self.count
        if not count:
            return self.made
        # what does not lead to the last node is a side output
        reaches = [False] * count
        reaches[count - 1] = True
        for node in reversed(range(count)):
            targets = [*self.after[node], *self.arcs[node]]
            reaches[node] = reaches[node] or any(reaches[target] for target in targets)
        main = [node for node in range(count) if reaches[node]]
        side = [node for node in range(count) if not reaches[node]]
        self.side = set(side)
        self._chain(main, 0, 0)
        for branch in self._branches(side):
            self._side(branch)
        return self.made

    # ---- one way: passes, and between them ways beside each other --------------------------------------------------

    def _chain(self, nodes: list[int], column: int, lane: int) -> tuple[int, int, int]:
        """Place ``nodes`` from ``column`` on around ``lane``; how many columns, and lanes up and down, they take."""
        start, up, down = column, 0, 0
        for group in self._groups(nodes):
            if len(group) == 1:
                self.made.column[group[0]], self.made.lane[group[0]] = column, lane
                column += 1
                continue
            width, over, under = self._beside(group, column, lane)
            column += width
            up, down = max(up, over), max(down, under)
        return column - start, up, down

    def _groups(self, nodes: list[int]) -> list[list[int]]:
        """Passes alone, and runs of nodes between them."""
        inside = {node: place for place, node in enumerate(nodes)}
        crossed = [0] * (len(nodes) + 1)

        def cross(first: int, stop: int) -> None:
            if first < stop:
                crossed[first] += 1
                crossed[stop] -= 1

        for node, place in inside.items():
            for target in self.after[node]:
                if node in self.side or target not in self.side:
                    cross(place + 1, inside.get(target, len(nodes)))
            # what begins outside passes by all that lies before it here
            reads = self.before[node]
            if any(known not in inside for known in reads) or (not reads and not self.arced[node]):
                cross(0, place)
        groups: list[list[int]] = []
        depth, open_run = 0, False
        for place, node in enumerate(nodes):
            depth += crossed[place]
            if depth == 0:
                groups.append([node])
                open_run = False
            elif open_run:
                groups[-1].append(node)
            else:
                groups.append([node])
                open_run = True
        return groups

    def _branches(self, nodes: list[int]) -> list[list[int]]:
        """The nodes that hang together, each branch in order, branches by their first node."""
        inside = set(nodes)
        branches: list[list[int]] = []
        seen: set[int] = set()
        for node in nodes:
            if node in seen:
                continue
            branch, todo = {node}, [node]
            while todo:
                at = todo.pop()
                for known in (*self.after[at], *self.before[at], *self.arcs[at], *self.arced[at]):
                    if known in inside and known not in branch:
                        branch.add(known)
                        todo.append(known)
            seen |= branch
            branches.append(sorted(branch))
        return branches

    # ---- ways beside each other ------------------------------------------------------------------------------------

    def _beside(self, nodes: list[int], column: int, lane: int) -> tuple[int, int, int]:
        branches = self._branches(nodes)
        if len(branches) == 1:
            return self._passed_by(nodes, column, lane)
        order = self._order(branches)
        main = order.index(self._main(branches))
        widths: dict[int, int] = {}
        up = down = 0
        width, over, under = self._chain(order[main], column, lane)
        widths[main], up, down = width, over, under
        for place in range(main - 1, -1, -1):  # upwards
            width, over, under = self._dry(order[place], column, lane + up + 1)
            up += 1 + under + over
            widths[place] = width
        for place in range(main + 1, len(order)):
            width, over, under = self._dry(order[place], column, lane - down - 1, below=True)
            down += 1 + under + over
            widths[place] = width
        most = max(widths.values())
        for place, branch in enumerate(order):
            shift = (most - widths[place]) // 2
            for node in branch:
                self.made.column[node] += shift
        self.made.bands.append((column, column + most - 1))
        return most, up, down

    def _passed_by(self, nodes: list[int], column: int, lane: int) -> tuple[int, int, int]:
        """One way beside a line that passes it by."""
        if len(nodes) > 1 and len(self._groups(nodes)) == 1:
            return self._woven(nodes, column, lane)
        side = self.prefers(nodes[0])
        if not side:  # the line goes over it
            return self._chain(nodes, column, lane)
        width, over, under = self._dry(nodes, column, lane + side, below=side < 0)
        self.made.bands.append((column, column + width - 1))
        reach = 1 + over + under
        return (width, reach, 0) if side > 0 else (width, 0, reach)

    def _dry(self, branch: list[int], column: int, lane: int, below: bool = False) -> tuple[int, int, int]:
        """A branch whose lowest lane (or, below, highest) is ``lane``."""
        width, over, under = self._chain(branch, column, lane)
        move = -over if below else under
        if move:
            for node in branch:
                self.made.lane[node] += move
        return width, over, under

    def _order(self, branches: list[list[int]]) -> list[list[int]]:
        """From top to bottom: in order of execution, those that want to be over or under at the ends."""
        over = [branch for branch in branches if self.prefers(branch[0]) > 0]
        under = [branch for branch in branches if self.prefers(branch[0]) < 0]
        middle = [branch for branch in branches if self.prefers(branch[0]) == 0]
        if len(middle) == 2 and not over and not under:
            main = self._main(branches)
            middle = [branch for branch in middle if branch is not main] + [main]
        return [*over, *middle, *under]

    def _main(self, branches: list[list[int]]) -> list[int]:
        plain = [branch for branch in branches if self.prefers(branch[0]) == 0] or branches
        if len(plain) > 2:
            return plain[len(plain) // 2]
        return max(plain, key=len)

    # ---- ways woven into each other --------------------------------------------------------------------------------

    def _woven(self, nodes: list[int], column: int, lane: int) -> tuple[int, int, int]:
        """A lane for each size, the largest on the main path's; of one size a lane for each way."""
        self.made.woven |= set(nodes)
        sizes = sorted({self.size(node) for node in nodes}, reverse=True)
        inside = set(nodes)
        taken: dict[int, int] = {}  # the next free column of each lane
        ends: dict[int, int] = {}  # the last node of each lane
        lowest = 0
        for node in nodes:
            sources = [known for known in self.before[node] if known in inside]
            known_before = [*sources, *(known for known in self.arced[node] if known in inside)]
            least = max((self.made.column[known] + 1 for known in known_before), default=column)
            if len(sizes) > 1:
                row = sizes.index(self.size(node))
            else:
                own = [lane - self.made.lane[known] for known in sources]
                row = next((row for row, known in zip(own, sources, strict=True) if ends[row] == known), -1)
                if row < 0:
                    row = next(row for row in range(len(nodes)) if taken.get(row, column) <= least)
            place = max(least, taken.get(row, column))
            self.made.column[node], self.made.lane[node] = place, lane - row
            taken[row], ends[row] = place + 1, node
            lowest = max(lowest, row)
        width = max(taken.values()) - column
        self.made.bands.append((column, column + width - 1))
        return width, 0, lowest

    # ---- side outputs ----------------------------------------------------------------------------------------------

    def _side(self, branch: list[int]) -> None:
        """What leads to a side output hangs under the node that it begins at, in the nearest free lane."""
        inside = set(branch)
        reads = [known for node in branch for known in (*self.before[node], *self.arced[node])]
        sources = [known for known in reads if known not in inside]
        column = max((self.made.column[known] for known in sources), default=0) + 1
        width, _, under = self._chain(branch, column, -1000)
        cells = {(self.made.column[node], self.made.lane[node] + 1000) for node in branch}
        placed = {(self.made.column[node], self.made.lane[node]) for node in range(self.count) if node not in branch}
        high = max(lane for _, lane in cells)
        lane = -1 - high
        while any(
            (c, known + lane) in placed for c in range(column, column + width) for known in range(-under, high + 1)
        ):
            lane -= 1
        for node in branch:
            self.made.lane[node] += 1000 + lane
        self.made.bands.append((column, column + width - 1))
