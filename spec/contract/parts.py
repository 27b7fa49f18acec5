"""Parts: entries kept inside a record, one for each definition, such as a device's attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from spec.document import Json


@dataclass(frozen=True, slots=True)
class Part:
    """Entries of a record, by name; every definition of a kind has one, set or not.

    The record's field `name` maps an entry's folded name to its state. `definitions` is the kind
    whose records say which entries there are: `named` is their field (and that of the items of a
    request) with the entry's name, `typed` the one that names the type of its values. `types` maps
    a type's name to the schema of its values, the first that fits names a new definition's type;
    `fits` are the compiled forms.
    An answer shows an entry as an object with the definition and the state in two members; the
    value stands under `value` in the state and in the items of a request.
    `stamps` maps fields of a state to `created` or `changed`, `form` is how such times are written.
    """

    name: str
    definitions: str
    named: str
    typed: str
    types: Mapping[str, Json] = field(hash=False)
    fits: Mapping[str, Callable[[Json], bool]] = field(compare=False, repr=False)
    initial: Mapping[str, Json] = field(hash=False)
    shows_definition: str = "definition"
    shows_state: str = "state"
    value: str = "value"
    stamps: Mapping[str, str] = field(default_factory=dict, hash=False)
    form: str = "millis-Z"

    def type_of(self, value: Json) -> str | None:
        """Return the type that a new definition gets for a value, None when none fits."""
        return next((name for name, fits in self.fits.items() if fits(value)), None)

    def folded(self, name: Json) -> str:
        """Return an entry's name in the form in which names are compared."""
        return str(name).casefold()
