"""The laws of state: what must hold between several answers, whatever the document's subject.

A law is judged on every answer that could break it, from whatever phase it comes. It counts as
proven only where it could have failed: an empty list proves no filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.oracle import jobs
from contracts.oracle.knowledge import Knowledge, Known, Touch
from spec import Contract, Effect, Json, Operation, Resource
from spec.effects import differences, field_pointer
from spec.equality import same

READ_YOUR_WRITES = "read-your-writes"
UNTOUCHED = "untouched-fields-stay"
REFUSED = "refused-changes-nothing"
PURE = "reading-changes-nothing"
GONE = "gone-after-delete"
KEYS = "keys-are-never-reused"
TENANTS = "tenants-are-separate"
BATCH = "batch-is-all-or-nothing"
ORDERED = "batch-keeps-its-order"
ADDRESSED = "the-addressed-record-answers"
COMPLETE = "list-is-what-exists"
PAGES = "pages-concatenate"
ORDER = "list-order"
COUNTERS = "list-counters"
FORM = "list-form"
INVARIANT = "never-shown"
MOVES = "changed-time-moves"
ENTRIES = "untouched-entries-stay"
DEFINED = "every-definition-is-listed"
CREDENTIAL = "needs-a-credential"
FOUND = "what-is-there-is-found"
MISSING = "what-never-was-is-not-found"
LOCATION = "location-leads-to-it"
AGAIN = "the-same-again-changes-nothing"
_FILTER = "list-filter-"
_SORT = "list-sort-"
_DUE: Mapping[str, str] = {
    READ_YOUR_WRITES: "what was accepted, shown as it was sent",
    UNTOUCHED: "no other value in a field that the request did not name",
    REFUSED: "nothing changed by a refused call",
    PURE: "nothing changed by reading",
    GONE: "nothing of a deleted record",
    KEYS: "a key that no record had before",
    TENANTS: "nothing of somebody else's records",
    BATCH: "nothing stored of a refused batch",
    ORDERED: "the records in the order in which they were sent",
    ADDRESSED: "the record that was asked for",
    COMPLETE: "every record that there is, and no other",
    PAGES: "pages that together show each record once, none longer than asked",
    ORDER: "the documented order",
    COUNTERS: "counters that tell what was asked for and what there is",
    FORM: "the form that was asked for",
    MOVES: "a later time of change",
    ENTRIES: "no other value in an entry that the request did not name",
    DEFINED: "each definition once",
    jobs.WITHIN: "counters within the total",
    jobs.GROWING: "counters that never decrease",
    jobs.EXACT: "work that is complete when nothing is left, and only then",
    jobs.CONSTANT: "the entry of a member as it was told before",
    jobs.MEMBERS: "entries for the members, one each",
    jobs.OUTCOMES: "an outcome that the document has for such a member",
    jobs.EFFECTS: "the members changed as the call asks",
    jobs.FRAME: "nothing changed that the call was not about",
    jobs.IN_ORDER: "calls carried out in the order of their acceptance",
    jobs.FINISHES: "work that comes to its end",
}
"""What an answer owes to each law, for who does not know the names of the laws."""


def due(law: str) -> str:
    """Return what an answer must be by a law, as the end of a sentence."""
    if law.startswith(_FILTER):
        return "only records that match what was asked for"
    if law.startswith(_SORT):
        return "the order that was asked for"
    return _DUE.get(law, f"what the law {law} says")


@dataclass(frozen=True, slots=True)
class Breach:
    """A law that an answer broke: where (an operation id), and the sentence for a reader.

    `about` is the field that a filter or an order of a list is about.
    """

    law: str
    operation: str
    sentence: str
    detail: str = ""
    expected: str = ""
    got: str = ""
    reader: str = ""
    """The operation that showed the record last, before it was seen to have changed."""
    shower: str = ""
    """The operation that shows it changed."""
    about: str = ""

    @property
    def cause(self) -> tuple[str, str, str]:
        """What identifies the defect: see `findings.Contradiction`.

        What an update has set and what a list finds by it are two sides of one defect, and only
        together do several findings tell on which side it is.
        """
        if self.law in {jobs.WITHIN, jobs.EXACT}:
            return "job progress", self.operation, ""
        if self.law in {GONE, TENANTS}:
            return f"law {self.law}", self.law, ""
        if self.law == READ_YOUR_WRITES:
            return "effect", self.operation, self.detail
        if self.law.startswith(_FILTER):
            return "effect", f"{self.operation} {self.about or self.law}", self.detail
        if self.law.startswith(_SORT) and self.about:
            return "law list-sort", self.about, self.detail
        if self.law in {PURE, jobs.FRAME}:
            # A record that changes by being read is seen by whoever reads it next.
            return "law unchanged", self.operation, self.reader
        if self.law == REFUSED and self.shower:
            # Who shows it wrongly is suspect as well as who was refused.
            return "law unchanged", self.operation, self.shower
        return f"law {self.law}", self.operation, self.detail


@dataclass(frozen=True, slots=True)
class Law:
    """A row of the ledger for a law; `operation` is where a reader looks for it."""

    name: str
    operation: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.name}"


def filter_law(parameter: str) -> str:
    """Return the name of the law for a filter or search parameter."""
    return f"{_FILTER}{parameter}"


def sort_law(parameter: str) -> str:
    """Return the name of the law for the parameter that chooses the order of a list."""
    return f"{_SORT}{parameter}"


def laws_of(contract: Contract) -> Iterator[Law]:
    """Yield the laws that a contract's effects promise."""
    for operation in contract.operations.values():
        if "credential" in operation.unsaid:
            yield Law(CREDENTIAL, operation.id)
        effect = operation.effect
        if effect is None:
            continue
        resource = contract.resources[effect.kind]
        for name in _implied(contract, operation, effect, resource):
            yield Law(name, operation.id)
        deletable = bool(contract.doing(effect.kind, "delete"))
        for name in _promised(operation, effect, resource, deletable=deletable):
            if name != REFUSED or effect.action != "create" or _shows_new(contract, resource):
                yield Law(name, operation.id)


def _shows_new(contract: Contract, resource: Resource) -> bool:
    """Tell whether an answer would show a record that a refused call has made all the same."""
    return bool(resource.unique or contract.doing(resource.kind, "list"))


def _implied(
    contract: Contract, operation: Operation, effect: Effect, resource: Resource
) -> Iterator[str]:
    """Yield what holds of an operation though no problem of the vocabulary says so."""
    if effect.action == "read" and "record" in operation.unsaid:
        if contract.doing(effect.kind, "create"):
            yield FOUND
        yield MISSING
    if effect.action == "create" and not effect.many:
        response = operation.response(effect.status)
        told = response is not None and any(one.lower() == "location" for one in response.headers)
        if told and contract.doing(effect.kind, "read"):
            yield LOCATION
    if effect.action == "replace" and resource.open:
        yield AGAIN


def _promised(
    operation: Operation, effect: Effect, resource: Resource, *, deletable: bool
) -> Iterator[str]:
    if effect.action == "create":
        yield READ_YOUR_WRITES
        if effect.many:
            yield ORDERED
        yield BATCH if effect.many else REFUSED
        if deletable and resource.made == "sequence":
            yield KEYS
    if effect.action in {"update", "replace"}:
        yield from (READ_YOUR_WRITES, UNTOUCHED, REFUSED)
        if resource.changing:
            yield MOVES
    if effect.action == "delete" and (operation.secured or operation.rules):
        yield REFUSED
    if effect.action == "act":
        yield from (*jobs.LAWS, REFUSED, MOVES)
    if effect.action == "upsert":
        yield from (READ_YOUR_WRITES, ENTRIES, UNTOUCHED, REFUSED, DEFINED)
    if effect.action == "entries":
        yield from (PURE, DEFINED)
    if effect.action in {"read", "list"}:
        yield PURE
    if effect.action != "create" and deletable:
        yield GONE
    if resource.tenant and effect.action != "create":
        yield TENANTS
    if operation.listing:
        yield COMPLETE
        if operation.listing.order:
            yield ORDER
        if operation.listing.limit:
            yield PAGES
        envelope = operation.listing.envelope
        if operation.listing.counters or (envelope and envelope.counters):
            yield COUNTERS
        if envelope:
            yield FORM
        if operation.listing.sort:
            yield sort_law(operation.listing.sort)
        yield from (filter_law(one.parameter) for one in operation.listing.filters)
        if operation.listing.search:
            yield filter_law(operation.listing.search)


# -- one record shown again -----------------------------------------------------------------------


def compared(
    knowledge: Knowledge, resource: Resource, known: Known, shown: Mapping[str, Json], reader: str
) -> Breach | None:
    """Return the law that a shown record breaks against what is known of it.

    A record that others may change is not held to what we knew: only ours are, unless the world
    is ours alone.
    """
    if not known.made_here and knowledge.profile.isolation == "none":
        return None
    wrong = differences(resource, known.fields, shown)
    if not wrong:
        return None
    pointer, want, got = wrong[0]
    law, operation = _responsible(known.since, pointer, reader)
    name = pointer.removeprefix("/")
    if law == jobs.EFFECTS and name in known.swapped and same(known.swapped[name], got):
        law = jobs.IN_ORDER
    spot = pointer.removeprefix("/").replace("/", ".")
    return Breach(
        law,
        operation,
        f"{reader} shows {spot} = {got!r} where {want!r} must stand"
        + {
            READ_YOUR_WRITES: f": what {operation} accepted is not what is read afterwards.",
            UNTOUCHED: f": {operation} changed a field that the request did not name.",
            REFUSED: f": {operation} was refused and changed the record all the same.",
            PURE: ": nothing was written in between.",
            jobs.EFFECTS: f": what {operation} was to do is not what is read afterwards.",
            jobs.FRAME: f": {operation} changed what it was not about.",
            jobs.IN_ORDER: f": two calls of {operation} did not apply in their order.",
        }[law],
        pointer if law in {READ_YOUR_WRITES, UNTOUCHED, jobs.EFFECTS, jobs.FRAME} else "",
        expected=f"{spot} = {want!r}",
        got=f"{spot} = {got!r}",
        reader=known.reader,
        shower=reader,
    )


def _responsible(since: Sequence[Touch], pointer: str, reader: str) -> tuple[str, str]:
    setting = [one for one in since if one.accepted and pointer in one.fields]
    working = [one for one in since if one.work]
    if working and since[-1].work:
        return _of_work(working, pointer), working[-1].operation
    refused = [one for one in since if not one.accepted]
    others = [one for one in since if one.accepted]
    if setting and not any(pointer in one.fields for one in refused):
        return READ_YOUR_WRITES, setting[-1].operation
    if refused and (not others or any(pointer in one.fields for one in refused)):
        return REFUSED, refused[-1].operation
    if others:
        return UNTOUCHED, others[-1].operation
    return PURE, reader


def _of_work(working: Sequence[Touch], pointer: str) -> str:
    """Return the law on jobs that a field with another value than expected breaks."""
    return jobs.EFFECTS if any(pointer in one.fields for one in working) else jobs.FRAME


def set_by(resource: Resource, effect: Effect, item: Mapping[str, Json]) -> frozenset[str]:
    """Return the pointers of the record's fields that a request sets, declared ones too."""
    named = {field_pointer(resource, name) for name in item}
    if effect.action == "replace":
        kept = {resource.key, *resource.generated, *effect.keeps, *resource.parts}
        kept.update(resource.tenant.fields if resource.tenant else ())
        named |= {one for one in resource.steady if one.removeprefix("/") not in kept}
        named -= {f"/{name}" for name in kept}
    derived = {f"/{name}" for setting in effect.sets for name in setting.values}
    if effect.action in {"update", "replace"}:
        derived |= {f"/{name}" for name in resource.changing}
    return frozenset(named | derived)
