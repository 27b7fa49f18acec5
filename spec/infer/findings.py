"""What was inferred from a document, and why; plain values on their way into an overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spec.contract.resources import Maker
from spec.document import Json


@dataclass(frozen=True, slots=True)
class Pair:
    """A collection and the items in it: `/pets` and `/pets/{petId}`.

    `parameter` names an item; `around` are the other parameters of its path. `collection` is None
    where the document has only the item's path.
    """

    collection: str | None
    item: str
    parameter: str
    around: tuple[str, ...]
    noun: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a record stands in a body, and where it is described; with `many` in a list."""

    spot: str
    schema: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """The field of a record that its path names, and why we think so."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record, told by a pair of paths."""

    name: str
    pair: Pair
    schema: str
    key: Key
    made: Maker
    tenant: Mapping[str, str]
    stated: tuple[str, ...]

    def word(self) -> Json:
        """Return the kind as x-contract-resources has it."""
        return {
            "schema": f"#{self.schema}",
            "key": {"field": self.key.field, "made": self.made},
            **({"tenant": dict(self.tenant)} if self.tenant else {}),
            "stated": [*self.stated],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out about one operation: its words without the prefix, or why there are none.

    `advice` is what somebody who knows more may want to add.
    """

    operation: str
    path: str
    method: str
    why: str
    words: Mapping[str, Json] = field(default_factory=dict)
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Inference:
    """All that was inferred from one document."""

    file: str
    title: str
    kinds: tuple[Kind, ...]
    found: tuple[Found, ...]
    remarks: tuple[str, ...] = ()
    """Sentences about paths of items of which no kind could be made."""
