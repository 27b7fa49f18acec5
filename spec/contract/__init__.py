"""The contract as values: what a document says once it has been read and understood.

Nothing here looks at the document again. `vocabulary.read` makes these values, and `judge`, `wire`,
`effects` and `lists` interpret them, for the mock and the suite alike.
"""

from spec.contract.knowledge import ABSENT, UNKNOWN, Absent, Record, Unknown, View
from spec.contract.operations import Body, Declared, Location, Operation, Parameter, Response
from spec.contract.resources import Action, Effect, Filter, Invariant, Listing, Resource, Setting
from spec.contract.rules import (
    Condition,
    Conditions,
    Exists,
    Fact,
    Problem,
    Reach,
    Repeated,
    Rule,
    Stage,
)
from spec.contract.whole import Contract, Scheme

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "Absent",
    "Action",
    "Body",
    "Condition",
    "Conditions",
    "Contract",
    "Declared",
    "Effect",
    "Exists",
    "Fact",
    "Filter",
    "Invariant",
    "Listing",
    "Location",
    "Operation",
    "Parameter",
    "Problem",
    "Reach",
    "Record",
    "Repeated",
    "Resource",
    "Response",
    "Rule",
    "Scheme",
    "Setting",
    "Stage",
    "Unknown",
    "View",
]
