"""``make load``: how one server answers many people, each with some seconds between choices; loopback only.

A change is timed from sending the choice to the message that the script is done. An error is an exception or an error
message in the page, a broken connection, or no answer.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from .choices import FIRST, MIXES, choices
from .person import Answer, Person
from .server import APP, Server, serving

# For so many people, the 95th percentile of a change in ms.
P95_LIMITS = {60: 150.0, 100: 400.0}
FIRST_PAGE_LIMIT = 150.0  # ms of the server's time
MEMORY_LIMIT = 1.15  # after the many changes, as a ratio to after the few
FEW, MANY = 500, 5000


@dataclass
class Result:
    """What a number of people met."""

    people: int
    answers: list[Answer] = field(default_factory=list)
    opened: list[Answer] = field(default_factory=list)
    shown: set[Any] = field(default_factory=lambda: {FIRST})
    new: int = 0  # changes to what nobody had seen on this server
    cpu_ms: float = 0.0
    memory: tuple[float, float] = (0.0, 0.0)

    @property
    def errors(self) -> list[str]:
        """Every error of every answer."""
        return [error for answer in (*self.opened, *self.answers) for error in answer.errors]

    def percentile(self, share: float) -> float:
        """The time in ms that this share of the changes stayed within; NaN where there were none."""
        times = sorted(answer.ms for answer in self.answers)
        return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")


async def visit(
    server: Server, people: int, seconds: float, think: float, most: int | None = None, mix: str = "crowd"
) -> Result:
    """``people`` come one after another within the first ``think`` seconds and choose until ``seconds`` are over.

    With ``most`` they stop after so many changes together instead, without a pause between them.
    """
    result = Result(people)
    before = server.memory_mib()
    numbers = count(1)

    async def one(seed: int) -> None:
        dice = random.Random(-seed)
        person = Person(server.address)
        if most is None:
            await asyncio.sleep(dice.uniform(0, think))
        result.opened.append(await person.open())
        try:
            for (label, value), shown in choices(seed, mix):
                if most is None:
                    await asyncio.sleep(dice.uniform(think / 2, think * 3 / 2))
                    if time.perf_counter() > until:
                        return
                elif next(numbers) > most:
                    return
                if label not in person.widgets:  # after an error the page may be empty
                    continue
                if shown not in result.shown:
                    result.shown.add(shown)
                    result.new += 1
                result.answers.append(await person.choose(label, value))
        finally:
            await person.close()

    until = time.perf_counter() + seconds
    await asyncio.gather(*(one(seed) for seed in range(people)))
    result.memory = before, server.memory_mib()
    return result


async def measured(server: Server, people: int, seconds: float, think: float, mix: str) -> Result:
    """A visit with the server's time for each change, without that of the first pages."""
    each = await first_pages(server, 10)
    began = server.cpu_ms()
    result = await visit(server, people, seconds, think, mix=mix)
    result.cpu_ms = (server.cpu_ms() - began - people * each) / max(1, len(result.answers))
    return result


async def first_pages(server: Server, times: int) -> float:
    """The server's time in ms for the first page of a new person."""
    began = server.cpu_ms()
    for _ in range(times):
        person = Person(server.address)
        answer = await person.open()
        await person.close()
        if answer.errors:
            raise RuntimeError(answer.errors[0])
    return (server.cpu_ms() - began) / times


def tell(result: Result, complaints: list[str]) -> None:
    """A line of the table, and the errors by kind, in the page's words and in the server's."""
    answers = result.answers
    print(
        f"{result.people:>7} {len(answers):>8} {result.new:>6} {result.percentile(0.5):>8.0f} {result.percentile(0.95):>8.0f} "
        f"{max((answer.ms for answer in answers), default=float('nan')):>8.0f} {len(result.errors):>7} {result.cpu_ms:>13.1f} "
        f"{result.memory[0]:>9.0f} {result.memory[1]:>9.0f}",
        flush=True,
    )
    for error in sorted(set(result.errors))[:5]:
        print(f"        error, {result.errors.count(error)} times: {error[:160]}")
    for complaint in complaints[-5:]:
        print(f"        in the log: {complaint[:160]}")


def load(people: list[int], seconds: float, think: float, script: Path, mix: str) -> list[str]:
    """Each number of people on a server of its own; what broke a limit, in words."""
    broken: list[str] = []
    print(
        f"\na {mix}: {seconds:.0f} s each, {think:.0f} s between choices; times from the choice until the script is done"
    )
    print(" people  changes    new   p50 ms   p95 ms   max ms  errors  CPU ms/change  MiB before  after")
    for number in people:
        with serving(script) as server:
            result = asyncio.run(measured(server, number, seconds, think, mix))
            tell(result, server.complaints())
        if mix == "class":  # the limits are for people who share a link
            broken += over(result)
        else:
            broken += [f"{number} people, a crowd: {error}" for error in sorted(set(result.errors))[:3]]
    return broken


def over(result: Result) -> list[str]:
    """What of the result is over its limit, in words."""
    limit, measured = P95_LIMITS.get(result.people, float("inf")), result.percentile(0.95)
    return [
        *([f"{result.people} people: p95 {measured:.0f} ms, limit {limit:.0f} ms"] if not measured <= limit else []),
        *([f"{result.people} people: {len(result.errors)} errors"] if result.errors else []),
    ]


def start(script: Path, times: int = 3) -> list[str]:
    """The way from nothing to the first picture, and the first page of a new person on a warm server."""
    healthy: list[float] = []
    pictured: list[float] = []
    pages: list[float] = []

    async def first(server: Server) -> None:
        person = Person(server.address)
        answer = await person.open()
        await person.close()
        pictured.append(server.started + answer.ms / 1e3)
        pages.append(await first_pages(server, 20))

    for _ in range(times):
        with serving(script) as server:
            healthy.append(server.started)
            asyncio.run(first(server))
    page = statistics.median(pages)
    print(
        f"from nothing to healthy {statistics.median(healthy):.1f} s, to the first picture {statistics.median(pictured):.1f} s; "
        f"the first page of a new person takes {page:.0f} ms of the server's time (medians of {times} starts)"
    )
    return [f"first page: {page:.0f} ms, limit {FIRST_PAGE_LIMIT:.0f} ms"] if page > FIRST_PAGE_LIMIT else []


def memory(people: int, script: Path) -> list[str]:
    """What the server holds after few and after many changes without a pause."""

    async def both(server: Server) -> tuple[Result, Result]:
        return await visit(server, people, 0, 0, FEW), await visit(server, people, 0, 0, MANY - FEW)

    with serving(script) as server:
        few, many = asyncio.run(both(server))
    ratio = many.memory[1] / few.memory[1]
    errors = [*few.errors, *many.errors]
    print(
        f"{people} people without a pause: {few.memory[0]:.0f} MiB at the start, {few.memory[1]:.0f} MiB after {len(few.answers)} changes, "
        f"{many.memory[1]:.0f} MiB after {len(few.answers) + len(many.answers)} ({ratio:.2f} times), {len(errors)} errors"
    )
    return [
        *([f"memory: {ratio:.2f} times, limit {MEMORY_LIMIT}"] if ratio > MEMORY_LIMIT else []),
        *([f"memory: {len(errors)} errors, the first {errors[0][:160]}"] if errors else []),
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument(
        "--people", type=int, nargs="*", default=[1, 20, 60, 100], help="how many at once; one server each"
    )
    parser.add_argument(
        "--mix",
        nargs="*",
        choices=MIXES,
        default=list(MIXES),
        help="class: people follow one lesson; crowd: each an own way",
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each")
    parser.add_argument("--think", type=float, default=5.0, help="mean of the pause between two choices")
    parser.add_argument(
        "--memory", action="store_true", help=f"also memory after {FEW} and {MANY:,} changes by 100 people"
    )
    parser.add_argument("--check", action="store_true", help="exit code 1 where a stated limit is broken")
    parser.add_argument("--replicas", type=int, default=0, help="instead, so many servers behind nginx, of which one is killed and started again")  # fmt: skip
    parser.add_argument("--script", type=Path, default=APP, help="another app")
    given = parser.parse_args()
    if given.replicas:
        from .replicas import run

        people = given.people[0] if given.people != parser.get_default("people") else 200
        broken = run(given.replicas, people, given.seconds, given.think)
        for line in broken:
            print(f"not as it should be: {line}", file=sys.stderr)
        return 1 if broken else 0
    broken = start(given.script)
    for mix in given.mix:
        broken += load(given.people, given.seconds, given.think, given.script, mix)
    if given.memory:
        broken += memory(100, given.script)
    for line in broken:
        print(f"over the limit: {line}", file=sys.stderr)
    return 1 if given.check and broken else 0


if __name__ == "__main__":
    sys.exit(main())
