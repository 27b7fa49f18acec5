"""Refusals that say the wrong thing: another code, another status, a sentence, nothing.

Each is about one problem of one operation, however that problem comes about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

from mockserver.answers import Answer
from mockserver.behaviours import Reply
from mockserver.mutants.edits import both, on_answers, on_contract, set_header
from mockserver.mutants.mutant import Draft, Edit, in_document, in_operations
from mockserver.mutants.spots import Way, changed
from spec import Context, Contract, Json, Operation, Place, Problem, encode, pick
from spec.contract import Unroutable
from spec.document import tokens

_NEIGHBOURS = {400: (422, 409), 401: (403, 400), 403: (401, 404), 404: (410, 400), 405: (404, 501),
               409: (400, 422), 410: (404, 400), 412: (409, 400), 415: (400, 422), 422: (400, 409),
               423: (409, 403), 428: (412, 400), 429: (503, 403), 500: (503, 502), 501: (500, 405),
               502: (503, 500), 503: (500, 502)}  # fmt: skip
_SENTENCE = "The request could not be carried out."


def _problems(contract: Contract, operation: Operation) -> Iterator[tuple[Problem, Place]]:
    """Yield the problems that an operation states, with the line that says so."""
    for problem in contract.stated(operation):
        rules = [rule for rule in operation.rules if rule.problem == problem]
        yield problem, rules[0].place if rules else problem.place


def _coded(contract: Contract, operation: Operation) -> list[tuple[Problem, str, Place]]:
    """Return the problems that are told by a code, which is a text."""
    return [
        (problem, problem.code, place)
        for problem, place in _problems(contract, operation)
        if isinstance(problem.code, str)
    ]


def _stating(operation: Operation, answer: Answer) -> str | None:
    """Return the name of the problem that an answer states."""
    rules = {rule.id: rule.problem.name for rule in operation.rules}
    return None if answer.rule is None else rules.get(answer.rule, answer.rule)


def _refusing(
    operation: Operation, problem: Problem, change: Callable[[Answer, Reply], None]
) -> Edit:
    """Change the answers of an operation that state a problem."""

    def refuse(context: Context, answer: Answer, reply: Reply) -> None:
        if _stating(operation, answer) == problem.name:
            change(answer, reply)

    return on_answers(operation.id, refuse)


def _putting(operation: Operation, problem: Problem, way: Way, value: Json) -> Edit:
    """Put a value somewhere in the bodies that state a problem."""

    def change(answer: Answer, reply: Reply) -> None:
        answer.body = encode(changed(reply.body, way, lambda _: value))

    return _refusing(operation, problem, change)


def _coding(contract: Contract, operation: Operation, problem: Problem, code: Json) -> Edit:
    way = tuple(tokens(contract.code_pointer or ""))
    return _putting(operation, problem, way, code)


@in_operations("code", "swap-codes", most=4)
def swapped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Exchange the codes of two problems that have one status."""
    for (one, code, place), (other, other_code, _) in combinations(_coded(contract, operation), 2):
        if one.status == other.status:
            edits = (
                _coding(contract, operation, one, other_code),
                _coding(contract, operation, other, code),
            )
            name = f"{operation.id} answers {one.name} for {other.name} and the reverse"
            yield Draft(operation.id, name, place, both(*edits))


@in_operations("code", "foreign-code")
def foreign(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer with the code that only other operations have for the status."""
    own = contract.stated(operation)
    for problem, code, place in _coded(contract, operation):
        for other in contract.problems.values():
            same = other.status == problem.status and isinstance(other.code, str)
            if same and other not in own and other.code != code:
                edit = _coding(contract, operation, problem, other.code)
                name = f"{operation.id} answers {other.name}, which is not its own, "
                yield Draft(operation.id, f"{name}for {problem.name}", place, edit)


@in_operations("code", "unknown-code")
def unknown(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer with a code that no problem has."""
    codes = {one.code for one in contract.problems.values() if isinstance(one.code, str)}
    for problem, code, place in _coded(contract, operation):
        other = next(one for n in range(2, 99) if (one := f"{code}_{n}") not in codes)
        name = f"{operation.id} answers the unknown code {other} for {problem.name}"
        yield Draft(operation.id, name, place, _coding(contract, operation, problem, other))


@in_operations("code", "sentence-for-code")
def spoken(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Say a sentence where a code belongs."""
    for problem, _, place in _coded(contract, operation):
        name = f"{operation.id} says a sentence in the place of the code of {problem.name}"
        yield Draft(operation.id, name, place, _coding(contract, operation, problem, _SENTENCE))


@in_operations("code", "case-of-code")
def recased(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Write a code in lower case."""
    for problem, code, place in _coded(contract, operation):
        if code.lower() != code:
            name = f"{operation.id} writes the code of {problem.name} in lower case"
            yield Draft(
                operation.id, name, place, _coding(contract, operation, problem, code.lower())
            )


@in_operations("code", "neighbouring-status", most=5)
def displaced(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer a problem with a status that is near at hand."""
    for problem, place in _problems(contract, operation):
        for status in _NEIGHBOURS.get(problem.status, (500,)):
            name = f"{operation.id} answers {problem.name} with {status}"
            edit = _refusing(operation, problem, _with_status(status))
            yield Draft(operation.id, name, place, edit)


def _with_status(status: int) -> Callable[[Answer, Reply], None]:
    def change(answer: Answer, reply: Reply) -> None:
        answer.status = status

    return change


@in_operations("code", "success-for-refusal")
def hidden(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Send the body of a refusal with the status of success."""
    for problem, place in _problems(contract, operation):
        name = f"{operation.id} states {problem.name} with 200"
        yield Draft(operation.id, name, place, _refusing(operation, problem, _with_status(200)))


@in_operations("code", "empty-refusal")
def wordless(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Refuse without a body."""
    for problem, place in _problems(contract, operation):
        response = operation.response(problem.status)
        if response is not None and response.media:
            name = f"{operation.id} answers {problem.name} without a body"
            yield Draft(operation.id, name, place, _refusing(operation, problem, _emptied))


def _emptied(answer: Answer, reply: Reply) -> None:
    answer.body = b""
    set_header(answer, "Content-Type", None)


@in_operations("code", "wrong-constant")
def altered(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Send another number beside the code than the catalogue has."""
    for problem, place in _problems(contract, operation):
        for way, number in _numbers(problem.body):
            label = ".".join(map(str, way))
            name = f"{operation.id} shows {number + 1} for {number} in `{label}` of {problem.name}"
            yield Draft(operation.id, name, place, _putting(operation, problem, way, number + 1))


def _numbers(body: Json, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _numbers(value, (*way, name))
    elif type(body) is int:
        yield way, body


@in_operations("code", "wrong-sentence")
def unsaid(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """State a refusal in other words, where the document tells refusals apart by them."""
    for rule in operation.rules:
        body = rule.problem.render(_SENTENCE)
        if rule.answer is not None and not rule.answer(body):

            def change(
                answer: Answer, reply: Reply, label: str = rule.id, said: Json = body
            ) -> None:
                if answer.rule == label:
                    answer.body = encode(said)

            name = f"{operation.id} does not say what {rule.id} is about"
            edit = _refusing(operation, rule.problem, change)
            yield Draft(operation.id, name, rule.place, edit)


# -- where no operation answers -------------------------------------------------------------------


@in_document("code", "unrouted")
def misrouted(contract: Contract) -> Iterator[Draft]:
    """Answer wrongly where there is no such path, or no such method."""
    found = contract.unroutable
    if found.path and found.method and found.path != found.method:
        yield _unrouted(
            found.method,
            "a wrong method is answered like an unknown path",
            replace(found, method=found.path),
        )
    if found.path:
        gone = replace(found.path, status=410)
        yield _unrouted(
            found.path, "an unknown path is answered with 410", replace(found, path=gone)
        )
        code = pick(found.path.body, contract.code_pointer or "/")
        if isinstance(code, str):
            body = changed(found.path.body, tuple(tokens(contract.code_pointer or "")), _again)
            other = replace(found, path=replace(found.path, body=body))
            yield _unrouted(found.path, "an unknown path is answered with an unknown code", other)


def _again(code: Json) -> Json:
    return f"{code}_2"


def _unrouted(problem: Problem, name: str, other: Unroutable) -> Draft:
    edit = on_contract(lambda contract: replace(contract, unroutable=other))
    return Draft("", name, problem.place, edit)
