"""pytest's plugin: a mock for the length of a run, and a world in it for each test.

It is loaded in every run of pytest where Conformock is installed, so it imports nothing of ours
before a test asks for a mock. `-p no:conformock` leaves it out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from mockserver.testing import MockWorld, Running

_MARK = "conformock"
_MARKER = (
    f"{_MARK}(*documents, arguments=()): what mock_api serves for this test, in place of what is "
    "configured; without documents, what is configured, with these more arguments."
)


class Wanted(NamedTuple):
    """What is to be served, by which arguments; relative paths start from `folder`."""

    documents: tuple[str, ...]
    arguments: tuple[str, ...]
    folder: Path


_world = pytest.StashKey["MockWorld"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and their twins for the configuration file."""
    group = parser.getgroup("conformock", "mocks of OpenAPI documents")
    group.addoption(
        "--conformock-document",
        dest="conformock_documents",
        action="append",
        metavar="DOCUMENT",
        help="A document that mock_api serves, a file or a shipped name; repeatable. "
        "All shipped ones if there is none.",
    )
    group.addoption(
        "--conformock-arguments",
        dest="conformock_arguments",
        type=shlex.split,
        metavar="ARGUMENTS",
        help="More arguments of `conformock serve`: "
        "--conformock-arguments='--clock 2024-05-03T09:15:00Z --jobs manual'",
    )
    for name in ("documents", "arguments"):
        parser.addini(f"conformock_{name}", f"What --conformock-{name.rstrip('s')} means.", "args")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let mock_api serve what a test's marker names."""
    mark = metafunc.definition.get_closest_marker(_MARK)
    if mark is not None and "mock_api" in metafunc.fixturenames:
        wanted = _marked(mark, metafunc.config)
        metafunc.parametrize("mock_api", [wanted], indirect=True, ids=[pytest.HIDDEN_PARAM])


@pytest.fixture(scope="session")
def _conformock_serving() -> Iterator[Callable[[Wanted], Running]]:
    """Give what serves a mock until the run ends; who wants the same gets the same."""
    from mockserver.testing import running

    with ExitStack() as stack:

        @cache
        def serve(wanted: Wanted) -> Running:
            documents, arguments, folder = wanted
            return stack.enter_context(running(documents, arguments=arguments, folder=folder))

        yield serve


@pytest.fixture(scope="session")
def mock_api(
    request: pytest.FixtureRequest, _conformock_serving: Callable[[Wanted], Running]
) -> Running:
    """A mock of the documents that are configured or marked: `url`, `urls`, `origin`, `world()`."""
    from spec import TargetUnreachable

    try:
        return _conformock_serving(getattr(request, "param", None) or _configured(request.config))
    except TargetUnreachable as error:
        pytest.fail(f"mock_api does not start: {error.reason}", pytrace=False)


@pytest.fixture
def mock_world(request: pytest.FixtureRequest, mock_api: Running) -> MockWorld:
    """A world of mock_api for this test alone, to be called with its `headers`."""
    world = mock_api.world(_session(request.node.nodeid))
    world.forget()  # a test that is run again begins like the first time
    request.node.stash[_world] = world
    return world


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what was asked and answered in the test's world."""
    report = yield
    if report.when == "call" and report.failed and _world in item.stash:
        report.sections.append(("Calls in mock_world", _told(item.stash[_world])))
    return report


def _told(world: MockWorld) -> str:
    from mockserver.remote import told
    from spec import ConformockError

    try:
        return "\n".join(map(told, world.requests())) or "none"
    except ConformockError as error:
        return str(error)


def _configured(config: pytest.Config) -> Wanted:
    """Return what the command line says, or else the configuration file."""
    options, here = config.option, config.invocation_params.dir
    documents = _located(options.conformock_documents or (), here)
    documents = documents or _located(config.getini("conformock_documents"), config.rootpath)
    given: list[str] | None = options.conformock_arguments
    if given is not None:
        return Wanted(documents, tuple(given), here)
    return Wanted(documents, tuple(config.getini("conformock_arguments")), config.rootpath)


def _marked(mark: pytest.Mark, config: pytest.Config) -> Wanted:
    """Return what a marker says; its paths start from the root of the tests.

    Raises: pytest.UsageError: it says something else.
    """
    arguments = mark.kwargs.get("arguments", ())
    if set(mark.kwargs) - {"arguments"} or not _texts(mark.args) or not _texts(arguments):
        shown = ", ".join(
            [*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())]
        )
        raise pytest.UsageError(
            f"@pytest.mark.{_MARK}({shown}): expected documents, and arguments as a list, such as "
            f"@pytest.mark.{_MARK}('openapi.yaml', arguments=['--jobs', 'manual'])"
        )
    if mark.args:
        return Wanted(_located(mark.args, config.rootpath), tuple(arguments), config.rootpath)
    configured = _configured(config)
    return configured._replace(arguments=(*configured.arguments, *arguments))


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _located(documents: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Return documents as they are found from anywhere; shipped names stay as they are."""
    if not documents:
        return ()
    from spec.document import shipped

    known = shipped()
    return tuple(one if one in known else str(folder / one) for one in documents)


def _session(test: str) -> str:
    """Return a session's name for a test's id, the same in each run."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", test.rpartition("::")[2])[:40].strip("-")
    return f"{name}.{sha256(test.encode()).hexdigest()[:16]}"
