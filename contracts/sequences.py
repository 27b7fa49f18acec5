"""Sequences that give every law a chance to fail: the shortest ones that can.

Each is written in terms of effects (create, read, list, update, delete), never of a subject. The
laws themselves are judged by `checks` on every answer; a sequence only brings about the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts import laws
from contracts.drafts import Draft, Drafts, Made
from contracts.knowledge import PRESUMED_FREE
from contracts.laws import Breach, filter_law
from contracts.probes import _field_of
from contracts.scenarios import (
    Scenario,
    allowed,
    colleagues,
    deleted,
    look_through,
    made_by_one_of,
    read_back,
    strangers,
)
from contracts.steps import Fresh, Template
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Contract, Exists, Json, Operation, Resource, pick

_BAD: tuple[Json, ...] = ([], "  ", 7, PRESUMED_FREE + 1)


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield the law sequences for every kind that operations speak of."""
    contract = drafts.contract
    kinds = dict.fromkeys(one.effect.kind for one in contract.operations.values() if one.effect)
    for kind in kinds:
        yield from _Sequences(drafts, contract.resources[kind]).scenarios()


class _Sequences:
    def __init__(self, drafts: Drafts, resource: Resource) -> None:
        self.drafts = drafts
        self.resource = resource
        self.kind = resource.kind

    @property
    def contract(self) -> Contract:
        return self.drafts.contract

    def _named(self, action: str) -> list[Operation]:
        return [
            one
            for one in self.contract.operations.values()
            if one.effect and (one.effect.action, one.effect.kind) == (action, self.kind)
        ]

    def scenarios(self) -> Iterator[Scenario]:
        yield from self._creating()
        yield from self._updating()
        yield from self._deleting()
        yield from self._reading()
        yield from self._listing()

    # -- create -----------------------------------------------------------------------------------

    def _creating(self) -> Iterator[Scenario]:
        for operation in self._named("create"):
            name = operation.id
            yield self._scenario(
                f"{name} then read", name, [laws.READ_YOUR_WRITES], self._make_and_read
            )
            yield self._scenario(
                f"{name} with every field, then read",
                name,
                [laws.READ_YOUR_WRITES],
                self._make_whole,
            )
            for label, fact in self._references(operation):
                yield self._scenario(
                    f"{name} with {label}, then read",
                    name,
                    [laws.READ_YOUR_WRITES],
                    lambda walk, fact=fact: self._make_referring(walk, fact),
                )
                yield self._scenario(
                    f"{name} with {label} written as a decimal",
                    name,
                    [laws.READ_YOUR_WRITES],
                    lambda walk, fact=fact: self._make_decimal(walk, fact),
                )
            if operation.effect and operation.effect.many:
                yield self._scenario(
                    f"{name} of three",
                    name,
                    [laws.ORDERED],
                    lambda walk, o=operation: self._three(walk, o),
                )
            if self._named("delete"):
                yield self._scenario(
                    f"{name} after delete", name, [laws.KEYS], self._make_delete_make
                )

    def _make_and_read(self, walk: Walk) -> None:
        read_back(self.drafts, walk, self._make(walk))

    def _make_whole(self, walk: Walk) -> None:
        made = self._make(walk, whole=True)
        read_back(self.drafts, walk, made)

    def _references(self, operation: Operation) -> Iterator[tuple[str, Exists]]:
        """Yield the facts by which a request names a record of another kind."""
        for fact in operation.facts.values():
            if not isinstance(fact, Exists) or fact.kind == self.kind:
                continue
            if any(path[0] in {"item", "request"} for path in fact.where.values()):
                yield fact.name, fact

    def _referred(
        self, walk: Walk, fact: Exists, made_for: str | None = None
    ) -> dict[str, Template]:
        """Return request fields that name a live record which makes a fact true."""
        resource = self.contract.resources[fact.kind]
        for name in colleagues(walk, resource, made_for):
            facts = walk.world.profile.credentials[name].facts
            for known in walk.knowledge.living(fact.kind, resource.tenant_of(facts)):
                if all(known.fields.get(f) == value for f, value in fact.constants.items()):
                    made = Made(fact.kind, known.key, name, -1, known)
                    return {
                        path[-1]: _field_of(walk, made, field)
                        for field, path in fact.where.items()
                        if path[0] in {"item", "request"}
                    }
        raise Unreached(f"the profile knows no {fact.kind} for the fact {fact.name}")

    def _make_referring(self, walk: Walk, fact: Exists) -> None:
        made = self._make(walk, fields=self._referred(walk, fact))
        read_back(self.drafts, walk, made)

    def _make_decimal(self, walk: Walk, fact: Exists) -> None:
        """To JSON Schema 2.0 is the integer 2, and so it is to the contract."""
        fields = self._referred(walk, fact)
        decimal = {
            name: float(value) if isinstance(value, int) else value
            for name, value in fields.items()
        }
        if decimal == fields and all(type(decimal[name]) is type(fields[name]) for name in fields):
            raise Unreached(f"no {fact.kind} is named by a number")
        self._make(walk, fields=decimal)

    def _three(self, walk: Walk, operation: Operation) -> None:
        draft = self.drafts.draft(walk, operation)
        draft.before = [
            self.drafts.item(walk, operation),
            self.drafts.item(walk, operation, whole=True),
        ]
        self.drafts.permitted(draft)
        walk.send(draft.step())
        look_through(self.drafts, walk, self.kind, draft.credential)

    def _make_delete_make(self, walk: Walk) -> None:
        made = self._make(walk)
        deleted(self.drafts, walk, made)
        self._make(walk, credential=made.credential)

    def _make(
        self,
        walk: Walk,
        *,
        credential: str | None = None,
        whole: bool = False,
        fields: Mapping[str, Template] | None = None,
    ) -> Made:
        names = [credential] if credential else list(walk.world.profile.credentials)
        return made_by_one_of(
            self.drafts, walk, self.kind, names, whole=whole, fields=dict(fields or {})
        )

    def _scenario(self, label: str, operation: str, names: list[str], run: object) -> Scenario:
        rows = tuple(f"{operation}: {name}" for name in names)
        return Scenario(label, rows, run)  # type: ignore[arg-type]

    # -- update -----------------------------------------------------------------------------------

    def _updating(self) -> Iterator[Scenario]:
        for operation in [*self._named("update"), *self._named("replace")]:
            name = operation.id
            rows = [laws.READ_YOUR_WRITES, laws.UNTOUCHED]
            for field, values in self._changes(operation):
                yield self._scenario(
                    f"{name} of {field}, then read",
                    name,
                    rows,
                    lambda walk, o=operation, f=field, v=values: self._change(walk, o, f, v),
                )
            for label, fact in self._references(operation):
                yield self._scenario(
                    f"{name} with {label} and back",
                    name,
                    rows,
                    lambda walk, o=operation, f=fact: self._assign_and_back(walk, o, f),
                )
            yield self._scenario(
                f"{name} refused, then read",
                name,
                [laws.REFUSED],
                lambda walk, o=operation: self._refused_update(walk, o),
            )

    def _changes(self, operation: Operation) -> Iterator[tuple[str, list[Json]]]:
        """Yield each field that an update may set, with the values to set one after the other."""
        referring = {
            path[-1]
            for fact in operation.facts.values()
            if isinstance(fact, Exists) and fact.kind != self.kind
            for path in fact.where.values()
        }
        for field, schema in self.drafts.fields(operation).items():
            if field in referring:
                continue
            takes = self.contract.schemas.predicate(schema)
            values = [one for one in self.drafts.values.instances(schema) if takes(one)]
            plain = [one for one in values if one is not None][:3]
            yield field, [*plain, *([None] if takes(None) else [])]

    def _change(self, walk: Walk, operation: Operation, field: str, values: list[Json]) -> None:
        made = self._make(walk, whole=True)
        for value in values:
            given: Template = value
            if isinstance(value, str) and self._is_free(operation, field):
                given = walk.fresh(" text") if field not in self.resource.unique else walk.fresh()
            draft = self.drafts.draft(walk, operation)
            draft.key, draft.made, draft.item = made.key, made, {field: given}
            if not self._may(draft, made):
                continue
            walk.send(draft.step())
            read_back(self.drafts, walk, made)
            if f"/{field}" not in self.resource.shown:
                self._find_by(walk, made, [field])

    def _is_free(self, operation: Operation, field: str) -> bool:
        schema = self.drafts.values.schema(self.drafts.fields(operation)[field])
        limits = {"enum", "const", "pattern", "format", "maxLength", "anyOf", "oneOf"}
        return not limits & set(schema)

    def _may(self, draft: Draft, made: Made) -> bool:
        for name in [made.credential, *colleagues(draft.walk, self.resource, made.credential)]:
            draft.credential = name
            judgement = draft.walk.judged(draft.step())
            if judgement is not None and judgement.sole == SUCCESS:
                return True
        return False

    def _assign_and_back(self, walk: Walk, operation: Operation, fact: Exists) -> None:
        made = self._make(walk)
        fields = self._referred(walk, fact, made.credential)
        for item in (fields, dict.fromkeys(fields), fields):
            draft = self.drafts.draft(walk, operation)
            draft.key, draft.made, draft.item = made.key, made, dict(item)
            if self._may(draft, made):
                walk.send(draft.step())
                read_back(self.drafts, walk, made)
                self._find_by(walk, made, list(item))

    def _find_by(self, walk: Walk, made: Made, changed: list[str]) -> None:
        """List by the fields that were changed: the only way to see one that is never shown."""
        for operation in self._named("list"):
            listing = operation.listing
            if listing is None:
                continue
            for one in listing.filters:
                value = made.known.fields.get(one.field)
                if one.field in changed and value is not None:
                    self._list(walk, operation, made.credential, **{one.parameter: _plain(value)})
            text = next(
                (made.known.fields.get(one) for one in listing.search_fields if one in changed),
                None,
            )
            if listing.search and isinstance(text, str) and text.strip() and text.isascii():
                self._list(walk, operation, made.credential, **{listing.search: text.split()[0]})

    def _refused_update(self, walk: Walk, operation: Operation) -> None:
        """Send a valid change together with one refused field, for one field after the other."""
        made = self._make(walk, whole=True)
        item = self.drafts.item(walk, operation)
        for field in self.drafts.fields(operation):
            draft = self.drafts.draft(walk, operation)
            draft.key, draft.made = made.key, made
            for bad in _BAD:
                draft.item = {**item, field: bad}
                draft.credential = made.credential
                judgement = walk.judged(draft.step())
                if judgement is not None and judgement.certain and judgement.sole is not None:
                    walk.send(draft.step())
                    break
        read_back(self.drafts, walk, made)

    # -- delete -----------------------------------------------------------------------------------

    def _deleting(self) -> Iterator[Scenario]:
        for operation in self._named("delete"):
            name = operation.id
            yield self._scenario(f"{name} twice", name, [laws.GONE], self._delete_twice)
            yield self._scenario(f"{name}, then list", name, [laws.GONE], self._delete_and_list)
            yield self._scenario(
                f"{name} refused, then read",
                name,
                [laws.REFUSED],
                lambda walk, o=operation: self._refused_delete(walk, o),
            )

    def _delete_twice(self, walk: Walk) -> None:
        made = self._make(walk)
        operation = self._named("delete")[0]
        names = [made.credential, *colleagues(walk, self.resource, made.credential)]
        draft = allowed(self.drafts, walk, operation, made.key, names)
        walk.send(draft.step())
        read_back(self.drafts, walk, made)
        walk.send(draft.step())

    def _delete_and_list(self, walk: Walk) -> None:
        self._make(walk)
        made = self._make(walk)
        deleted(self.drafts, walk, made)
        look_through(self.drafts, walk, self.kind, made.credential)

    def _refused_delete(self, walk: Walk, operation: Operation) -> None:
        made = self._make(walk)
        draft = self.drafts.draft(walk, operation)
        draft.key = made.key

        def refused(one: Draft) -> bool:
            judgement = walk.judged(one.step())
            return judgement is not None and judgement.sole not in {None, SUCCESS}

        if not self.drafts.choose(draft, refused):
            raise Unreached(f"no credential of the profile is sure to be refused {operation.id}")
        walk.send(draft.step())
        read_back(self.drafts, walk, made)

    # -- read -------------------------------------------------------------------------------------

    def _reading(self) -> Iterator[Scenario]:
        for operation in self._named("read"):
            yield self._scenario(
                f"{operation.id} twice", operation.id, [laws.PURE], self._read_twice
            )
            yield self._scenario(
                f"{operation.id} of the known records",
                operation.id,
                [laws.PURE],
                self._read_known,
            )

    def _read_twice(self, walk: Walk) -> None:
        made = self._make(walk, whole=True)
        for _ in range(3):
            read_back(self.drafts, walk, made)

    def _read_known(self, walk: Walk) -> None:
        self._learn_known(walk)
        for credential in walk.world.profile.credentials:
            look_through(self.drafts, walk, self.kind, credential)

    def _learn_known(self, walk: Walk) -> None:
        """Read every record that the profile knows of, so that lists can be held to them."""
        for known in list(walk.knowledge.of_kind(self.kind)):
            made = Made(self.kind, known.key, "", -1, known)
            for name in walk.world.profile.credentials:
                operation = self._named("read")[0]
                draft = self.drafts.draft(walk, operation)
                draft.key, draft.credential = made.key, name
                judgement = walk.judged(draft.step())
                if judgement is not None and judgement.sole == SUCCESS:
                    walk.send(draft.step())
                    break

    # -- list -------------------------------------------------------------------------------------

    def _listing(self) -> Iterator[Scenario]:
        for operation in self._named("list"):
            name = operation.id
            yield self._scenario(
                f"{name} of three of one's own", name, [laws.COMPLETE, laws.ORDER], self._list_own
            )
            yield self._scenario(
                f"{name} by pages",
                name,
                [laws.PAGES, laws.COUNTERS],
                lambda walk, o=operation: self._pages(walk, o),
            )
            yield self._scenario(
                f"{name} without anybody else's",
                name,
                [laws.TENANTS],
                lambda walk: self._foreign_list(walk),
            )
            if operation.listing is None:
                continue
            for one in operation.listing.filters:
                yield self._scenario(
                    f"{name} filtered by {one.parameter}",
                    name,
                    [filter_law(one.parameter)],
                    lambda walk, o=operation, f=one.field, p=one.parameter: self._filtered(
                        walk, o, f, p
                    ),
                )
            if operation.listing.search:
                yield from self._searches(operation)

    def _list_own(self, walk: Walk) -> None:
        first = self._make(walk)
        self._make(walk, credential=first.credential, whole=True)
        self._make(walk, credential=first.credential)
        for _ in range(2):
            look_through(self.drafts, walk, self.kind, first.credential)

    def _foreign_list(self, walk: Walk) -> None:
        mine = self._make(walk)
        others = strangers(walk, self.resource, mine.credential)
        if not others:
            raise Unreached("the profile has no credential of another tenant")
        made_by_one_of(self.drafts, walk, self.kind, others)
        look_through(self.drafts, walk, self.kind, mine.credential)

    def _list(
        self, walk: Walk, operation: Operation, credential: str, **query: Template
    ) -> list[str]:
        draft = self.drafts.draft(walk, operation)
        draft.credential, draft.query = credential, {**draft.query, **query}
        exchange = walk.send(draft.step())
        rows = pick(exchange.body, operation.listing.items if operation.listing else "", [])
        return [self.resource.key_of(row) for row in rows if isinstance(row, dict)]

    def _pages(self, walk: Walk, operation: Operation) -> None:
        listing = operation.listing
        if listing is None or listing.limit is None or listing.offset is None:
            raise Unreached("the list has no documented pages")
        made = [self._make(walk)]
        made += [self._make(walk, credential=made[0].credential) for _ in range(4)]
        whole = self._list(walk, operation, made[0].credential, **{listing.limit: "5"})
        parts: list[str] = []
        for offset in ("0", "2", "4"):
            query = {listing.limit: "2", listing.offset: offset}
            parts += self._list(walk, operation, made[0].credential, **query)
        self._list(walk, operation, made[0].credential, **{listing.offset: "1"})
        self._list(walk, operation, made[0].credential, **{listing.offset: "100000"})
        if parts[: len(whole)] != whole:
            walk.contradict(
                Breach(
                    laws.PAGES,
                    operation.id,
                    f"{operation.id} by pages of 2 gives {parts}, in one page {whole}.",
                )
            )
        walk.proven.add(f"{operation.id}: {laws.PAGES}")

    def _filtered(self, walk: Walk, operation: Operation, field: str, parameter: str) -> None:
        """Make records that differ in the field, then ask for each value and compare."""
        made = self._make(walk)
        values: list[Json] = []
        for creating in self._named("create"):
            for _, fact in self._references(creating):
                fields = self._referred(walk, fact, made.credential)
                other = self._make(walk, credential=made.credential, fields=fields)
                values += [other.known.fields.get(field)]
        values += [made.known.fields.get(field)]
        schema = next(one.schema for one in operation.parameters if one.name == parameter)
        declared = [one for one in self.drafts.values.instances(schema) if one is not None]
        for value in dict.fromkeys(one for one in [*values, *declared] if one is not None):
            self._list(walk, operation, made.credential, **{parameter: _plain(value)})

    def _searches(self, operation: Operation) -> Iterator[Scenario]:
        listing = operation.listing
        assert listing is not None
        settable = {
            field for creating in self._named("create") for field in self.drafts.fields(creating)
        }
        for field in listing.search_fields:
            if field in settable:
                yield self._scenario(
                    f"{operation.id} searches {field}",
                    operation.id,
                    [filter_law(listing.search or "")],
                    lambda walk, o=operation, f=field: self._search(walk, o, f),
                )

    def _search(self, walk: Walk, operation: Operation, field: str) -> None:
        """Search one field by whole word, prefix, other case, infix, and two words at once."""
        listing = operation.listing
        assert listing is not None
        assert listing.search is not None
        text = walk.fresh(f" Nimbus{walk.number}x Quark-zeta")
        made = self._make(walk, fields={field: text})
        self._make(walk, credential=made.credential)
        word = f"Nimbus{walk.number}x"
        unique = walk.text(Fresh(text.number))
        for asked in (
            word,
            word[:-2],
            word.upper(),
            word[1:],
            f"{word} quark",
            f"{word} nowhere",
            f"nowhere {word}",
            f"zeta {word}",
            unique,
        ):
            self._list(walk, operation, made.credential, **{listing.search: asked})


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
