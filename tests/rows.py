"""Many rows in one test: for each test pytest and its workers take two milliseconds, for most rows far more than the row."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest


def each(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The decorated test is run for each of ``rows``, as ``pytest.mark.parametrize`` has it but as one test.

    It goes through all of them and then fails with every row that did, each with its values. Fixtures are made once.
    """
    columns = (names,) if isinstance(names, str) else names
    table = [(row,) if isinstance(names, str) else tuple(row) for row in rows]
    assert table, "there are no rows"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def checked(**fixtures: Any) -> None:
            failed: list[BaseException] = []
            told: list[str] = []
            for row in table:
                values = dict(zip(columns, row, strict=True))
                try:
                    test(**fixtures, **values)
                except (Exception, pytest.fail.Exception) as error:
                    error.add_note("with " + ", ".join(f"{name}={repr(value)[:500]}" for name, value in values.items()))
                    failed.append(error)
                    told.append(", ".join(repr(value)[:60] for value in row))
            if failed:  # Python shows the first 15 of a group
                raise BaseExceptionGroup(f"{len(failed)} of {len(table)} rows: {'; '.join(told)}", failed)

        signature = inspect.signature(test)
        kept = [parameter for name, parameter in signature.parameters.items() if name not in columns]
        checked.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return checked

    return decorate
