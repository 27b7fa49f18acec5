from __future__ import annotations

import dataclasses
import os
import signal
from dataclasses import dataclass, field

import pytest

from contracts.profile import Profile, load
from contracts.run.crew import Alone
from contracts.run.ledger import State
from contracts.run.results import Options, Outcome, Report
from contracts.run.runner import run
from contracts.target import HttpTarget, NamedTarget, Target, WsgiTarget, wsgi
from spec import ConfigurationError, Contract, RawAnswer, RawRequest, TargetUnreachable
from tests.agreement.mocks import profile as shipped_profile
from tests.contracts.conftest import PROFILE
from tests.independent import fleet_server

ONLY = ("getDevice", "deleteDevice")


@pytest.fixture
def mocked() -> Profile:
    return shipped_profile("fleet")


def own(fleet: Contract) -> WsgiTarget:
    return wsgi(
        "mockserver:create_app",
        fleet.base_path,
        documents=["fleet"],
        frozen=1_800_000_000.0,
        step=0.005,
    )


def some(fleet: Contract, profile: Profile, **options: object) -> Report:
    chosen = Options(walks=2, only=ONLY)
    return run(fleet, profile, own(fleet), dataclasses.replace(chosen, **options))


def over_http(fleet: Contract, profile: Profile, options: Options) -> Report:
    target = HttpTarget(profile.url)
    try:
        return run(fleet, profile, target, options)
    finally:
        target.close()


def test_several_workers_send_the_same_bytes_in_the_same_order(
    fleet: Contract, mocked: Profile
) -> None:
    alone, two, four = (some(fleet, mocked, workers=number) for number in (1, 2, 4))

    assert len(alone.log) > 100
    assert alone.log == two.log == four.log
    assert [row.state for row in alone.ledger] == [row.state for row in four.ledger]
    assert alone.exit_code == four.exit_code == 0


def test_several_workers_find_what_one_finds(fleet: Contract) -> None:
    with fleet_server.start("delete-answers-204") as server:
        profile = load(PROFILE, fleet, url=server.url)
        options = Options(walks=0, only=("deleteDevice",))
        found = [
            over_http(fleet, profile, dataclasses.replace(options, workers=many)) for many in (1, 2)
        ]

    assert [one.exit_code for one in found] == [1, 1]
    assert len(found[0].findings)
    assert [f.id for f in found[0].findings] == [f.id for f in found[1].findings]


def test_a_world_that_all_share_is_not_reset_by_several(fleet: Contract, mocked: Profile) -> None:
    shared = dataclasses.replace(mocked, isolation="reset")

    with pytest.raises(ConfigurationError, match="--workers 1, or isolation"):
        run(fleet, shared, own(fleet), Options(workers=2, only=ONLY))


def test_an_application_of_this_process_is_not_shared(fleet: Contract, mocked: Profile) -> None:
    bound = WsgiTarget(own(fleet).app, fleet.base_path)

    with pytest.raises(ConfigurationError, match="an application in this process"):
        run(fleet, mocked, bound, Options(workers=2, only=ONLY))


def test_the_pause_between_requests_is_shared_by_all_workers(
    fleet: Contract, mocked: Profile
) -> None:
    slow = dataclasses.replace(mocked, pause=0.001)

    assert some(fleet, slow, workers=2).log == some(fleet, mocked).log


# -- budgets --------------------------------------------------------------------------------------


def test_what_is_off_limits_is_never_called(fleet: Contract, mocked: Profile) -> None:
    careful = dataclasses.replace(mocked, off_limits={"deleteDevice": "it is dear to us"})

    report = run(fleet, careful, own(fleet), Options(walks=12, cases=400, quick=True))

    methods = {request.method for request, _ in report.log}
    rows = [row for row in report.ledger if row.operation == "deleteDevice"]
    assert {"GET", "POST", "PATCH"} <= methods
    assert "DELETE" not in methods
    assert {row.state for row in rows} == {State.WAIVED}
    assert report.ledger.rows["getDevice 200"].state is State.PROVEN


def test_a_quick_run_proves_every_row_with_fewer_requests(fleet: Contract, mocked: Profile) -> None:
    thorough, quick = some(fleet, mocked), some(fleet, mocked, quick=True)

    assert all(row.state is State.PROVEN for row in quick.ledger)
    assert 2 * quick.requests < thorough.requests


def test_a_budget_that_ends_too_early_is_inconclusive(fleet: Contract, mocked: Profile) -> None:
    report = some(fleet, mocked, cases=3)

    assert report.scenarios == 3
    assert report.exit_code == 4


def test_a_run_that_wants_the_first_finding_ends_with_it(fleet: Contract) -> None:
    with fleet_server.start("delete-answers-204") as server:
        profile = load(PROFILE, fleet, url=server.url)
        first, all_of_them = (
            over_http(fleet, profile, Options(walks=0, first=one, shrink=False))
            for one in (True, False)
        )

    assert len(first.findings) == 1
    assert 10 * first.requests < all_of_them.requests


# -- targets that end -----------------------------------------------------------------------------


class Astray:
    """A player with a bug of ours: looking for the next of nothing."""

    def play(self, number: int) -> Outcome:
        return next(iter([]))


def test_a_bug_of_ours_does_not_end_a_run_as_if_it_were_done() -> None:
    with pytest.raises(RuntimeError):
        list(Alone(Astray()).outcomes([1, 2]))  # type: ignore[arg-type]


@dataclass
class Mortal:
    """A target that takes a worker's process with it after some requests."""

    inner: NamedTarget
    left: int = 20
    main: int = field(default_factory=os.getpid)

    @property
    def base(self) -> str:
        return self.inner.base

    def send(self, request: RawRequest) -> RawAnswer:
        self.left -= 1
        if self.left < 0 and os.getpid() != self.main:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.send(request)

    def close(self) -> None: ...

    def another(self) -> Target:
        return dataclasses.replace(self, inner=self.inner.another())


def test_a_worker_that_ends_without_a_word_loses_the_run_but_not_its_report(
    fleet: Contract, mocked: Profile
) -> None:
    named = own(fleet).another()
    assert isinstance(named, NamedTarget)

    report = run(fleet, mocked, Mortal(named), Options(walks=0, only=ONLY, workers=2))

    assert report.exit_code == 3
    assert "a worker process" in report.lost


@dataclass
class Ending:
    """A target that answers no more after some requests."""

    inner: WsgiTarget
    left: int

    @property
    def base(self) -> str:
        return self.inner.base

    def send(self, request: RawRequest) -> RawAnswer:
        self.left -= 1
        if self.left < 0:
            raise TargetUnreachable("http://127.0.0.1:1", "refused")
        return self.inner.send(request)

    def close(self) -> None: ...

    def another(self) -> Target:
        return self


def test_what_was_found_before_the_target_was_lost_is_kept(
    fleet: Contract, mocked: Profile
) -> None:
    report = run(fleet, mocked, Ending(own(fleet), 60), Options(walks=0, only=ONLY))

    assert report.exit_code == 3
    assert report.requests >= 60
    assert any(row.state is State.PROVEN for row in report.ledger)
