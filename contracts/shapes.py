"""Probes of the stages that every operation has: authentication, shape, and precedence itself.

A shape probe is a valid call with exactly one thing wrong, or one thing just within the limits.
A precedence probe breaks two rules of different stages at once; the earlier one must answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.checks import row_of
from contracts.drafts import Draft, Drafts
from contracts.probes import Witness, _Prober, addressed, confirm
from contracts.scenarios import Scenario
from contracts.steps import Template
from contracts.values import Deviation
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Contract, Json, Operation
from spec.contract import Stage
from spec.document import pick, tokens

_RAW_BODIES: tuple[tuple[str, bytes, str | None], ...] = (
    ("not JSON", b"{not json", "application/json"),
    ("no body", b"", "application/json"),
    ("cut JSON", b'{"a": ', "application/json"),
    ("invalid UTF-8", b'{"a": "\xff\xfe"}', "application/json"),
    ("text/plain", b"{}", "text/plain"),
    ("no Content-Type", b"{}", None),
)
_OTHER_BODIES: tuple[Json, ...] = ([], "text", 7, None)


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield the probes of authentication, shape and precedence for every operation."""
    contract = drafts.contract
    for operation in contract.operations.values():
        for stage in contract.stages:
            if stage.problem and stage.name == "authentication" and operation.secured:
                yield from _authentication(drafts, operation, stage)
            if stage.problem and stage.name == "shape":
                yield from _shape(drafts, operation, stage)
        yield from _precedence(drafts, operation)


# -- authentication -------------------------------------------------------------------------------


def _authentication(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    for witness in _anonymities(drafts.contract):
        yield _single(drafts, operation, stage, witness)


def _anonymities(contract: Contract) -> Iterator[Witness]:
    yield Witness("no credential", _anonymous(), 8)
    yield Witness("unknown credential", _unknown, 8)
    scheme = contract.scheme
    if scheme is None or scheme.word is None:
        return
    yield Witness("another scheme", _anonymous("Basic bm9ib2R5OnNlY3JldA=="), 8)
    yield Witness("no secret", _anonymous(scheme.word), 8)
    yield Witness("the secret alone", _spelt("{secret}"), 8)
    if scheme.exact:
        yield Witness("the scheme in lower case", _spelt(f"{scheme.word.lower()} {{secret}}"), 8)


def _anonymous(value: str | None = None) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        scheme = draft.contract.scheme
        draft.anonymous = True
        if value is not None and scheme is not None:
            draft.headers = (*draft.headers, (scheme.parameter, value))

    return apply


def _spelt(pattern: str) -> Callable[[Draft], None]:
    """Return a change that carries a valid secret in a form that is not the documented one."""

    def apply(draft: Draft) -> None:
        secret = draft.walk.world.secrets.get(draft.credential or "")
        if not secret:
            raise Unreached("the profile has no credential")
        _anonymous(pattern.replace("{secret}", secret))(draft)

    return apply


def _unknown(draft: Draft) -> None:
    draft.anonymous = False
    draft.credential = f"=cfk_unknown_{draft.walk.number}"


def _single(drafts: Drafts, operation: Operation, stage: Stage, witness: Witness) -> Scenario:
    problem = stage.problem or ""

    def run(walk: Walk) -> None:
        draft = _valid(drafts, walk, operation)
        witness.apply(draft)
        _send_if_sole(drafts, draft, problem)

    row = row_of(operation, problem, drafts.contract)
    return Scenario(f"{operation.id} {stage.name}: {witness.label}", (row,), run)


def _valid(drafts: Drafts, walk: Walk, operation: Operation) -> Draft:
    """Return a draft that would succeed, on a record of its own where it addresses one."""
    draft = drafts.draft(walk, operation)
    addressed(drafts, draft)
    drafts.permitted(draft)
    return draft


def _send_if_sole(drafts: Drafts, draft: Draft, wanted: str) -> None:
    judgement = draft.walk.judged(draft.step())
    if judgement is None or judgement.sole != wanted:
        found = ", ".join(sorted(judgement.admitted)) if judgement else "no route"
        raise Unreached(f"{wanted} is not the only admitted answer (admitted: {found})")
    draft.walk.send(draft.step())
    confirm(drafts, draft)


# -- shape ----------------------------------------------------------------------------------------


def _shape(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    if "body" in stage.covers and operation.body is not None:
        yield from _bodies(drafts, operation, stage)
        for label, raw, media in _RAW_BODIES:
            yield _single(drafts, operation, stage, Witness(label, _raw(raw, media), 8))
        for value in _OTHER_BODIES:
            yield _single(drafts, operation, stage, Witness(f"body {value!r}", _body(value), 8))
    if "query" in stage.covers:
        yield from _queries(drafts, operation, stage)


def _raw(raw: bytes, media: str | None) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.raw, draft.content_type = raw, media

    return apply


def _body(value: Json) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.whole_body, draft.body = True, value

    return apply


def _bodies(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield one probe for each deviation of the body, and for each boundary that is kept."""
    schema = drafts.body_schema(operation)
    sample = _sample(drafts, operation)
    takes = drafts.contract.schemas.predicate(schema)
    for one in _chosen(drafts.values.deviations(schema, sample), takes, valid=False):
        yield _deviating(drafts, operation, stage.problem or "", one)
    for one in _chosen(drafts.values.kept(schema, sample), takes, valid=True):
        yield _deviating(drafts, operation, SUCCESS, one)


def _sample(drafts: Drafts, operation: Operation) -> Json:
    """Return the simplest valid body, with plain values where a walk would put fresh ones."""
    return drafts.values.instance(drafts.body_schema(operation))


def _chosen(
    deviations: Iterator[Deviation], takes: Callable[[Json], bool], *, valid: bool
) -> Iterator[Deviation]:
    """Yield the deviations that are what they claim to be; of one pointer and keyword only two."""
    count: dict[tuple[str, str], int] = {}
    nulls: set[str] = set()
    for one in deviations:
        if takes(one.value) is not valid:
            continue
        key = (one.pointer, one.keyword)
        value = pick(one.value, one.pointer, one)
        most = 24 if valid else 2
        if value is None and one.pointer not in nulls:
            nulls.add(one.pointer)
        elif count.get(key, 0) >= most:
            continue
        count[key] = count.get(key, 0) + 1
        yield one


def _deviating(drafts: Drafts, operation: Operation, wanted: str, one: Deviation) -> Scenario:
    def run(walk: Walk) -> None:
        draft = _valid(drafts, walk, operation)
        body = draft.step().body
        draft.whole_body, draft.body = True, _transferred(one, body)
        _send_if_sole(drafts, draft, wanted)

    kind = "within" if wanted == SUCCESS else "outside"
    value = pick(one.value, one.pointer, "(left out)")
    row = row_of(operation, wanted, drafts.contract)
    label = f"{operation.id} {kind} {one.pointer or '/'} {one.keyword} {str(value)[:24]!r}"
    return Scenario(label, (row,), run)


def _transferred(one: Deviation, body: Template) -> Template:
    """Return a walk's own valid body with the same change made to it."""
    path = tokens(one.pointer)
    if not path:
        return one.value
    marker = object()
    changed = pick(one.value, one.pointer, marker)
    return _set(body, path, changed, remove=changed is marker)


def _set(value: Template, path: list[str], change: Json, *, remove: bool) -> Template:
    head, rest = path[0], path[1:]
    if isinstance(value, list):
        index = int(head)
        inner = value[index] if index < len(value) else {}
        new = _set(inner, rest, change, remove=remove) if rest else change
        return [*value[:index], new, *value[index + 1 :]]
    given = dict(value) if isinstance(value, dict) else {}
    if rest:
        given[head] = _set(
            given.get(head, [] if rest[0] == "0" else {}), rest, change, remove=remove
        )
    elif remove:
        given.pop(head, None)
    else:
        given[head] = change
    return given


def _queries(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        texts = ["", "abc", "1.5", "-1", "0", "null", "99999999999999999999"]
        texts += [str(one) for _, one in drafts.values._outside(parameter.schema) if _plain(one)]
        for text in dict.fromkeys(texts):
            yield _query(drafts, operation, stage.problem or "", parameter.name, [text])
        for value in drafts.values.instances(parameter.schema):
            if value is not None:
                yield _query(drafts, operation, SUCCESS, parameter.name, [str(value)])
        sample = drafts.values.instance(parameter.schema)
        yield _query(drafts, operation, stage.problem or "", parameter.name, [str(sample)] * 2)
    yield _query(drafts, operation, SUCCESS, "cfk_unknown", ["1"])


def _plain(value: Json) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _query(
    drafts: Drafts, operation: Operation, wanted: str, name: str, texts: list[str]
) -> Scenario:
    def run(walk: Walk) -> None:
        draft = _valid(drafts, walk, operation)
        step = draft.step()
        asked = step.__class__(
            operation=step.operation,
            credential=step.credential,
            path=step.path,
            query=(*step.query, *((name, text) for text in texts)),
            body=step.body,
        )
        judgement = walk.judged(asked)
        if judgement is None or judgement.sole != wanted:
            raise Unreached(f"{wanted} is not the only admitted answer")
        walk.send(asked)

    row = row_of(operation, wanted, drafts.contract)
    kind = "takes" if wanted == SUCCESS else "refuses"
    return Scenario(f"{operation.id} {kind} {name}={','.join(texts)[:24]}", (row,), run)


# -- precedence -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Breaker:
    """One way to break one stage: the problem it makes, and the changes that make it."""

    stage: str
    problem: str
    label: str
    witnesses: tuple[Witness, ...]


def _precedence(drafts: Drafts, operation: Operation) -> Iterator[Scenario]:
    order = {stage.name: number for number, stage in enumerate(drafts.contract.stages)}
    breakers = list(_breakers(drafts, operation))
    for first in breakers:
        for second in breakers:
            if order[first.stage] < order[second.stage]:
                yield _pair(drafts, operation, first, second)


def _breakers(drafts: Drafts, operation: Operation) -> Iterator[_Breaker]:
    for stage in drafts.contract.stages:
        if stage.problem and stage.name == "authentication" and operation.secured:
            chosen = (Witness("no credential", _anonymous(), 9),)
            yield _Breaker(stage.name, stage.problem, stage.problem, chosen)
        if stage.problem and stage.name == "shape":
            for witness in _misshapen(drafts, operation, stage):
                yield _Breaker(stage.name, stage.problem, stage.problem, (witness,))
        for rule in operation.rules:
            if rule.stage == stage.name:
                prober = _Prober(drafts, operation, rule)
                if rule.fault:
                    continue
                for _, firing in list(prober.firing())[:12]:
                    yield _Breaker(stage.name, rule.problem.name, rule.id, tuple(firing))
                    if not any("known with" in one.label for one in firing):
                        break


def _misshapen(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Witness]:
    """Yield ways to break the shape: what cannot be read, and what is read and does not fit."""
    if operation.body is not None and "body" in stage.covers:
        yield Witness("a body of another type", _body([]), 9)
        yield Witness("a body that is not JSON", _raw(b"{not json", "application/json"), 9)
        yield Witness("a body of another media type", _raw(b"{}", "text/plain"), 9)
    for parameter in operation.parameters:
        if parameter.location == "query" and "query" in stage.covers:
            yield Witness(f"an empty {parameter.name}", _asking(parameter.name, ""), 9)


def _asking(name: str, value: str) -> Callable[[Draft], None]:
    def apply(draft: Draft) -> None:
        draft.query[name] = value

    return apply


def _pair(drafts: Drafts, operation: Operation, first: _Breaker, second: _Breaker) -> Scenario:
    def run(walk: Walk) -> None:
        draft = drafts.draft(walk, operation)
        chosen = sorted([*second.witnesses, *first.witnesses], key=lambda one: one.rank)
        for witness in chosen:
            if witness.rank >= 3:
                addressed(drafts, draft)
            witness.apply(draft)
        addressed(drafts, draft)

        def strict(one: Draft) -> bool:
            judgement = walk.judged(one.step(), thorough=not one.anonymous)
            if judgement is None or judgement.sole != first.problem:
                return False
            both = {verdict.label for verdict in judgement.beyond if verdict.broken is True}
            return one.anonymous or second.label in both

        if not drafts.choose(draft, strict):
            raise Unreached(
                f"{first.problem} cannot be brought about together with {second.problem}"
            )
        walk.send(draft.step())
        confirm(drafts, draft)

    rows = (row_of(operation, first.problem, drafts.contract),)
    labels = [
        f"{one.label} ({', '.join(witness.label for witness in one.witnesses)})"
        for one in (first, second)
    ]
    return Scenario(f"{operation.id} {' before '.join(labels)}", rows, run)
