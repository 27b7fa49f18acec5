"""A request in the making: the valid call that a probe starts from, and the records it needs.

A draft is filled in by witnesses (see `probes`) while its walk goes on, since values depend on
records that earlier steps have made. The judge says when a draft is what it was meant to be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.oracle.knowledge import Known
from contracts.reach.links import entered, linked
from contracts.reach.parents import house
from contracts.reach.values import Values
from contracts.steps import Exchange, Fresh, Ref, Step, Template
from contracts.walk import Unreached, Walk
from spec import (
    ABSENT,
    SUCCESS,
    Contract,
    Effect,
    Exists,
    Found,
    Json,
    Judgement,
    Operation,
    Resource,
)
from spec.document import tokens
from spec.media import is_json

_ITEMIZED = frozenset({"create", "update", "replace", "act"})
"""The actions whose bodies hold fields that rules speak of one by one."""


TEXT = " Text"
"""The end of a fresh text that any field of texts should keep as it is: a blank, both cases."""
LONG = " " + "Long text " * 30
"""The end of one that is longer than many a column."""
SAMPLE = "cfk-0123abcd-1-1"
"""A text such as the fresh ones are."""
ADDRESS = "@example.com"
"""The end of one that is an address of mail."""
LIMITS = frozenset({"enum", "const", "pattern", "format", "anyOf", "oneOf"})
"""Keywords of text schemas that do not take just any text."""


@dataclass(frozen=True, slots=True)
class Made:
    """A record that a walk has made: how to address it, who made it, and what is known of it."""

    kind: str
    key: Template
    credential: str
    step: int
    known: Known
    home: Mapping[str, Template] = field(default_factory=dict)
    """Path parameters under which the record stands, where they are not the profile's."""

    def value(self, walk: Walk, name: str) -> Template:
        """Return a field, as a reference into the answer that made the record where it shows."""
        if isinstance(self.key, Ref):
            row = self.key.pointer.rpartition("/")[0]
            reference = Ref(self.key.step, f"{row}/{name}")
            if walk.value(reference) is not None:
                return reference
        return self.known.fields.get(name)


@dataclass
class Draft:
    """A call to be sent; `item` is the record's fields inside the body.

    `wanted` are field values that the addressed record must have; it is made when first needed.
    """

    walk: Walk
    values: Values
    operation: Operation
    credential: str | None = None
    key: Template = None
    query: dict[str, Template] = field(default_factory=dict)
    item: dict[str, Template] = field(default_factory=dict)
    before: list[dict[str, Template]] = field(default_factory=list)
    body: Template = ABSENT
    whole_body: bool = False
    raw: bytes | None = None
    content_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    provokes: str | None = None
    anonymous: bool = False
    wanted: dict[str, Json] = field(default_factory=dict)
    made: Made | None = None
    home: dict[str, Template] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract that the call is made under."""
        return self.walk.contract

    @property
    def effect(self) -> Effect | None:
        """The effect of the operation."""
        return self.operation.effect

    def step(self) -> Step:
        """Return the step as it stands."""
        return Step(
            operation=self.operation.id,
            credential=None if self.anonymous else self.credential or None,
            path=self._path(),
            query=tuple(self.query.items()),
            body=self._body(),
            headers=self.headers,
            raw=self.raw,
            content_type=self.content_type,
            provokes=self.provokes,
        )

    def with_body(self, body: Template) -> Draft:
        """Return the same draft with a body in place of the whole one."""
        return replace(self, whole_body=True, body=body)

    def field(self, name: str) -> Template:
        """Return what the body gives in a field, None when it gives nothing."""
        inside = self.body if isinstance(self.body, dict) else {}
        return self.item.get(name, inside.get(name))

    def judged(self, *, thorough: bool = False) -> Judgement | None:
        """Return what the contract admits as the answer, None when nothing routes the call."""
        return self.walk.judged(self.step(), thorough=thorough)

    def surely(self, outcome: str) -> bool:
        """Tell whether this outcome (a problem, or SUCCESS) is the only one admitted."""
        judgement = self.judged()
        return judgement is not None and judgement.sole == outcome

    def choose(self, names: Iterable[str | None], wanted: Callable[[Draft], bool]) -> bool:
        """Try credentials on the call until it is as wanted; tell whether one makes it so."""
        for name in names:
            self.credential = name
            if wanted(self):
                return True
        return False

    def allowed(self, names: Iterable[str | None]) -> bool:
        """Try credentials until the call can only succeed; tell whether one makes it so."""
        return self.choose(names, lambda one: one.surely(SUCCESS))

    def send(self) -> Exchange:
        """Send the call as it stands.

        Raises: Contradicted: the answer contradicts the document.
        """
        return self.walk.send(self.step())

    def _path(self) -> dict[str, Template]:
        given = {**self.walk.parameters, **self.home}
        path: dict[str, Template] = {}
        for one in self.operation.parameters:
            if one.location == "path":
                told = given.get(one.name)
                path[one.name] = told if told is not None else self.values.instance(one.schema)
        if self.effect and self.effect.key and self.key is not None:
            path[self.effect.key[-1]] = self.key
        return path

    def _body(self) -> Template:
        if self.operation.body is None:
            return ABSENT
        if self.whole_body:
            return self.body
        if self.effect is None or self.effect.action not in _ITEMIZED:
            return self.body
        inner: Any = [*self.before, self.item] if self.effect.many else self.item
        for token in reversed(tokens(self.effect.request)):
            inner = {token: inner}
        return inner


class Drafts:
    """Makes drafts and records for one contract."""

    def __init__(self, contract: Contract) -> None:
        """Prepare the schemas of the contract's requests."""
        self.contract = contract
        self.values = Values(contract.document)

    # -- schemas ----------------------------------------------------------------------------------

    def body_schema(self, operation: Operation) -> Json:
        """Return the schema of an operation's first JSON body."""
        if operation.body is None:
            return {}
        pointer = next(iter(operation.body.media.values()))
        return {"$ref": f"#{pointer}"}

    def item_schema(self, operation: Operation) -> dict[str, Json]:
        """Return the schema of one record's fields inside the body."""
        schema = self.values.schema(self.body_schema(operation))
        effect = operation.effect
        for token in tokens(effect.request) if effect else []:
            schema = self.values.schema(schema.get("properties", {}).get(token, {}))
        if effect and effect.many:
            schema = self.values.schema(schema.get("items", {}))
        return dict(schema)

    def fields(self, operation: Operation) -> dict[str, Json]:
        """Return the schema of each field that a request may set, in whichever of its forms."""
        return dict(self._properties(self.item_schema(operation)))

    def forms(self, operation: Operation) -> list[dict[str, Json]]:
        """Return the simplest instance of each form of one record's fields."""
        found = self.values.instances(self.item_schema(operation))
        return [one for one in found if isinstance(one, dict)]

    def _properties(self, schema: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        for branch in self.values.branches(schema):
            yield from self._properties(branch)
        yield from schema.get("properties", {}).items()

    # -- drafts -----------------------------------------------------------------------------------

    def draft(self, walk: Walk, operation: Operation) -> Draft:
        """Return the simplest draft of an operation; nothing of it is sent yet.

        Records that it stands under are made first. Raises: Unreached: one cannot be made.
        """
        house(self, walk, operation)
        draft = Draft(walk, self.values, operation)
        draft.credential = walk.callers[0]
        draft.content_type = _media(operation)
        if operation.effect and operation.effect.action in _ITEMIZED:
            draft.item = linked(draft, self.item(walk, operation))
        elif operation.body is not None:
            draft.body = self.values.instance(self.body_schema(operation))
            if isinstance(draft.body, dict):
                draft.body = linked(draft, draft.body)
            elif operation.effect and operation.effect.part:
                draft.body = entered(draft, operation.effect.part, draft.body)
        for parameter in operation.parameters:
            if parameter.location == "query" and parameter.required:
                draft.query[parameter.name] = self.values.instance(parameter.schema)
        return draft

    def item(self, walk: Walk, operation: Operation, *, whole: bool = False) -> dict[str, Template]:
        """Return a record's fields: the required ones, and unique ones under fresh values.

        With `whole` every field is given that can be given without naming another record.
        """
        schema = self.item_schema(operation)
        simplest = self.values.instance(schema, whole=whole)
        item: dict[str, Template] = dict(simplest) if isinstance(simplest, dict) else {}
        several = any(True for _ in self.values.branches(schema))
        for name in () if several else _references(operation):
            if name not in schema.get("required", ()):
                item.pop(name, None)
        effect = operation.effect
        if effect is None:
            return item
        resource = self.contract.resources[effect.kind]
        for name in resource.unique:
            required = name in schema.get("required", ())
            wanted = whole or required or effect.action == "create"
            if name in schema.get("properties", {}) and wanted:
                novel = self._novel(walk, schema["properties"][name])
                if novel is not None:
                    item[name] = novel
                elif not required:
                    item.pop(name, None)
        if effect.action == "create":
            item = self._without_place(resource, item)
            names = item.keys() if resource.open else _references(operation, effect.kind)
            item = self.novel(walk, operation, item, names)
        if effect.action == "replace":
            item.update(self.told(walk, operation, item))
        if effect.action == "update" and not item:
            return self._one_field(walk, schema, effect)
        return item

    def told(
        self, walk: Walk, operation: Operation, item: Mapping[str, Template]
    ) -> dict[str, Template]:
        """Return the plain texts of an item anew, so that it shows where it was stored."""
        fields = self.fields(operation)
        return {
            name: walk.fresh(TEXT)
            for name, value in item.items()
            if isinstance(value, str) and not LIMITS & self.values.schema(fields.get(name)).keys()
        }

    def novel(
        self,
        walk: Walk,
        operation: Operation,
        item: Mapping[str, Template],
        names: Collection[str],
    ) -> dict[str, Template]:
        """Return a new record's item with texts that nobody has used, where any text fits.

        They are those of the names by which a fact looks for records of the kind; where not
        everything is known of it, any name may well be taken only once.
        """
        fields = self.fields(operation)
        result = dict(item)
        for name, value in item.items():
            if name not in names:
                continue
            schema = fields.get(name, {})
            shown = self.values.schema(schema).keys() & {"example", "examples", "default"}
            if isinstance(value, str) and not shown:
                result[name] = self._novel(walk, schema) or value
        return result

    def _novel(self, walk: Walk, schema: Json) -> Fresh | None:
        """Return a text that nobody has used and the schema takes, an address if need be.

        None where it takes neither.
        """
        takes = self.contract.schemas.predicate(schema)
        for suffix in ("", ADDRESS):
            if takes(f"{SAMPLE}{suffix}"):
                return walk.fresh(suffix)
        return None

    def _without_place(
        self, resource: Resource, item: Mapping[str, Template]
    ) -> dict[str, Template]:
        """Return a new record's item without what is not for its body to say.

        That is a key that the server makes, and what the path says already.
        """
        said = set(resource.tenant.parameters if resource.tenant else ())
        if resource.made not in {"client", "given"}:
            said.add(resource.key)
        return {name: value for name, value in item.items() if name not in said}

    def _one_field(
        self, walk: Walk, schema: Mapping[str, Json], effect: Effect
    ) -> dict[str, Template]:
        """Return an update of one plain text field, so that the body says something."""
        unique = self.contract.resources[effect.kind].unique
        for name, inner in schema.get("properties", {}).items():
            takes = self.contract.schemas.predicate(inner)
            plain = "string" in str(self.values.schema(inner)) and takes(f"{SAMPLE}{TEXT}")
            if plain and name not in unique:
                return {name: walk.fresh(TEXT)}
        return {}

    # -- records ----------------------------------------------------------------------------------

    def make(
        self,
        walk: Walk,
        kind: str,
        *,
        credential: str | None = None,
        whole: bool = False,
        fields: Mapping[str, Template] | None = None,
        home: Mapping[str, Template] | None = None,
    ) -> Made:
        """Make a record through the API's own operation.

        Raises: Unreached: no operation makes such records, or no credential may.
        """
        operation = walk.doing("create", kind)
        if operation is None or operation.effect is None:
            raise Unreached(f"no operation creates a {kind}, and the profile knows none that fits")
        draft = self.draft(walk, operation)
        draft.home = dict(home or {})
        plain = draft.item
        if whole:
            draft.item = linked(draft, self.item(walk, operation, whole=True))
        draft.item = {**draft.item, **(fields or {})}
        self._permitted(draft, credential, {**plain, **(fields or {})})
        exchange = draft.send()
        for item in self._examples(operation) if exchange.answer.status >= 400 else ():
            draft.item = {**item, **(fields or {})}
            exchange = draft.send()
            if exchange.answer.status < 300:
                break
        reference = walk.last(key_pointer(self.contract, operation.effect))
        known = walk.latest(kind, str(walk.value(reference)))
        if exchange.answer.status >= 300 or known is None:
            raise Unreached(f"{operation.id} did not make a {kind} ({exchange.answer.status})")
        return Made(kind, reference, draft.credential or "", reference.step, known, draft.home)

    def _examples(self, operation: Operation) -> Iterator[dict[str, Template]]:
        """Yield a new record's items that the document shows, where nothing says what is refused.

        What its schema takes need then not be what the target does.
        """
        effect = operation.effect
        if not self.contract.inferred or operation.body is None:
            return
        if effect is None or effect.many or effect.request:
            return
        for one in self.contract.schemas.samples.bodies(operation.body):
            if isinstance(one, dict):
                yield dict(one)

    def permitted(self, draft: Draft, credential: str | None = None) -> None:
        """Choose the first credential with which the call can only succeed.

        Raises: Unreached: there is none.
        """
        names = [credential] if credential else draft.walk.callers
        said: list[str] = []
        unknown: set[str] = set()
        for name in names:
            draft.credential = name
            judgement = draft.judged()
            if judgement is not None and judgement.sole == SUCCESS:
                return
            if judgement is not None:
                admitted = sorted(judgement.admitted, key=lambda one: (one == SUCCESS, one))
                said.append(f"{name}: {' or '.join(admitted)}")
                unknown.update(_unknown(judgement, draft.operation))
        raise Unreached(
            f"no credential of the profile is sure to be allowed {draft.operation.id}"
            + (f" ({'; '.join(said[:4])})" if said else "")
            + (f"; the profile could tell more: {', '.join(sorted(unknown))}" if unknown else "")
        )

    def _permitted(self, draft: Draft, credential: str | None, plain: dict[str, Template]) -> None:
        """Choose a credential; where none may send all of a draft, as much of it as one may.

        Raises: Unreached: none may send even what is plain.
        """
        everything = draft.item
        try:
            self.permitted(draft, credential)
        except Unreached:
            if everything == plain:
                raise
            draft.item = plain
            self.permitted(draft, credential)
            for name, value in everything.items():
                draft.item = {**plain, name: value}
                if draft.surely(SUCCESS):
                    plain = draft.item
            draft.item = plain

    def choose(self, draft: Draft, wanted: Callable[[Draft], bool]) -> bool:
        """Try each credential on a draft until it is as wanted; tell whether one is.

        A draft that is to go out without a credential is tried as it is.
        """
        everybody = draft.walk.callers
        return draft.choose([draft.credential] if draft.anonymous else everybody, wanted)


def _media(operation: Operation) -> str:
    """Return the media type in which an operation takes JSON, the usual one where it names none."""
    named = operation.body.media if operation.body else ()
    return next((one for one in named if is_json(one) and "*" not in one), "application/json")


def _unknown(judgement: Judgement, operation: Operation) -> Iterator[str]:
    """Yield the sections of a profile that would tell whether a call is refused."""
    if judgement.certain:
        return
    for one in judgement.refusals:
        for name in one.rule.facts if one.rule else ():
            fact = operation.facts[name]
            if isinstance(fact, Exists | Found):
                yield f"[[known.{fact.kind}]]"


def _references(operation: Operation, kind: str | None = None) -> set[str]:
    """Return the names of the values by which a call's facts look for records (of a kind)."""
    every = [fact for fact in operation.facts.values() if isinstance(fact, Exists)]
    facts = [fact for fact in every if kind in {None, fact.kind}]
    return {path[-1] for fact in facts for path in fact.where.values()}


def key_pointer(contract: Contract, effect: Effect, row: int = 0) -> str:
    """Return where an answer shows the key of a record; `row` counts where it shows several."""
    spot = f"/{row}" if effect.many else ""
    return f"{effect.response}{spot}/{contract.resources[effect.kind].key}"
