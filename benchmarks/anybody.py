"""Other people's networks: ours against torchinfo, torchview and torchvista, by turns on modules that are alike.

A tracer lives in a process of its own, for some leave PyTorch or the module changed, and all stand ready at once: a
round asks each for one network in turn, so that what else the machine does meets all alike. One thread each, so that
processor time is the work that was done. At 224 the convs take most of it, at 64 the tracers' own work.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any

ROUNDS = {224: 5, 64: 9}
Timed = tuple[float, float]  # processor and clock, in milliseconds
Body = Callable[[Any, Any], object]


def _alone() -> Body:
    return lambda module, x: module(x)


def _ours() -> Body:
    import resnet_viz as rv

    return lambda module, x: rv.trace(module, inputs=x).parts


def _torchinfo() -> Body:
    import torchinfo

    return lambda module, x: str(torchinfo.summary(module, input_data=x, verbose=0, depth=9))


def _torchview() -> Body:
    import torchview

    return lambda module, x: torchview.draw_graph(module, input_data=x, depth=9, device="cpu")


def _torchvista() -> Body:
    from torchvista import tracer

    def graph(module: Any, x: Any) -> None:
        found: tuple[Any, ...] = ({}, {}, {}, {}, defaultdict(list), {}, {}, {}, defaultdict(list), set(), {})
        tracer.process_graph(module, x, *found, show_non_gradient_nodes=True, forced_module_tracing_depth=None)

    return graph


# what each needs to know every operation and who reads whom; torchinfo sees modules alone and no addition
CASES: dict[str, Callable[[], Body]] = {
    "the forward pass alone": _alone,
    "resnet_viz: trace, parts": _ours,
    "torchinfo, no additions": _torchinfo,
    "torchview": _torchview,
    "torchvista": _torchvista,
}
SEEING = ("torchview", "torchvista")  # those that see the additions too


class Process:
    """One tracer in a process of its own, asked by lines."""

    def __init__(self, case: str) -> None:
        self.case = case
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.anybody", case]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, network: str, size: int) -> Timed | None:
        """How long it took, or None where it failed (it says why on the error output)."""
        assert self.process.stdin and self.process.stdout
        print(f"{network} {size}", file=self.process.stdin, flush=True)
        said = self.process.stdout.readline().split()
        return (float(said[0]), float(said[1])) if len(said) == 2 else None

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    """Medians, and how many times as long as the forward pass alone of the same round."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    from .networks import NETWORKS

    processes = [Process(case) for case in CASES]
    try:
        for size, rounds in ROUNDS.items():
            for name in NETWORKS:
                print(f"\n{name} at {size}, on one thread of the processor, warm, medians of {rounds} rounds")
                for process in processes:
                    process.ask(name, size)  # warm
                _tell([{process.case: process.ask(name, size) for process in processes} for _ in range(rounds)])
    finally:
        for process in processes:
            process.close()


def _tell(rounds: list[dict[str, Timed | None]]) -> None:
    cpu: dict[str, float] = {}
    plain = next(iter(CASES))
    for case in CASES:
        pairs = [(found[case], found[plain]) for found in rounds]
        both = [(took, alone) for took, alone in pairs if took and alone]
        if not both:
            print(f"  {case:<26} failed")
            continue
        milliseconds, clock = (statistics.median(took[at] for took, _ in both) for at in (0, 1))
        times = [statistics.median(took[at] / alone[at] for took, alone in both) for at in (0, 1)]
        cpu[case] = times[0]
        print(
            f"  {case:<26} {milliseconds:>8.1f} ms of processor  {times[0]:>5.2f} x the pass alone"
            f"   {clock:>8.1f} ms by the clock  {times[1]:>5.2f} x"
        )
    best = min((cpu[case] for case in SEEING if case in cpu), default=None)
    ours = cpu.get("resnet_viz: trace, parts")
    if best and ours:
        print(f"  ours takes {ours / best:.2f} times the processor of the faster that sees additions")


def _answer(case: str) -> None:
    """Time what the lines ask for, until there are no more."""
    import torch

    from .networks import NETWORKS

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    body = CASES[case]()
    modules = {name: build().eval() for name, build in NETWORKS.items()}
    gc.collect()
    gc.freeze()  # what was imported and built is looked through by nobody's collections
    for line in sys.stdin:
        name, size = line.split()
        x = torch.zeros(1, 3, int(size), int(size))
        gc.collect()
        try:
            with torch.no_grad():
                clock, cpu = time.perf_counter(), time.process_time()
                body(modules[name], x)
                took = (time.process_time() - cpu) * 1e3, (time.perf_counter() - clock) * 1e3
        except Exception as error:
            print(f"{case}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
            print(flush=True)
        else:
            print(*took, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _answer(sys.argv[1])
    else:
        main()
