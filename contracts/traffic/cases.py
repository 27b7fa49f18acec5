"""Random traffic: schemathesis draws the requests, Hypothesis the walk through them.

Cases are judged leniently (any admitted answer) and on the wire: what was really sent is decoded
again, since a "negative" case is often a valid request. See `bindings` for how they are tied to the
records of a walk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from contracts.reach.drafts import Drafts
from contracts.reach.parents import orphaned
from contracts.steps import Step, Template
from contracts.traffic.bindings import Binding, likely
from contracts.walk import Walk
from spec import ABSENT, Contract, Json, Operation

_LONGEST = 8
_ENTROPY = 16_384
"""Bytes for the draws of one walk; where they run out, the walk ends."""
_QUIET = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Cases:
    """Random walks over one contract; the same seed draws the same walk."""

    drafts: Drafts
    _strategies: dict[tuple[str, str], st.SearchStrategy[Any]] = field(default_factory=dict)

    @cached_property
    def _schema(self) -> BaseSchema:
        """The document as schemathesis has it, with its caches off."""
        config = SchemathesisConfig.from_dict(
            {"cache": {"enabled": False}, "generation": {"database": "none"}}
        )
        return schemathesis.openapi.from_dict(
            json.loads(json.dumps(self.contract.document.data)), config=config
        )

    @property
    def contract(self) -> Contract:
        """The contract whose operations are called."""
        return self.drafts.contract

    def walk(self, seed: str, walk: Walk) -> None:
        """Walk at random.

        Hypothesis reads its draws out of bytes that the seed alone decides: its own search would
        look at the constants of whatever modules are loaded, and so send other requests in each
        process.
        """

        @_QUIET
        @given(st.data())
        def drawn(data: st.DataObject) -> None:
            self._walk(data, walk)

        fuzz: Callable[[bytes], object] = drawn.hypothesis.fuzz_one_input  # type: ignore[attr-defined]  # given() adds it
        fuzz(Random(seed).randbytes(_ENTROPY))

    def _walk(self, data: st.DataObject, walk: Walk) -> None:
        operations = list(self.contract.operations.values())
        creating = [one for one in operations if one.effect and one.effect.action == "create"]
        for number in range(data.draw(st.integers(2, _LONGEST))):
            pool = creating if number == 0 and creating else operations
            binding = Binding(walk, data.draw(st.sampled_from(pool)), data)
            walk.send(self._step(binding, valid=number == 0 or likely(data)))

    def _step(self, binding: Binding, *, valid: bool) -> Step:
        """Draw a request; the order of the draws is part of what a seed means."""
        mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
        case = binding.data.draw(self._strategy(binding.operation, mode))
        path = _path(case.path_parameters or {}, binding)
        body, raw = _body(case.body)
        if raw is None and body is not ABSENT and binding.operation.writes:
            body = binding.body(body)
        return Step(
            operation=binding.operation.id,
            credential=_credential(binding.walk, binding.data),
            path=path,
            query=tuple(_query(case.query or {})),
            body=body,
            raw=raw,
            content_type=case.media_type or "application/json",
            note="random",
        )

    def _strategy(self, operation: Operation, mode: GenerationMode) -> st.SearchStrategy[Any]:
        """Return schemathesis' strategy; a positive one where there is nothing to negate."""
        name = (operation.id, mode.value)
        if name not in self._strategies:
            self._strategies[name] = self._compiled(operation, mode)
        return self._strategies[name]

    def _compiled(self, operation: Operation, mode: GenerationMode) -> st.SearchStrategy[Any]:
        found = self._schema[operation.path][operation.method]
        positive = found.as_strategy(generation_mode=GenerationMode.POSITIVE)
        if mode is GenerationMode.POSITIVE or not (operation.parameters or operation.body):
            return positive
        try:
            return found.as_strategy(generation_mode=mode)
        except Exception:  # schemathesis says nowhere what it raises where it cannot negate
            return positive


def _credential(walk: Walk, data: st.DataObject) -> str | None:
    """Draw a credential, mostly the first."""
    names = list(walk.world.profile.credentials)
    if not names:
        return None
    return names[0] if likely(data) else data.draw(st.sampled_from(names))


def _path(drawn: Mapping[str, Any], binding: Binding) -> dict[str, Template]:
    """Return the path parameters of a case, those of the profile and the bound key in place."""
    path: dict[str, Template] = {name: _text(value) for name, value in drawn.items()}
    effect = binding.operation.effect
    if effect and effect.key:
        path[effect.key[-1]] = binding.key(path.get(effect.key[-1]))
    path.update(binding.walk.parameters)
    for name, kind in orphaned(binding.walk, binding.operation):
        path[name] = binding.parent(kind) or path.get(name)
    return path


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
