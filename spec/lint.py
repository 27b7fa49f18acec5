"""What could be better about a document, and what can be proved about its rules.

A document that cannot be read at all is a `DocumentError`, raised by `vocabulary.read`; here are
the slips that a document can have and still be read. Each remark has a severity: an *error* makes
the document contradict itself, a *warning* makes it mean something its author can hardly want, a
*note* is what a reader should know.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeAlias

import jsonschema_rs

from spec import regions
from spec.answers import violations
from spec.contract import ABSENT, Contract, Operation, Problem, Response, Rule
from spec.document import Document, Json, Place, escape, load, pick
from spec.exceptions import DocumentError, listed, nearest
from spec.vocabulary import PREFIX, read
from spec.wire import RawAnswer, encode

Severity: TypeAlias = Literal["error", "warning", "note"]
Outcome: TypeAlias = Literal["reachable", "fault", "shadowed", "unreachable", "undecided"]

_UNPORTABLE = re.compile(r"\\[dDwWsSb]")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about a document: where, how bad, what, and what to do."""

    severity: Severity
    rule: str
    place: Place
    sentence: str
    advice: str = ""

    @property
    def text(self) -> str:
        """The sentence, the advice, and the rule's name."""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.sentence}.{advice} [{self.rule}]"

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.severity}: {self.text}"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether some call reaches a rule; if not, which rules come before it."""

    operation: Operation
    rule: Rule
    outcome: Outcome
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that was found in one document."""

    remarks: tuple[Remark, ...]
    proofs: tuple[Proof, ...] = ()
    operations: int = 0

    @property
    def failed(self) -> bool:
        """Whether a remark is an error."""
        return any(one.severity == "error" for one in self.remarks)

    @cached_property
    def summary(self) -> str:
        """The line that ends a report."""
        found = Counter(one.outcome for one in self.proofs)
        told = Counter(one.severity for one in self.remarks)
        undecided = f", {found['undecided']} undecided" if found["undecided"] else ""
        return (
            f"{_counted(self.operations, 'operation')}, {_counted(len(self.proofs), 'rule')}: "
            f"{found['reachable']} reachable, {found['fault']} by fault only, "
            f"{found['shadowed']} shadowed, {found['unreachable']} unreachable{undecided}; "
            f"{_counted(told['error'], 'error')}, {_counted(told['warning'], 'warning')}, "
            f"{_counted(told['note'], 'note')}"
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def lint(source: str | Path | Document | Contract) -> list[Remark]:
    """Return the remarks on a document, in the order of its lines."""
    return list(examine(source).remarks)


def examine(source: str | Path | Document | Contract) -> Report:
    """Return the remarks on a document and the proofs about its rules.

    Raises: DocumentError: there is no such file, or it is not YAML.
    """
    document = source.document if isinstance(source, Contract) else _document(source)
    try:
        contract = source if isinstance(source, Contract) else read(document)
    except DocumentError as error:
        return Report((_unreadable(document, error),))
    proofs = tuple(_proofs(contract))
    found = [remark for check in _CHECKS for remark in check(contract)]
    found.extend(_about(contract, proof) for proof in proofs if proof.outcome in _FAILURES)
    return Report(tuple(_sorted(found)), proofs, len(contract.operations))


def _document(source: str | Path | Document) -> Document:
    return source if isinstance(source, Document) else load(source)


def _unreadable(document: Document, error: DocumentError) -> Remark:
    place = error.where if isinstance(error.where, Place) else document.place("")
    expected = f"Expected {error.expected}. " if error.expected else ""
    return Remark("error", "readable", place, error.found, (expected + error.advice).strip())


def _sorted(remarks: list[Remark]) -> list[Remark]:
    unique = dict.fromkeys(remarks)
    return sorted(unique, key=lambda one: (one.place.line, one.rule, one.sentence))


# -- OpenAPI itself -------------------------------------------------------------------------------


def _validity(contract: Contract) -> Iterator[Remark]:
    # Slow to import, and nobody else needs it.
    from openapi_spec_validator.shortcuts import get_validator_cls

    document = contract.document
    for error in get_validator_cls(document.data)(document.data).iter_errors():
        place = document.place("".join(f"/{escape(str(one))}" for one in error.absolute_path))
        sentence = _shortened(error.message)
        yield Remark("error", "openapi", place, f"not valid OpenAPI: {sentence}")


def _shortened(text: str, most: int = 200) -> str:
    line = text.splitlines()[0] if text else text
    return line if len(line) <= most else f"{line[:most]}…"


# -- schemas --------------------------------------------------------------------------------------


def _schemas(document: Document) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the pointer and value of every schema of a document, inner ones included."""
    for name, schema in (document.get("/components/schemas") or {}).items():
        yield from _inside(schema, f"/components/schemas/{escape(name)}")
    for pointer in list(document.lines):
        if pointer.endswith("/schema") and _holds_schema(pointer):
            yield from _inside(document.get(pointer), pointer)


def _holds_schema(pointer: str) -> bool:
    """Tell whether the pointer's `schema` is OpenAPI's and not a name in somebody's data."""
    parts = pointer.split("/")
    if {"example", "examples", "value", "schemas", "properties"} & set(parts):
        return False
    return not any(part.startswith("x-") for part in parts) and bool(
        {"parameters", "content", "headers"} & set(parts[-4:])
    )


def _inside(schema: Json, pointer: str) -> Iterator[tuple[str, dict[str, Json]]]:
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for word in ("properties", "patternProperties", "$defs", "dependentSchemas"):
        for name, one in _mapping(schema.get(word)).items():
            yield from _inside(one, f"{pointer}/{word}/{escape(name)}")
    for word in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for number, one in enumerate(schema.get(word) or ()):
            yield from _inside(one, f"{pointer}/{word}/{number}")
    for word in ("items", "additionalProperties", "not", "if", "then", "else", "contains"):
        yield from _inside(schema.get(word), f"{pointer}/{word}")


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _house_rules(contract: Contract) -> Iterator[Remark]:
    document = contract.document
    for pointer, schema in _schemas(document):
        yield from _nullable(document, pointer, schema)
        yield from _enum(document, pointer, schema)
        yield from _pattern(document, pointer, schema)
        yield from _dead_branches(document, pointer, schema)


def _nullable(document: Document, pointer: str, schema: Mapping[str, Json]) -> Iterator[Remark]:
    if "nullable" in schema and not document.version.startswith("3.0"):
        yield Remark(
            "error" if schema["nullable"] is True else "warning",
            "nullable",
            document.place(f"{pointer}/nullable"),
            f"'nullable' means nothing in OpenAPI {document.version}",
            "Name null as a type, and in the enum if there is one.",
        )


def _enum(document: Document, pointer: str, schema: Mapping[str, Json]) -> Iterator[Remark]:
    members, kind = schema.get("enum"), schema.get("type")
    if not isinstance(members, list) or kind is None:
        return
    place = document.place(f"{pointer}/enum")
    fits = jsonschema_rs.Draft202012Validator({"type": kind})
    wrong = [one for one in members if not fits.is_valid(one)]
    if wrong:
        text = listed(repr(one) for one in wrong)
        yield Remark("error", "enum-type", place, f"the enum holds {text}, but the type is {kind}")
    if isinstance(kind, list) and "null" in kind and None not in members:
        yield Remark(
            "error",
            "enum-null",
            place,
            "null is a type here but no member of the enum, so null is refused",
            "Add null to the enum, or take it from the type.",
        )


def _pattern(document: Document, pointer: str, schema: Mapping[str, Json]) -> Iterator[Remark]:
    pattern = schema.get("pattern")
    if not isinstance(pattern, str):
        return
    place = document.place(f"{pointer}/pattern")
    if _UNPORTABLE.search(pattern):
        yield Remark(
            "warning",
            "pattern-portable",
            place,
            f"the pattern {pattern!r} means different characters to different engines",
            r"Write [0-9] for \d, [A-Za-z0-9_] for \w, and name the blanks.",
        )
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield Remark(
            "note",
            "pattern-anchored",
            place,
            f"the pattern {pattern!r} is not anchored at both ends and fits any text that holds it",
        )


def _dead_branches(
    document: Document, pointer: str, schema: Mapping[str, Json]
) -> Iterator[Remark]:
    for word in ("anyOf", "oneOf"):
        branches = schema.get(word)
        if not isinstance(branches, list):
            continue
        alone = [regions.standalone(document, one) for one in branches]
        for number, one in enumerate(alone):
            wide = _covering(alone, number, one)
            if wide is None:
                continue
            place = document.place(f"{pointer}/{word}/{number}")
            what = "is dead" if word == "anyOf" else "can never be the only one that fits"
            sentence = f"branch {number} of {word} {what}: branch {wide} takes all that it takes"
            yield Remark("error", "dead-branch", place, sentence)


def _covering(branches: list[Json], number: int, one: Json) -> int | None:
    """Return the other branch that takes all that `one` takes; of two equals, the later is dead."""
    for other, wide in enumerate(branches):
        if other == number or regions.covers(wide, one) is not True:
            continue
        if other < number or regions.covers(one, wide) is not True:
            return other
    return None


# -- examples and links ---------------------------------------------------------------------------


def _examples(contract: Contract) -> Iterator[Remark]:
    for pointer, schema_pointer in _exemplified(contract):
        yield from _fitting(contract, pointer, schema_pointer)
    for pointer, schema in _schemas(contract.document):
        spots = [f"{pointer}/examples/{n}" for n, _ in enumerate(_list(schema.get("examples")))]
        spots += [f"{pointer}/{word}" for word in ("example", "default") if word in schema]
        for spot in spots:
            yield from _checked(contract, spot, pointer)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _exemplified(contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the schema's pointer of all that may have examples."""
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            yield parameter.pointer.removesuffix("/schema"), parameter.pointer
        if operation.body:
            for pointer in operation.body.media.values():
                yield pointer.removesuffix("/schema"), pointer
        for response in operation.responses.values():
            for at in response.media.values():
                if at is not None:
                    yield at.removesuffix("/schema"), at


def _fitting(contract: Contract, pointer: str, schema_pointer: str) -> Iterator[Remark]:
    for spot in _example_spots(contract.document, pointer):
        yield from _checked(contract, spot, schema_pointer)


def _example_spots(document: Document, pointer: str) -> Iterator[str]:
    if document.get(f"{pointer}/example", ABSENT) is not ABSENT:
        yield f"{pointer}/example"
    for name in _mapping(document.get(f"{pointer}/examples")):
        at, value = document.follow(f"{pointer}/examples/{escape(name)}")
        if isinstance(value, dict) and "value" in value:
            yield f"{at}/value"


def _checked(contract: Contract, spot: str, schema_pointer: str) -> Iterator[Remark]:
    value = contract.document.get(spot)
    for one in contract.schemas.violations(schema_pointer, value, "value"):
        place = contract.document.place(spot + one.pointer)
        yield Remark("error", "example", place, f"the example does not fit its schema: {one}")


def _operations(contract: Contract) -> Iterator[Remark]:
    for operation in contract.operations.values():
        if "operationId" not in contract.document.get(operation.pointer):
            yield Remark(
                "warning",
                "operation-id",
                operation.place,
                f"{operation.method} {operation.path} has no operationId",
                "Give it a verb and a noun, such as listDevices.",
            )
        yield from _without_examples(contract, operation)
        for response in operation.responses.values():
            yield from _links(contract, response)


def _without_examples(contract: Contract, operation: Operation) -> Iterator[Remark]:
    document = contract.document
    media = dict(operation.body.media) if operation.body else {}
    spots = [("the request body", pointer) for pointer in media.values()]
    for response in operation.responses.values():
        spots += [(f"response {response.status}", at) for at in response.media.values() if at]
    for what, pointer in spots:
        owner = pointer.removesuffix("/schema")
        if not any(True for _ in _example_spots(document, owner)):
            sentence = f"{what} of {operation.id} has no example"
            yield Remark("note", "no-example", document.place(owner), sentence)


def _links(contract: Contract, response: Response) -> Iterator[Remark]:
    document = contract.document
    root = f"{response.place.pointer}/links"
    for name in _mapping(document.get(root)):
        pointer, link = document.follow(f"{root}/{escape(name)}")
        yield from _link(contract, response, pointer, _mapping(link))


def _link(
    contract: Contract, response: Response, pointer: str, link: Mapping[str, Json]
) -> Iterator[Remark]:
    document = contract.document
    target = _target(contract, link)
    if target is None:
        wanted = link.get("operationId", link.get("operationRef"))
        close = nearest(str(wanted), contract.operations)
        advice = f"Did you mean {close!r}?" if close else ""
        place = document.place(pointer)
        yield Remark("error", "link", place, f"the link leads to no operation: {wanted!r}", advice)
        return
    names = {one.name for one in target.parameters}
    for given, expression in _mapping(link.get("parameters")).items():
        place = document.place(f"{pointer}/parameters/{escape(given)}")
        if given.rpartition(".")[2] not in names:
            yield Remark("error", "link", place, f"{target.id} has no parameter {given!r}")
        yield from _expression(contract, response, place, expression)


def _target(contract: Contract, link: Mapping[str, Json]) -> Operation | None:
    if "operationId" in link:
        return contract.operations.get(str(link["operationId"]))
    pointer = str(link.get("operationRef", "")).removeprefix("#")
    return next((one for one in contract.operations.values() if one.pointer == pointer), None)


def _expression(
    contract: Contract, response: Response, place: Place, expression: Json
) -> Iterator[Remark]:
    """Try an expression that points into the answer on the answer's examples."""
    if not str(expression).startswith("$response.body#"):
        return
    pointer = str(expression).partition("#")[2]
    for at in response.media.values():
        for spot in _example_spots(contract.document, (at or "").removesuffix("/schema")):
            if pick(contract.document.get(spot), pointer, ABSENT) is ABSENT:
                sentence = f"{expression!r} leads nowhere in the example at line "
                line = contract.document.place(spot).line
                yield Remark("error", "link", place, f"{sentence}{line}")


# -- problems -------------------------------------------------------------------------------------


def _problems(contract: Contract) -> Iterator[Remark]:
    if not contract.problems:
        return
    for operation in contract.operations.values():
        stated = contract.stated(operation)
        yield from _undocumented(contract, operation, stated)
        for problem in stated:
            yield from _refused_body(contract, operation, problem)


def _undocumented(
    contract: Contract, operation: Operation, stated: tuple[Problem, ...]
) -> Iterator[Remark]:
    statuses = {problem.status for problem in stated}
    for status, response in operation.responses.items():
        if status.isdigit() and int(status) >= 400 and int(status) not in statuses:
            yield Remark(
                "warning",
                "status-without-problem",
                contract.document.place(f"{operation.pointer}/responses/{status}"),
                f"{operation.id} documents {status}, but no problem of it has this status",
                f"Add a rule, or take the {response.status} away.",
            )


def _refused_body(contract: Contract, operation: Operation, problem: Problem) -> Iterator[Remark]:
    response = operation.response(problem.status)
    if response is None:
        yield Remark(
            "error",
            "problem-without-status",
            operation.place,
            f"{operation.id} may answer with {problem.name}, but documents no {problem.status}",
        )
        return
    media = next(iter(response.media), "application/json")
    answer = RawAnswer(
        problem.status,
        (("Content-Type", media),),
        encode(problem.render()) if response.media else b"",
    )
    for one in violations(contract, operation, answer):
        yield Remark(
            "error",
            "problem-refused",
            contract.document.place(f"{operation.pointer}/responses/{response.status}"),
            f"the {problem.status} of {operation.id} does not take {problem.name}: {one}",
        )


def _provenance(contract: Contract) -> Iterator[Remark]:
    document = contract.document
    spots = [one.pointer for one in contract.operations.values()]
    spots += [f"/components/schemas/{escape(n)}" for n in document.get("/components/schemas") or {}]
    for pointer in spots:
        if not _stated_around(document, pointer):
            sentence = f"nothing says where {pointer.rpartition('/')[2]!r} comes from"
            advice = f"Add {PREFIX}provenance: seed, source or decided."
            yield Remark("note", "provenance", document.place(pointer), sentence, advice)


def _stated_around(document: Document, pointer: str) -> bool:
    while True:
        if f"{pointer}/{PREFIX}provenance" in document.lines:
            return True
        if not pointer:
            return False
        pointer = pointer.rpartition("/")[0]


# -- the vocabulary: what is never used -----------------------------------------------------------


def _unused(contract: Contract) -> Iterator[Remark]:
    document = contract.document
    operations = contract.operations.values()
    rules = [rule for one in operations for rule in one.rules]
    stated = {problem for one in operations for problem in contract.stated(one)}
    for problem in contract.problems.values():
        if problem not in stated:
            sentence = f"no operation ever answers with the problem {problem.name}"
            yield Remark("warning", "unused-problem", problem.place, sentence)
    for number, stage in enumerate(contract.stages):
        pointer = f"/{PREFIX}precedence/{number}"
        used = stage.problem is not None or stage.name in {rule.stage for rule in rules}
        if not used and pointer in document.lines:
            sentence = f"no rule belongs to the stage {stage.name!r}"
            yield Remark("warning", "unused-stage", document.place(pointer), sentence)
    yield from _unused_facts(contract)


def _unused_facts(contract: Contract) -> Iterator[Remark]:
    document = contract.document
    asked = {one.id: _asked(one) for one in contract.operations.values()}
    spots = [(f"/{PREFIX}facts", set[str]().union(*asked.values()))]
    spots += [
        (f"{one.pointer}/{PREFIX}facts", asked[one.id]) for one in contract.operations.values()
    ]
    for root, names in spots:
        for name in _mapping(document.get(root)):
            if name not in names:
                place = document.place(f"{root}/{escape(name)}")
                yield Remark("warning", "unused-fact", place, f"no rule asks for the fact {name!r}")


def _asked(operation: Operation) -> set[str]:
    conditions = [one for rule in operation.rules for one in (*rule.when, *rule.doubtful)]
    return {one.path[1] for one in conditions if one.path[0] == "facts"}


def _doubtful(contract: Contract) -> Iterator[Remark]:
    for operation in contract.operations.values():
        for rule in operation.rules:
            if rule.doubtful:
                stated = "; ".join(str(one) for one in rule.doubtful)
                sentence = f"{operation.id} may refuse with {rule.id} or not when {stated}"
                yield Remark("note", "doubtful", rule.place, sentence)


# -- proofs ---------------------------------------------------------------------------------------


def _proofs(contract: Contract) -> Iterator[Proof]:
    for operation in contract.operations.values():
        for rule in operation.rules:
            yield _proof(contract, operation, rule)


def _proof(contract: Contract, operation: Operation, rule: Rule) -> Proof:
    if rule.fault:
        return Proof(operation, rule, "fault")
    region = regions.region(contract, operation, rule)
    if region.satisfiable:
        return Proof(operation, rule, "reachable")
    alone = regions.meeting(contract, operation, rule)
    if alone.satisfiable is False:
        return Proof(operation, rule, "unreachable")
    if region.satisfiable is None:
        return Proof(operation, rule, "undecided")
    earlier = operation.rules[: operation.rules.index(rule)]
    before = [one for one in earlier if not one.fault and _covered(contract, alone, one, rule)]
    return Proof(operation, rule, "shadowed", tuple(one.id for one in before))


def _covered(contract: Contract, alone: regions.Region, earlier: Rule, rule: Rule) -> bool:
    wide = regions.condition(contract, earlier, within=rule)
    return regions.covers(wide, alone.definition) is True


_FAILURES: Mapping[Outcome, tuple[Severity, str]] = {
    "unreachable": ("error", "no call that passes the shape stage meets the rule {rule}"),
    "shadowed": ("error", "the rule {rule} is never the first to be met: {before} comes before it"),
    "undecided": ("warning", "whether any call reaches the rule {rule} could not be told"),
}


def _about(contract: Contract, proof: Proof) -> Remark:
    severity, sentence = _FAILURES[proof.outcome]
    before = listed(proof.before) if proof.before else "an earlier rule, whichever it is,"
    text = sentence.format(rule=f"{proof.rule.id} of {proof.operation.id}", before=before)
    return Remark(severity, proof.outcome, proof.rule.place, text)


def _overlaps(contract: Contract) -> Iterator[Remark]:
    for operation in contract.operations.values():
        for first, second in combinations(operation.rules, 2):
            if first.stage != second.stage or first.problem == second.problem:
                continue
            if first.fault or second.fault:
                continue
            if regions.meeting(contract, operation, second, [first]).satisfiable:
                yield Remark(
                    "note",
                    "overlap",
                    second.place,
                    f"a call of {operation.id} can meet {first.id} and {second.id}, both of the "
                    f"stage {first.stage!r}; either answer is admitted then",
                )


_CHECKS: tuple[Callable[[Contract], Iterator[Remark]], ...] = (
    _validity,
    _house_rules,
    _examples,
    _operations,
    _problems,
    _provenance,
    _unused,
    _doubtful,
    _overlaps,
)
