"""What a sequence is about: an operation and its kind of record, and how to make and list those."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.reach.drafts import LIMITS, Drafts, Made
from contracts.reach.scenarios import Scenario, colleagues, look_through, made_by_one_of, read_back
from contracts.steps import Template
from contracts.walk import Walk
from spec import Contract, Json, Operation, Resource, pick
from spec.equality import same


@dataclass(frozen=True, slots=True)
class Subject:
    """An operation, and the kind of record that its effect is on."""

    drafts: Drafts
    resource: Resource
    operation: Operation

    @property
    def contract(self) -> Contract:
        """The contract of the operation."""
        return self.drafts.contract

    @property
    def kind(self) -> str:
        """The name of the kind."""
        return self.resource.kind

    def doing(self, action: str) -> tuple[Operation, ...]:
        """Return the operations with an effect of that action on the same kind."""
        return self.contract.doing(self.kind, action)

    def scenario(self, ending: str, run: Callable[[Walk], None], *laws: str) -> Scenario:
        """Return a scenario of the operation that may prove these laws; `ending` is of its id."""
        rows = tuple(f"{self.operation.id}: {law}" for law in laws)
        return Scenario(f"{self.operation.id}{ending}", rows, run)

    def plain_texts(self) -> list[str]:
        """Return the fields of the operation's requests that take any text."""
        found = []
        for name, schema in self.drafts.fields(self.operation).items():
            inner = self.drafts.values.schema(schema)
            if "string" in str(inner.get("type")) and not (LIMITS | {"maxLength"}) & inner.keys():
                found.append(name)
        return found

    def presumed(self, record: Mapping[str, Json]) -> dict[str, Json]:
        """Return values for the shown fields that no request may set, other than a record's own."""
        settable = self.drafts.fields(self.operation)
        _, schema = self.contract.document.follow(self.resource.schema or "")
        found: dict[str, Json] = {}
        for name, inner in schema.get("properties", {}).items():
            if name in settable or name == self.resource.key:
                continue
            samples = [one for one in self.drafts.values.instances(inner) if one is not None]
            others = (one for one in samples if not same(one, record.get(name)))
            found[name] = next(others, samples[0] if samples else "text")
        return found

    def make(
        self,
        walk: Walk,
        *,
        credential: str | None = None,
        whole: bool = False,
        fields: Mapping[str, Template] | None = None,
    ) -> Made:
        """Make a record of the kind, with the first credential that may unless one is given.

        Raises: Unreached: none may.
        """
        names = [credential] if credential else walk.callers
        return made_by_one_of(
            self.drafts, walk, self.kind, names, whole=whole, fields=dict(fields or {})
        )

    def read_back(self, walk: Walk, made: Made) -> None:
        """Read a record once more."""
        read_back(self.drafts, walk, made)

    def look_through(self, walk: Walk, credential: str | None) -> None:
        """Send a plain list call."""
        look_through(self.drafts, walk, self.kind, credential)

    def users(self, walk: Walk, made: Made) -> list[str]:
        """Return the credentials that may use a record, the one that made it first."""
        return [made.credential, *colleagues(walk, self.resource, made.credential)]


def listed(
    subject: Subject, walk: Walk, operation: Operation, credential: str, query: Mapping[str, str]
) -> list[str]:
    """Send a list call with these parameters and return the keys it shows, in their order."""
    draft = subject.drafts.draft(walk, operation)
    draft.credential, draft.query = credential, {**draft.query, **query}
    body = draft.send().body
    rows = pick(body, operation.listing.items if operation.listing else "", [])
    return [subject.resource.key_of(row) for row in rows if isinstance(row, dict)]
