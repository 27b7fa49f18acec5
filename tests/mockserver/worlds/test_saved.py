"""The state file: what a restart finds, and files that are not to be used."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import Mock, create_app
from mockserver.cli import serve
from mockserver.worlds import saved
from spec import ConfigurationError
from tests.mockserver.herd import CONTRACT, Herder, herder
from tests.mockserver.worlds.exports import export
from tests.mockserver.worlds.test_history import FLOCKS, deeds

ONE = f"/sheep/{1:024x}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def started(tmp_path: Path, file: Path) -> Callable[..., Herder]:
    """Starts a mock that goes on with the file; the one before is closed."""
    running: list[Mock] = []

    def start(**options: Any) -> Herder:
        for app in running:
            app.close()
        herd = herder(tmp_path, FLOCKS, state=file, **options)
        running.append(herd.app)
        return herd

    return start


def exports(app: Mock) -> dict[str, bytes]:
    return {one.name: export(one) for one in app.sessions.worlds()}


def test_a_restart_finds_every_world_as_it_was(started: Callable[..., Herder]) -> None:
    base = started()
    base.api("POST", "/sheep", {"name": "new"})
    run = base.shear(tag="x")
    base.advance(0.2)
    one, two = Herder(base.app, "one"), Herder(base.app, "two")
    one.api("DELETE", ONE)
    one.admin("PUT", "/jobs", {"mode": "manual", "rate": 3})
    two.admin("PUT", "/clock", {"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    base.advance(0.1)
    before = exports(base.app)
    made = [each.api("POST", "/sheep", {"name": "next"}).json["_id"] for each in (base, one)]
    for each in (base, one):
        each.admin("POST", "/undo")

    again = started()

    assert exports(again.app) == before
    assert again.progress(run)[1] == 3
    again.advance(0.1)
    assert again.progress(run)[1] == 4
    assert made == [
        each.api("POST", "/sheep", {"name": "next"}).json["_id"]
        for each in (again, Herder(again.app, "one"))
    ]


def test_snapshots_and_resets_are_kept(started: Callable[..., Herder]) -> None:
    base = started()
    one = Herder(base.app, "one")
    one.api("DELETE", ONE)
    one.admin("POST", "/snapshots", {"name": "without"})
    one.admin("POST", "/snapshots", {"name": "dropped"})
    one.admin("DELETE", "/snapshots/dropped")
    one.admin("POST", "/reset")
    Herder(base.app, "gone").sheep(1)
    base.admin("DELETE", "/sessions/gone")
    base.api("POST", "/sheep", {"name": "new"})
    base.admin("POST", "/reset")

    again = started()

    assert [each.name for each in again.app.sessions.worlds()] == ["", "one"]
    assert again.api("GET", "/sheep?name=new").json == []
    other = Herder(again.app, "one")
    assert other.sheep(1)["name"] == "sheep 1"
    assert [each["name"] for each in other.admin("GET", "/snapshots").json["snapshots"]] == [
        "without"
    ]
    other.admin("POST", "/snapshots/without/restore")
    assert other.api("GET", ONE).status_code == 404


def test_request_ids_are_not_given_twice_to_writes(started: Callable[..., Herder]) -> None:
    first = started().api("POST", "/sheep", {"name": "new"}).headers["X-Mock-Request-Id"]

    assert started().api("GET", ONE).headers["X-Mock-Request-Id"] != first


def test_what_lies_behind_an_image_does_not_grow_for_ever(
    started: Callable[..., Herder], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "_SHORTEST", 0)
    base = started()
    size = len(base.app.sessions.base.image())
    for number in range(1000):
        base.api("PATCH", ONE, {"breed": f"{number} {'x' * 1000}"})
    before = exports(base.app)
    base.app.close()

    with sqlite3.connect(file) as connection:
        [(behind, images)] = connection.execute(
            "SELECT (SELECT sum(length(content)) FROM writes), (SELECT count(*) FROM images)"
        )
    connection.close()

    assert behind < 2 * size
    assert images == 1
    assert exports(started().app) == before


@settings(max_examples=25)
@given(sequence=st.lists(deeds, max_size=10), shortest=st.sampled_from([0, 1_000_000]))
def test_any_sequence_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, sequence: list[Any], shortest: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved, "_SHORTEST", shortest)
        base = herder(folder, FLOCKS, state=folder / "state.db")
        for number, (method, path, body) in enumerate(sequence):
            Herder(base.app, ("one", None)[number % 2]).send(method, path, body)
        for each in (base, Herder(base.app, "one")):  # looks at a clock are not saved
            each.admin("PUT", "/clock", {"mode": "frozen"})
        before = exports(base.app)
        base.app.close()

        again = create_app([CONTRACT], fixtures=_fixtures(folder), state=folder / "state.db")

        assert exports(again) == before
        again.close()


def _fixtures(folder: Path) -> Path:
    return next(folder.glob("herd*.json"))


# -- files that are not to be used ----------------------------------------------------------------


def test_a_file_that_is_in_use_is_left_alone(
    started: Callable[..., Herder], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "_PATIENCE_S", 0.05)
    started()

    with pytest.raises(ConfigurationError, match="another process has it open"):
        create_app([CONTRACT], state=file)


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _garbage(file: Path) -> None:
    file.write_bytes(b"This is a letter to my mother. " * 500)


def _overwritten(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for at in range(8192, len(content), 4096):
        content[at : at + 64] = b"\xff" * 64
    file.write_bytes(content)


def _executed(statement: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with sqlite3.connect(file) as connection:
            connection.execute(statement)
        connection.close()

    return change


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(_truncated, "damaged", id="truncated"),
        pytest.param(_garbage, "damaged, or no state file", id="a text"),
        pytest.param(_overwritten, "damaged", id="overwritten"),
        pytest.param(
            _executed("UPDATE images SET content = zeroblob(9000)"), "the image", id="image"
        ),
        pytest.param(_executed("DELETE FROM images"), "damaged", id="no image"),
        pytest.param(
            _executed("UPDATE writes SET content = replace(content, 'new', 'old')"),
            "a write in the session 'base'",
            id="write",
        ),
        pytest.param(_executed("UPDATE writes SET course = '[1'"), "damaged", id="course"),
        pytest.param(_executed("DROP TABLE snapshots"), "damaged", id="no table"),
        pytest.param(
            _executed("PRAGMA application_id = 7"), "database of another program", id="foreign"
        ),
        pytest.param(_executed("PRAGMA user_version = 9"), "its form is 9", id="of the future"),
        pytest.param(
            _executed("UPDATE served SET statement = 'CREATE' WHERE name LIKE 'herd/sheep%'"),
            "another version of the document: herd/sheep lay in other tables",
            id="changed tables",
        ),
        pytest.param(
            _executed("UPDATE served SET name = replace(name, 'herd', 'fleet')"),
            "it has the state of fleet. Expected that of herd",
            id="another document",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence(
    started: Callable[..., Herder], file: Path, spoil: Callable[[Path], None], said: str
) -> None:
    base = started()
    base.api("POST", "/sheep", {"name": "new"})
    base.app.close()
    spoil(file)
    left = file.read_bytes()

    with pytest.raises(ConfigurationError) as refused:
        create_app([CONTRACT], state=file)

    assert said in str(refused.value)
    assert str(refused.value).startswith(f"--state {file}: ")
    assert file.read_bytes() == left


def test_no_damage_is_a_traceback(
    started: Callable[..., Herder], file: Path, tmp_path: Path
) -> None:
    base = started()
    base.api("POST", "/sheep", {"name": "new"})
    base.app.close()
    whole, spoiled = file.read_bytes(), tmp_path / "spoiled.db"
    rng = random.Random(5)

    told = set()
    for _ in range(40):
        content = bytearray(whole)
        for _ in range(rng.choice([1, 8, 64])):
            content[rng.randrange(len(content))] = rng.randrange(256)
        spoiled.write_bytes(content)
        try:
            create_app([CONTRACT], state=spoiled).close()
        except ConfigurationError as error:
            told.add(error.found.partition(" (")[0])

    assert any("damaged" in one for one in told)


def test_a_database_of_another_program_is_not_touched(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE precious (content)")
    connection.close()
    before = file.read_bytes()

    result = CliRunner().invoke(serve, ["fleet", "--state", str(file)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "it is a database of another program" in result.stderr
    assert result.stderr.count("\n") == 1
    assert file.read_bytes() == before


@pytest.mark.parametrize("path", ["", "nowhere/state.db"])
def test_a_path_that_is_no_file_is_one_sentence(tmp_path: Path, path: str) -> None:
    result = CliRunner().invoke(serve, ["fleet", "--state", str(tmp_path / path)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "it can't be opened or made" in result.stderr
    assert result.stderr.count("\n") == 1


def test_what_can_not_be_saved_is_not_done(started: Callable[..., Herder]) -> None:
    base = started()
    before = export(base.app.sessions.base)
    base.app.sessions.base.saved._connection.execute("PRAGMA query_only = ON")  # type: ignore

    answer = base.api("POST", "/sheep", {"name": "new"})

    assert (answer.status_code, answer.json["title"]) == (507, "State not saved")
    assert export(base.app.sessions.base) == before
    assert base.admin("GET", "/history").json["position"] == 0
