"""Other people's networks: ours against torchinfo, torchview and torchvista, the same module in the same run."""

from __future__ import annotations

import subprocess
import sys

from .networks import NETWORKS

REPEATS = 5

_TIMED = """
import copy, statistics, sys, time
import torch
from benchmarks.networks import NETWORKS
{setup}
module = NETWORKS[{name!r}]().eval()
x = torch.zeros(1, 3, 224, 224)
def case():
    with torch.no_grad():
        {body}
case()
took = []
for _ in range({repeats}):
    began = time.perf_counter(); case(); took.append((time.perf_counter() - began) * 1e3)
print(statistics.median(took))
"""

# what each needs to know every operation and who reads whom; torchinfo sees modules alone and no addition
CASES = {
    "the forward pass alone": ("", "module(x)"),
    "resnet_viz: trace, parts": ("import resnet_viz as rv", "trace = rv.trace(module, inputs=x); trace.parts"),
    "torchinfo, no additions": ("import torchinfo", "str(torchinfo.summary(module, input_data=x, verbose=0, depth=9))"),
    "torchview": ("import torchview", "torchview.draw_graph(module, input_data=x, depth=9, device='cpu')"),
    "torchvista": (
        "from collections import defaultdict\nfrom torchvista import tracer",
        "tracer.process_graph(module, x, {}, {}, {}, {}, defaultdict(list), {}, {}, {}, defaultdict(list), set(), {}, show_non_gradient_nodes=True, forced_module_tracing_depth=None)",
    ),
}


def main() -> None:
    """Medians, and how many times as long as the forward pass alone."""
    for name in NETWORKS:
        print(f"\n{name} at 224, on the processor, warm, median of {REPEATS}")
        plain = 0.0
        for case, (setup, body) in CASES.items():
            code = _TIMED.format(name=name, setup=setup, body=body, repeats=REPEATS)
            done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
            if done.returncode:
                print(f"  {case:<26} {done.stderr.strip().splitlines()[-1][:120]}")
                continue
            took = float(done.stdout.split()[-1])
            plain = plain or took
            print(f"  {case:<26} {took:>9.1f} ms  {took / plain:>6.2f} x the pass alone")


if __name__ == "__main__":
    main()
