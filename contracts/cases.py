"""Random traffic: schemathesis draws the requests, Hypothesis the walk through them.

Cases are judged leniently (any admitted answer) and on the wire: what was really sent is decoded
again, since a "negative" case is often a valid request. Keys, unique fields and references are
bound to records of the walk, because a fuzzer that never repeats a key never gets past 404.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from contracts.drafts import Drafts
from contracts.knowledge import PRESUMED_FREE, Known
from contracts.steps import Ref, Step, Template
from contracts.walk import Walk
from spec import ABSENT, Contract, Exists, Json, Operation

_LONGEST = 8
_QUIET = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Cases:
    """Random walks over one contract; the same seed draws the same walks."""

    drafts: Drafts
    _strategies: dict[tuple[str, str], st.SearchStrategy[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Load the document into schemathesis, with its caches off."""
        config = SchemathesisConfig.from_dict(
            {"cache": {"enabled": False}, "generation": {"database": "none"}}
        )
        self._schema = schemathesis.openapi.from_dict(
            json.loads(json.dumps(self.contract.document.data)), config=config
        )

    @property
    def contract(self) -> Contract:
        """The contract whose operations are called."""
        return self.drafts.contract

    def walks(
        self, *, number: int, walks: int, run: Callable[[Callable[[Walk], None]], None]
    ) -> None:
        """Draw `walks` walks from the seed `number`; `run` is given each as a scenario's body."""
        if walks <= 0:
            return

        @seed(number)
        @settings(_QUIET, max_examples=walks)
        @given(st.data())
        def drawn(data: st.DataObject) -> None:
            run(lambda walk: self._walk(walk, data))

        drawn()

    def _walk(self, walk: Walk, data: st.DataObject) -> None:
        operations = list(self.contract.operations.values())
        creating = [one for one in operations if one.effect and one.effect.action == "create"]
        for number in range(data.draw(st.integers(2, _LONGEST))):
            pool = creating if number == 0 and creating else operations
            operation = data.draw(st.sampled_from(pool))
            walk.send(self._step(walk, operation, data, valid=number == 0 or _chance(data)))

    def _step(self, walk: Walk, operation: Operation, data: st.DataObject, *, valid: bool) -> Step:
        mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
        case = data.draw(self._strategy(operation, mode))
        path = {name: _text(value) for name, value in (case.path_parameters or {}).items()}
        effect = operation.effect
        if effect and effect.key:
            path[effect.key[-1]] = self._key(walk, operation, path.get(effect.key[-1]), data)
        path.update(walk.world.profile.parameters)
        body, raw = _body(case.body)
        if raw is None and body is not ABSENT and operation.writes:
            body = self._bound(walk, operation, body, data)
        return Step(
            operation=operation.id,
            credential=self._credential(walk, data),
            path=path,
            query=tuple(_query(case.query or {})),
            body=body,
            raw=raw,
            content_type=case.media_type or "application/json",
            note="random",
        )

    def _strategy(self, operation: Operation, mode: GenerationMode) -> st.SearchStrategy[Any]:
        name = (operation.id, mode.value)
        if name not in self._strategies:
            found = self._schema[operation.path][operation.method]
            try:
                self._strategies[name] = found.as_strategy(generation_mode=mode)
                if mode is GenerationMode.NEGATIVE and not (operation.parameters or operation.body):
                    raise ValueError("nothing to negate")
            except Exception:
                self._strategies[name] = found.as_strategy(generation_mode=GenerationMode.POSITIVE)
        return self._strategies[name]

    def _credential(self, walk: Walk, data: st.DataObject) -> str | None:
        names = list(walk.world.profile.credentials)
        if not names:
            return None
        return names[0] if _chance(data) else data.draw(st.sampled_from(names))

    def _key(
        self, walk: Walk, operation: Operation, drawn: str | None, data: st.DataObject
    ) -> Template:
        """Return the key to address: mostly a record of the walk, never a stranger's to write."""
        kind = operation.effect.kind if operation.effect else ""
        known = [one for one in walk.knowledge.of_kind(kind) if one.made_here]
        if known and _chance(data):
            return _reference(walk, data.draw(st.sampled_from(known)), self.contract)
        plain = (drawn or "").isascii() and (drawn or "").isdecimal()
        if operation.writes and walk.world.profile.isolation == "none" and plain:
            return str(PRESUMED_FREE + data.draw(st.integers(0, 1000)))
        return drawn or "0"

    def _bound(self, walk: Walk, operation: Operation, body: Json, data: st.DataObject) -> Template:
        """Return the body with unique fields and references bound to what the walk knows."""
        effect = operation.effect
        if effect is None or not isinstance(body, dict):
            return body
        if effect.many:
            inner = body.get(effect.request.removeprefix("/"))
            if not isinstance(inner, list):
                return body
            rows = [self._bound_item(walk, operation, one, data) for one in inner]
            return {**body, effect.request.removeprefix("/"): rows}
        return self._bound_item(walk, operation, body, data)

    def _bound_item(
        self, walk: Walk, operation: Operation, item: Json, data: st.DataObject
    ) -> Template:
        effect = operation.effect
        if effect is None or not isinstance(item, dict):
            return item
        result: dict[str, Template] = dict(item)
        resource = self.contract.resources[effect.kind]
        for name in resource.unique:
            if isinstance(item.get(name), str):
                held = [one for one in walk.knowledge.of_kind(effect.kind) if one.made_here]
                collide = bool(held) and not _chance(data)
                other = data.draw(st.sampled_from(held)).fields.get(name) if collide else None
                result[name] = other if isinstance(other, str) else walk.fresh()
        for fact in operation.facts.values():
            if isinstance(fact, Exists) and fact.kind != effect.kind:
                self._bind(walk, fact, result, data)
        return result

    def _bind(
        self, walk: Walk, fact: Exists, item: dict[str, Template], data: st.DataObject
    ) -> None:
        for name, path in fact.where.items():
            if path[-1] in item and item[path[-1]] is not None and path[0] in {"item", "request"}:
                known = list(walk.knowledge.of_kind(fact.kind))
                if known and _chance(data):
                    one = data.draw(st.sampled_from(known))
                    item[path[-1]] = one.fields.get(name)


def _chance(data: st.DataObject) -> bool:
    """Draw True three times out of four."""
    drawn: int = data.draw(st.integers(0, 3))
    return drawn > 0


def _reference(walk: Walk, known: Known, contract: Contract) -> Template:
    """Return a record's key as a reference into the answer that made it."""
    resource = contract.resources[known.kind]
    for number, exchange in enumerate(walk.exchanges):
        effect = contract.operations[exchange.step.operation].effect
        if effect and effect.action == "create" and effect.kind == known.kind:
            rows = [0] if not effect.many else range(20)
            for row in rows:
                pointer = f"{effect.response}{f'/{row}' if effect.many else ''}/{resource.key}"
                if str(walk.value(Ref(number, pointer))) == known.key:
                    return Ref(number, pointer)
    return known.key


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value) if isinstance(value, (str, int, float)) else json.dumps(value, default=str)


def _query(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        for one in value if isinstance(value, list) else [value]:
            yield str(name), _text(one)


def _body(body: Any) -> tuple[Json, bytes | None]:
    """Return a case's body as JSON, or as raw bytes where it is no JSON value."""
    if body.__class__.__name__ == "NotSet":
        return ABSENT, None
    if isinstance(body, bytes):
        return ABSENT, body
    try:
        return json.loads(json.dumps(body, allow_nan=False)), None
    except (TypeError, ValueError):
        return ABSENT, repr(body).encode()
