"""The contract as values: what a document says once it has been read and understood.

Nothing here looks at the document again. `vocabulary.read` makes these values, and `judge`, `wire`,
`effects` and `lists` interpret them, for the mock and the suite alike.
"""

from spec.contract.jobs import Change, Job, Outcome
from spec.contract.knowledge import (
    ABSENT,
    UNKNOWN,
    Absent,
    Credential,
    Owner,
    Record,
    Unknown,
    View,
)
from spec.contract.lists import OPERATORS, Envelope, Filter, Listing, Operator
from spec.contract.operations import Body, Declared, Location, Operation, Parameter, Response
from spec.contract.parts import Part
from spec.contract.resources import (
    Action,
    Effect,
    Generated,
    Invariant,
    Maker,
    Resource,
    Setting,
    Tenant,
    Tree,
)
from spec.contract.rules import (
    Condition,
    Conditions,
    Equal,
    Exists,
    Fact,
    Found,
    Mistyped,
    Problem,
    Reach,
    Repeated,
    Rule,
    Stage,
)
from spec.contract.templates import From, Template
from spec.contract.whole import Contract, Policy, Reading, Scheme, Unroutable

__all__ = [
    "ABSENT",
    "OPERATORS",
    "UNKNOWN",
    "Absent",
    "Action",
    "Body",
    "Change",
    "Condition",
    "Conditions",
    "Contract",
    "Credential",
    "Declared",
    "Effect",
    "Envelope",
    "Equal",
    "Exists",
    "Fact",
    "Filter",
    "Found",
    "From",
    "Generated",
    "Invariant",
    "Job",
    "Listing",
    "Location",
    "Maker",
    "Mistyped",
    "Operation",
    "Operator",
    "Outcome",
    "Owner",
    "Parameter",
    "Part",
    "Policy",
    "Problem",
    "Reach",
    "Reading",
    "Record",
    "Repeated",
    "Resource",
    "Response",
    "Rule",
    "Scheme",
    "Setting",
    "Stage",
    "Template",
    "Tenant",
    "Tree",
    "Unknown",
    "Unroutable",
    "View",
]
