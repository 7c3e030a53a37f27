"""What all tests share: how much hypothesis tries, what keeps them quick, and a Python that has loaded what readers need.

HYPOTHESIS_PROFILE=nightly tries longer than the default, =mutants shortly, for planted faults.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import zip_longest

import pytest
from hypothesis import HealthCheck, Phase, settings

# Before PyTorch is loaded, and for the processes that tests start too. Its threads wait for each other by spinning: for
# networks as small as these that takes fifty times the work, on processors that the other test workers need.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Bytecode is kept even where the environment says not to: the tests start a hundred Pythons, and each would compile the
# package anew, as each worker would rewrite every test.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# argparse would look on the disk for a translation of each of its words, a thousand times for one command line.
os.environ["LANGUAGE"] = "C"

# Python would collect after each 700 objects made and not let go, of which a network's steps are thousands.
gc.set_threshold(400_000, 20, 20)

settings.register_profile("default", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# few examples, the same each time, and none made smaller: a mutant is seen or it is not
settings.register_profile(
    "mutants",
    max_examples=15,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for a browser take turns with those that compute, so that neither has the processors idle."""
    files: dict[bool, dict[str, list[pytest.Item]]] = {True: {}, False: {}}
    for item in items:
        files[item.get_closest_marker("browser") is not None].setdefault(item.path.name, []).append(item)
    turns = zip_longest(files[True].values(), files[False].values(), fillvalue=())
    items[:] = [item for pair in turns for one in pair for item in one]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there now stays to the end, libraries above all; each full collection would walk its 400,000 objects.

    The app's server does the same. What the tests themselves leave behind is collected.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_look_for_components() -> Iterator[None]:
    """Each AppTest reads all installed packages' metadata for Streamlit components, half of its time; once is enough."""
    if "streamlit" not in sys.modules:
        yield
        return
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def warm_python() -> Iterator[Callable[..., bytes]]:
    """``python -c CODE ARGUMENTS`` that finds loaded what it needs, PyTorch by default, which takes a second of each new
    Python; gives its stdout.

    Each call is a process of its own, forked from one that has done nothing but loading that.
    """
    with subprocess.Popen([sys.executable, "-c", _WARM], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout

        def run(code: str, *arguments: str, loaded: Sequence[str] = ("torch",)) -> bytes:
            process.stdin.write(json.dumps([loaded, code, *arguments]).encode() + b"\n")
            process.stdin.flush()
            answer = b""
            while (line := process.stdout.readline()) != _END:
                assert line, "the warm Python has ended"
                answer += line
            return answer

        yield run
        process.stdin.close()


_END = b"\x04\n"
_WARM = """
import importlib, json, os, sys
for line in sys.stdin:
    loaded, code, *arguments = json.loads(line)
    for name in loaded:
        importlib.import_module(name)
    if not os.fork():
        try:
            sys.argv = ["-c", *arguments]
            exec(code, {"__name__": "__main__"})
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.wait()
    print("\x04", flush=True)
"""


@pytest.fixture
def warm_reader(warm_python: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of weights and ONNX files are read by the same code in the same bounds, in processes that need not first
    load PyTorch or onnx."""
    from resnet_viz import untrusted
    from resnet_viz.advise.weights import reading as weights
    from resnet_viz.engines.onnx import reading as onnx

    needs = {
        weights._SERVE: ["resnet_viz.advise.weights.containers"],
        onnx._SERVE: ["resnet_viz.engines.onnx.building"],
    }

    def printed(code: str, *arguments: str) -> bytes:
        return warm_python(code, *arguments, loaded=[*needs[code], *(each for each in arguments if each == "torch")])

    for module in (untrusted, weights):
        monkeypatch.setattr(module, "printed", printed)
