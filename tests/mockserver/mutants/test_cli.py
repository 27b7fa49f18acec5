"""The list of mutants, and one of them over HTTP."""

from __future__ import annotations

import http.client
import json

import pytest
from click.testing import CliRunner

from mockserver.mutants.cli import main, numbered
from mockserver.mutants.serving import Served, announce
from mockserver.testing import running_mutant
from tests.mockserver.mutants.talk import all_mutants, every_mutant


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments])
    return result.exit_code, result.output


def test_the_list_has_number_group_kind_and_name() -> None:
    code, output = run("fleet")
    lines = output.splitlines()

    assert code == 0
    for number, (line, mutant) in enumerate(zip(lines, all_mutants("fleet"), strict=False), 1):
        assert line.split(maxsplit=3)[:3] == [str(number), mutant.group, mutant.kind]
        assert mutant.name in line


def test_the_list_ends_with_what_is_left_out() -> None:
    _, output = run("fleet")
    left = sum(all_mutants("fleet").left_out.values())

    assert output.splitlines()[-1] == (
        f"{len(all_mutants('fleet'))} mutants; {left} more of the same kinds are left out"
    )


def test_the_list_says_why_a_mutant_is_doubtful() -> None:
    _, output = run("edgeiq")

    assert "[doubtful: only two jobs that are under way at once show it]" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("flet",), "there is no such document"),
        (("fleet", "0"), "there is no mutant 0. Expected a number from 1 to"),
        (("fleet", "99999"), "there is no mutant 99999"),
        (("fleet", "first"), "'first' is not a valid integer"),
        (("fleet", "1", "--clock", "noon"), "'noon' is no RFC 3339 time"),
        (("fleet", "1", "--fixtures", "none.yaml"), "none.yaml"),
        (("fleet", "1", "--host", "203.0.113.1"), "can't be listened on"),
        (("fleet", "1", "--port", "70000"), "70000"),
        ((), "Missing argument 'DOCUMENT'"),
    ],
)
def test_bad_input_is_named_and_ends_with_2(arguments: tuple[str, ...], message: str) -> None:
    code, output = run(*arguments)

    assert code == 2
    assert message in output


def test_what_is_served_is_the_mutant_of_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    options = Served(documents=("fleet",), number=7)

    app = options.app()
    announce("http://127.0.0.1:1", options, app)

    assert [one.contract.name for one in app.sites] == ["fleet"]
    assert capsys.readouterr().out == (
        f"mutant 7: {all_mutants('fleet')[6].name}\n"
        f"violates {all_mutants('fleet')[6].place}\n"
        "READY http://127.0.0.1:1\n"
    )


def test_numbers_go_on_with_all_mutants() -> None:
    chosen, every = numbered("fleet", 1, False), numbered("fleet", 900, True)

    assert chosen == all_mutants("fleet")[0]
    assert every.name not in {one.name for one in all_mutants("fleet")[:1]}


def test_a_served_mutant_answers_over_http() -> None:
    number = 1 + [*every_mutant("fleet")].index("getDevice forgets the rule DEVICE_NOT_FOUND")

    with running_mutant("fleet", number, arguments=["--every"]) as mutant:
        connection = http.client.HTTPConnection("127.0.0.1", mutant.port, timeout=5)
        key = {"Authorization": "Bearer flt_sk_writer"}
        connection.request("GET", "/platform/v1/devices/999", headers=key)
        answer = connection.getresponse()

        assert (answer.status, json.load(answer)["data"]["id"]) == (200, 999)
        connection.close()
