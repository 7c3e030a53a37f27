"""``make bench``: spec to full table, build included on both sides, against torchinfo, torchview and torchlens.

Before them other people's networks: ``anybody.py``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from . import anybody

REPEATS = 5
NETWORKS = (("resnet18", 224), ("resnet50", 224), ("resnet152", 224), ("cifar_resnet110", 32), ("cifar_resnet1202", 32))

_TIMED = """
import resource, statistics, sys, time
import resnet_viz as rv
spec = rv.variant({name!r}); size = {size}
{setup}
def case():
    {body}
if {warm}: case()
took = []
for _ in range({repeats}):
    clock, cpu = time.perf_counter(), time.process_time(); case(); took.append(((time.process_time() - cpu) * 1e3, (time.perf_counter() - clock) * 1e3))
print(*map(statistics.median, zip(*took)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

# on the processor our own networks run once before, so that no step is timed for what a first call does besides
CASES = {
    "forecast (formulas)": ("", "rv.forecast(spec, size).to_csv()"),
    "hooks on meta": ("", "rv.trace(spec, size, device='meta').to_csv()"),
    "hooks on cpu, twice": ("", "rv.trace(spec, size, device='cpu').to_csv()"),
    "torchinfo on cpu": ("import torchinfo", "str(torchinfo.summary(rv.build(spec), (1, spec.in_channels, size, size), verbose=0, depth=9, device='cpu'))"),
    "torchinfo on meta": ("import torchinfo", "str(torchinfo.summary(rv.build(spec, 'meta'), (1, spec.in_channels, size, size), verbose=0, depth=9, device='meta'))"),
    "torchview on cpu": ("import torchview", "torchview.draw_graph(rv.build(spec), input_size=(1, spec.in_channels, size, size), device='cpu', depth=9)"),
    "torchlens on cpu": ("import torch, torchlens", "torchlens.trace(rv.build(spec), torch.zeros(1, spec.in_channels, size, size))"),
}  # fmt: skip


def _measure(name: str, size: int, case: str, repeats: int) -> tuple[float, float, float] | None:
    """Milliseconds of processor and by the clock, and MiB; on one thread, whose processor time is the work done."""
    setup, body = CASES[case]
    code = _TIMED.format(name=name, size=size, setup=setup, body=body, warm=True, repeats=repeats)
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=900, env=alone
    )
    if done.returncode:
        print(f"{case}: {done.stderr.strip().splitlines()[-1][:150]}", file=sys.stderr)
        return None
    cpu, clock, memory = map(float, done.stdout.split()[-3:])
    return cpu, clock, memory


def _cold(command: list[str]) -> float:
    import time

    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def main() -> None:
    anybody.main()
    steps = _steps()
    pictures()
    for name, size in NETWORKS:
        found = {}
        for case in CASES:
            if case.startswith("torchlens") and name == "cifar_resnet1202":
                continue  # minutes
            found[case] = _measure(name, size, case, 3 if case.startswith("torchlens") else REPEATS)
        base = found["torchinfo on cpu"]
        assert base
        print(
            f"\n{name} at {size}, {steps[name]} steps: spec to full table, build included, warm, one thread, median of {REPEATS}"
        )
        for case, result in found.items():
            if result:
                ratio = base[0] / result[0]
                print(
                    f"  {case:<20} {result[0]:>10.2f} ms of processor  {ratio:>8.2f}x torchinfo on cpu  {result[0] * 1e3 / steps[name]:>8.2f} µs a step"
                    f"  {result[1]:>10.2f} ms by the clock  peak {result[2]:>5.0f} MiB"
                )
    ours = _cold([sys.executable, "-m", "resnet_viz", "table", "resnet152"])
    theirs = _cold(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            "import torchinfo, resnet_viz as rv; print(torchinfo.summary(rv.build(rv.variant('resnet152')), (1, 3, 224, 224), verbose=0, depth=9))",
        ]
    )
    bare = _cold([sys.executable, "-c", "import torch, torchinfo"])
    print(
        f"\nfrom an empty process: resnet-viz table resnet152 {ours:.3f} s; importing torch and torchinfo alone {bare:.3f} s ({bare / ours:.1f}x), with the summary {theirs:.3f} s ({theirs / ours:.1f}x)"
    )


def pictures() -> None:
    """How long a figure takes and how large it is: ResNet-152 at each level, and the largest of the catalogue."""
    import json
    import time

    import resnet_viz as rv
    from resnet_viz.export.catalogue import catalogue_row
    from resnet_viz.picture.figures import describe
    from resnet_viz.picture.layout import Place
    from resnet_viz.spec.catalogue import CATALOGUE

    print("\nfigures, built and as JSON, median of 9")
    trace = rv.forecast(rv.variant("resnet152"))
    focuses = (("network", None), ("stage", "layer3"), ("block", "layer3.4"), ("operation", "layer3.4.conv2"))
    for level, focus in focuses:
        took: list[float] = []
        for _ in range(9):
            began = time.perf_counter()
            figure = describe(trace, Place(level, focus))
            took.append((time.perf_counter() - began) * 1e3)
        print(
            f"  resnet152, {level:<9} {statistics.median(took):6.1f} ms  {len(json.dumps(figure, separators=(',', ':'))) / 1e3:5.1f} kB  {len(figure['data'])} traces"
        )
    sizes = {
        known.name: len(json.dumps(describe(rv.forecast(known.spec, known.input_size)), separators=(",", ":")))
        for known in CATALOGUE
    }
    largest = max(sizes, key=lambda name: sizes[name])
    print(f"  the largest at network level: {largest}, {sizes[largest] / 1e3:.1f} kB")
    began = time.perf_counter()
    for known in CATALOGUE:
        catalogue_row(known, (96, 96))
    print(f"  the whole catalogue counted at another input: {time.perf_counter() - began:.2f} s")


def _steps() -> dict[str, int]:
    import resnet_viz as rv

    return {name: len(rv.forecast(rv.variant(name), size).steps) for name, size in NETWORKS}


if __name__ == "__main__":
    main()
