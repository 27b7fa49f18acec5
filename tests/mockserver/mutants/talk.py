"""Requests in one line each, sent to the mock and to a mutant of it until their answers differ.

    PATCH /devices/3 @reader +Prefer: error=X {"name": "x"}
    GET /devices/{1/data/devices/0/id}      what the first answer shows there
    WORK 2                                  two items of the jobs
    ADVANCE 3                               three seconds of the clock

`@nobody` sends no credential. What stands after `+` is a header, in the place of another or beside.
`~` stands for the path of Memfault's project, `...` for members that a new record must have, and
`#de02` for the id of EdgeIQ that has these four digits and zeros between.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from mockserver import Mock, create_app
from mockserver.fixtures import Fixtures, shipped_with
from mockserver.jobs import Pace
from mockserver.mutants import Mutant, Mutants, mutants
from spec import Contract, carried, pick, read

START = 1_717_400_000.0
"""The second at which all clocks stand."""

_STEP = re.compile(
    r"(?P<method>[A-Z]+) (?P<path>\S+)(?: @(?P<who>\S+))?(?P<headers>(?: \+[\w-]+: [^+{\[]*)*)"
    r"(?P<body>.*)"
)
_HOLE = re.compile(r"\{(\d+)((?:/[^}/]+)+)\}")
_ID = re.compile(r"#([0-9a-f]{2})([0-9]{2})")
_PROJECT = "/organizations/acme/projects/smart-sink"
_MEMBERS = {
    "fleet": '"name": "N", "type": "T", "category": "C"',
    "edgeiq": '"name": "N", "device_type_id": "#d701"',
    "memfault": '"owner_ref": "someone", "hardware_version": "h1"',
}


@cache
def contract(name: str) -> Contract:
    return read(name)


@cache
def all_mutants(name: str) -> Mutants:
    return mutants(contract(name))


@cache
def every_mutant(name: str) -> dict[str, Mutant]:
    """All mutants by their names, those that are left out otherwise among them."""
    return {one.name: one for one in mutants(contract(name), every=True)}


@cache
def _fixtures(name: str) -> Fixtures:
    return shipped_with(contract(name))


@dataclass(frozen=True)
class Heard:
    """What came back, as far as a client may rely on it."""

    status: int
    content_type: str | None
    text: str

    @property
    def body(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def defect(self) -> bool:
        """Whether the mock, or the mutant, broke down."""
        return self.status in {500, 501} and self.content_type == "application/problem+json"


class Talk:
    """A client of one app and document, which remembers what it heard."""

    def __init__(self, app: Mock, name: str) -> None:
        self._app = app
        self._name = name
        self._contract = contract(name)
        self._credentials = {one.name: one.credential for one in _fixtures(name).credentials}
        self.heard: list[Heard] = []

    def say(self, step: str) -> Heard:
        found = _STEP.fullmatch(self._filled(step))
        assert found is not None, step
        if found["method"] in {"WORK", "ADVANCE"}:
            return self._moved(found["method"], float(found["path"]))
        path = self._contract.base_path + found["path"].replace("~", _PROJECT)
        answer = self._app.test_client().open(
            path,
            method=found["method"],
            data=found["body"].strip().encode() or None,
            headers=self._headers(found["who"], found["headers"], bool(found["body"].strip())),
        )
        heard = Heard(answer.status_code, answer.content_type, answer.get_data(as_text=True))
        self.heard.append(heard)
        return heard

    def _filled(self, step: str) -> str:
        def value(hole: re.Match[str]) -> str:
            return str(pick(self.heard[int(hole[1]) - 1].body, hole[2]))

        whole = _HOLE.sub(value, step).replace("...", _MEMBERS[self._name])
        return _ID.sub(lambda found: f"65a0{found[1]}{found[2]:0>18}", whole)

    def _headers(self, who: str | None, more: str, body: bool) -> list[tuple[str, str]]:
        headers = {"Content-Type": "application/json"} if body else {}
        name = who or next(iter(self._credentials))
        if name != "nobody":
            header, value = carried(self._contract, self._credentials[name])
            headers[header] = value
        for one in more.split(" +")[1:]:
            key, _, text = one.partition(": ")
            headers[key] = text.strip()
        return [(key, text) for key, text in headers.items() if text != "-"]

    def _moved(self, how: str, amount: float) -> Heard:
        path, given = {
            "WORK": ("jobs/advance", {"items": int(amount)}),
            "ADVANCE": ("clock/advance", {"seconds": amount}),
        }[how]
        self._app.test_client().post(f"/__admin/{path}", json=given)
        heard = Heard(0, None, "")
        self.heard.append(heard)
        return heard


CHOICES: Any = {"frozen": START, "jobs": Pace("manual")}


def mock(name: str) -> Talk:
    """A talk with the mock itself."""
    return Talk(create_app([contract(name)], fixtures=_fixtures(name), **CHOICES), name)


def mutated(name: str, mutant: Mutant) -> Talk:
    """A talk with a mutant."""
    return Talk(mutant.app(**CHOICES), name)
