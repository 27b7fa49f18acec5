"""Slow: nearly all sure mutants are told from the mock by a request that is made up here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock, create_app
from mockserver.jobs import Pace
from mockserver.mutants import Mutant
from spec import Credential, carried
from tests.mockserver.mutants.sweep import Step, Sweep
from tests.mockserver.mutants.talk import CHOICES, all_mutants, contract
from tests.mockserver.mutants.test_shown import rows, wrong

MOST_UNSEEN = 0.05
"""The share of sure mutants that the requests made up here may miss."""


class Player:
    """Plays sequences to an app, each in a session of its own."""

    def __init__(self, name: str) -> None:
        self.contract = contract(name)
        self.sweep = Sweep(self.contract)
        self.choices: Any = CHOICES | {"jobs": Pace("immediate")}
        self.mock = create_app([self.contract], fixtures=self.sweep.fixtures, **self.choices)
        self.known = {one.name: one.credential for one in self.sweep.fixtures.credentials}
        self.sequences = {
            one.id: list(self.sweep.of(one)) for one in self.contract.operations.values()
        }
        self.right: dict[tuple[str, int], list[object]] = {}

    def heard(self, app: Mock, sequence: list[Step]) -> Iterator[object]:
        app.sessions.reset("one")
        for method, path, who, body in sequence:
            headers = {"X-Mock-Session": "one", **self.credential(who)}
            data = None if body is ... else json.dumps(body).encode()
            if data is not None:
                headers["Content-Type"] = "application/json"
            answer = app.test_client().open(
                self.contract.base_path + path, method=method, headers=headers, data=data
            )
            yield answer.status_code, answer.content_type, answer.get_data()

    def credential(self, who: str | None) -> dict[str, str]:
        first = next(iter(self.known.values()))
        strange = {
            "unknown": "unknown",
            "longer": f"{first.secret}2",
            "upper": first.secret.upper(),
        }
        if who == "nobody":
            return {}
        chosen = self.known.get(who or "", first)
        if who in strange:
            chosen = Credential(first.scheme, strange[who])
        return dict([carried(self.contract, chosen)])

    def shows(self, mutant: Mutant) -> bool:
        app = mutant.app(**self.choices)
        for name in [mutant.operation] if mutant.operation else self.sequences:
            for number, sequence in enumerate(self.sequences[name]):
                place = (name, number)
                if place not in self.right:
                    self.right[place] = list(self.heard(self.mock, sequence))
                answers = self.heard(app, sequence)
                if any(a != b for a, b in zip(answers, self.right[place], strict=True)):
                    return True
        return False


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["fleet", "edgeiq", "memfault"])
def test_sure_mutants_are_told_from_the_mock(name: str) -> None:
    player = Player(name)
    sure = [one for one in all_mutants(name) if not one.doubt]

    unseen = [
        one.name
        for one in sure
        if not any(wrong(row, one) for row in rows(name)) and not player.shows(one)
    ]

    assert len(unseen) <= MOST_UNSEEN * len(sure), unseen
