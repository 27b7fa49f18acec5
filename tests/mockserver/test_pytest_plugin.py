"""The plugin in runs of pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PETS = Path(__file__).parents[1] / "documents" / "pets.yaml"
SUITE = """
    import json
    import pytest
    from urllib.request import ProxyHandler, Request, build_opener

    opener = build_opener(ProxyHandler({}))

    def named(world, name):
        kind = {"Content-Type": "application/json"}
        body = json.dumps({"name": name}).encode()
        with opener.open(Request(f"{world.url}/pets", body, world.headers | kind)) as answer:
            return json.load(answer)

    @pytest.mark.parametrize("name", ["Tom", "Tim"])
    def test_a_test_sees_its_own_pet(mock_world, name):
        assert [named(mock_world, name)] == mock_world.state("pet")
        assert [one["name"] for one in mock_world.state("pet")] == [name]
"""


@pytest.fixture(autouse=True)
def _known(pytester: pytest.Pytester) -> None:
    """Let an inner run find what the outer one found by `pythonpath`, and warn of nothing."""
    pytester.makeini(
        f"""
        [pytest]
        addopts = --strict-markers --strict-config
        filterwarnings = error
        pythonpath = {PETS.parents[2]}
        conformock_documents = pets.yaml
        """
    )
    pytester.path.joinpath("pets.yaml").write_bytes(PETS.read_bytes())


def test_each_test_has_a_world_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)

    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_workers_of_xdist_do_not_meet(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others are slow to load
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_subprocess("-p", "conformock", "-p", "xdist", "-n", "2")

    result.assert_outcomes(passed=2)


def test_a_marker_says_what_is_served_and_a_failure_what_was_called(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        SUITE
        + """
    @pytest.fixture(scope="session")
    def title(mock_api):
        with opener.open(f"{mock_api.url}/openapi.json") as answer:
            return json.load(answer)["info"]["title"]

    def test_the_configured_one(mock_api, title):
        assert [*mock_api.urls] == ["pets"]
        assert title == "Pets"

    @pytest.mark.conformock("fleet", "pets.yaml")
    class TestMarked:
        def test_two(self, mock_api, title):
            assert [*mock_api.urls] == ["fleet", "pets"]
            assert "Fleet" in title

        @pytest.mark.conformock(arguments=["--clock", "2024-05-03T09:15:00Z"])
        def test_the_nearest_marker_counts(self, mock_world):
            assert mock_world.urls.keys() == {"pets"}
            assert mock_world.advance(1)["now"] == "2024-05-03T09:15:01.000000Z"

    def test_that_fails(mock_world):
        named(mock_world, "Tom")
        assert mock_world.find(method="DELETE")

    def test_that_is_wrong(mock_world):
        mock_world.fault(eror="NOT_FOUND")
    """
    )

    result = pytester.runpytest_inprocess("-v")

    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(
        ["*::test_two PASSED*", "*- Calls in mock_world -*", "201  POST  /v1/pets  createPet"]
    )
    assert "remote.py" not in result.stdout.str()


def test_the_command_line_goes_before_the_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_it(mock_world):
            assert mock_world.urls.keys() == {"memfault"}
            assert mock_world.advance(1)["now"] == "2024-05-03T09:15:01.000000Z"
        """
    )

    pytester.runpytest_inprocess(
        "--conformock-document=memfault", "--conformock-arguments=--clock 2024-05-03T09:15:00Z"
    ).assert_outcomes(passed=1)


def test_a_mock_that_does_not_start_is_told_without_a_traceback(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_it(mock_world): pass\ndef test_too(mock_world): pass")

    result = pytester.runpytest_inprocess("--conformock-document=pats.yaml")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["mock_api does not start: *pats.yaml: there is no such document*"])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


@pytest.mark.parametrize("marked", ["3", "'fleet', clock='real'", "arguments='--jobs manual'"])
def test_a_marker_that_makes_no_sense_is_told(pytester: pytest.Pytester, marked: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.conformock({marked})
        def test_it(mock_api):
            pass
        """
    )

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.conformock(*expected documents, and arguments as*"])


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]")
    pytester.makepyfile("def test_it(mock_world): pass")

    result = pytester.runpytest_inprocess("-p", "no:conformock")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'mock_world' not found"])


def test_pytest_tells_of_options_and_marker(pytester: pytest.Pytester) -> None:
    for option, expected in (
        ("--help", "*--conformock-document=DOCUMENT*"),
        ("--help", "*--conformock-arguments=ARGUMENTS*"),
        ("--help", "*conformock_documents (args)*"),
        ("--markers", "@pytest.mark.conformock(*documents, arguments=()): what *"),
    ):
        pytester.runpytest_inprocess(option).stdout.fnmatch_lines([expected])


def test_loading_it_loads_nothing_else() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import mockserver.pytest_plugin
print(*sorted(set(sys.modules) - before))
"""
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout

    assert loaded.split() == ["mockserver", "mockserver.pytest_plugin"]
