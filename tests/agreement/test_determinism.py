"""The same document, profile, seed and budget send the same bytes in the same order."""

from __future__ import annotations

from contracts.runner import Options, run
from contracts.target import wsgi
from spec import RawRequest
from tests.agreement.test_mutants import CONTRACT, profile


def sent(seed: int, *only: str) -> list[RawRequest]:
    target = wsgi("mockserver:create_app", CONTRACT.base_path)
    report = run(CONTRACT, profile(), target, Options(seed=seed, walks=10, only=only))
    return [request for request, _ in report.log]


def test_the_same_seed_sends_the_same_bytes_in_the_same_order() -> None:
    first, second = sent(7), sent(7)

    assert len(first) > 2000
    assert first == second


def test_another_seed_sends_other_bytes() -> None:
    assert sent(7, "getDevice") != sent(8, "getDevice")


def test_a_second_run_is_not_misled_by_what_the_first_left_behind() -> None:
    target = wsgi("mockserver:create_app", CONTRACT.base_path)

    codes = [
        run(
            CONTRACT, profile(), target, Options(seed=7, walks=3, only=("createDevices",))
        ).exit_code
        for _ in range(2)
    ]

    assert codes == [0, 0]
