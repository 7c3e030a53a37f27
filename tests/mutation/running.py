"""Does a test see the fault?  Each mutant in a fork of a process that has torch, pytest and the like already loaded.

A fresh interpreter would spend two seconds on imports for a test that fails in a hundredth. The parent never loads
resnet_viz: the child does, and gets the mutated text in place of the file when it comes to it.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import math
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal, NamedTuple

import coverage
import hypothesis
import pandas
import plotly.graph_objects
import pytest
import streamlit
import torch
import torchinfo
from torch.utils.flop_counter import FlopCounterMode

# loaded here, so that no fork has to; torch's meta kernels and its counter load 800 modules more at their first use
LOADED = (coverage, hypothesis, pandas, plotly.graph_objects, pytest, streamlit, torchinfo)
with FlopCounterMode(display=False):
    torch.nn.Conv2d(1, 1, 1, device="meta")(torch.zeros(1, 1, 1, 1, device="meta"))

MEMORY = 3 * 2**30  # bytes that a mutant may take on top: one that only appends must not take the machine with it

Outcome = Literal["killed", "survived", "timeout", "unusable"]


class Known(NamedTuple):
    """What a run without a fault showed: seconds of each test, and the tests that come to each line."""

    seconds: dict[str, float]  # of the processor: a busy machine must not look like an endless loop
    tests: dict[int, set[str]]
    outside: set[int]  # lines that run while tests are collected: any test may depend on them


def module_name(path: str) -> str:
    """``resnet_viz/picture/layout/__init__.py`` is ``resnet_viz.picture.layout``."""
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


def run_unchanged(paths: Sequence[str], files: Sequence[str]) -> dict[str, Known]:
    """Run the tests in ``files`` on the code as it is; what that shows of each of ``paths``.

    Raises RuntimeError where a test fails: then no mutant could be said to be seen.
    """

    def child() -> dict[str, Known]:
        watch = _Watch(paths)
        answer = _pytest(files, watch)
        if answer:
            raise RuntimeError(f"the tests fail without a mutant: pytest {' '.join(files)}")
        return watch.known()

    ended, known = _in_fork(child, 600)
    if ended or known is None:
        raise RuntimeError(f"no run of pytest {' '.join(files)} comes to its end without a mutant")
    return known


def run_mutant(path: str, code: str, tests: Sequence[str], known: Known, seconds: float) -> tuple[Outcome, str]:
    """Run ``tests`` in their order until one fails; also the name of that test, empty where there is none."""

    def child() -> tuple[Outcome, str]:
        name = module_name(path)
        sys.meta_path.insert(0, _Finder(name, path, code))
        try:
            importlib.import_module(name)
        except BaseException:
            return "unusable", ""  # no test had a part in that
        first = tests[0].partition("::")[0]
        rest = sorted({file for file, _, _ in (test.partition("::") for test in tests)} - {first})
        for files in filter(None, ([first], rest)):  # most mutants need no other file: why collect them
            chosen = _Chosen(tests, known.seconds)
            answer = _pytest(files, chosen)
            if answer == pytest.ExitCode.USAGE_ERROR:
                raise RuntimeError(f"pytest does not understand {files}")
            # a file that cannot be collected, because it asks the code for its cases, has failed as well
            if answer not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                return "killed", chosen.failed
        return "survived", ""

    ended, found = _in_fork(child, seconds)
    if ended == "timeout":
        return "timeout", ""
    return found or ("killed", "")  # the process is gone: a crash


def _pytest(files: Sequence[str], plugin: object) -> int:
    torch.set_num_threads(1)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the tests need none of them, and they take a second to load
    options = ["-q", "-x", "--tb=no", "--no-header", "--no-summary", "-p", "no:cacheprovider"]
    options += ["-p", "no:unraisableexception"]  # collects garbage five times at the end
    return pytest.main([*options, *files], plugins=[plugin])


def _in_fork(child: Callable[[], Any], seconds: float) -> tuple[Literal["timeout"] | None, Any]:
    """What ``child`` returns in a process of its own; None where it died, or was ended after so many seconds of work."""
    reading, writing = os.pipe()
    gc.collect()
    gc.freeze()  # a collection in the child would touch, and so copy, every page of torch
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 1))
            signal.alarm(math.ceil(20 * seconds))  # for what only waits
            try:
                answer = pickle.dumps(child())
            except Exception as error:  # of this tool, not of a test: no mutant may seem seen for it
                answer = pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM):
        return "timeout", None
    found = pickle.loads(answer) if answer else None
    if isinstance(found, RuntimeError):
        raise found
    return None, found


class _Finder(MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Gives one module another text than its file's."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, os.path.abspath(path))
        self.text = text

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> Any:
        if fullname != self.name:
            return None
        inside = [os.path.dirname(self.path)] if self.path.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=inside
        )

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class _Chosen:
    """A pytest plugin: these tests alone, in this order; then those that there are only with the mutant."""

    def __init__(self, tests: Sequence[str], known: Collection[str]) -> None:
        self.place = {test: place for place, test in enumerate(tests)}
        self.known = known
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.place or item.nodeid not in self.known),
            key=lambda item: self.place.get(item.nodeid, len(self.place)),
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


def _forget() -> None:
    """Empty what is kept in caches: what a test finds there, it would come to by itself without the tests before it."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("resnet_viz", "tests"):
            for value in vars(module).values():
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


class _Watch:
    """A pytest plugin: how long each test takes, and which lines of ``paths`` it comes to."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self.seconds: dict[str, float] = {}
        self.watching = coverage.Coverage(data_file=None, include=list(map(os.path.abspath, paths)), config_file=False)
        for path in paths:
            importlib.import_module(module_name(path))  # what runs now runs without a test
        self.watching.start()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        _forget()
        self.watching.switch_context(item.nodeid)
        began = time.process_time()
        yield
        self.seconds[item.nodeid] = time.process_time() - began
        self.watching.switch_context("")

    def known(self) -> dict[str, Known]:
        self.watching.stop()
        found: dict[str, Known] = {}
        for path in self.paths:
            contexts = self.watching.get_data().contexts_by_lineno(os.path.abspath(path))
            tests = {line: set(names) - {""} for line, names in contexts.items()}
            found[path] = Known(self.seconds, tests, {line for line, names in contexts.items() if "" in names})
        return found
