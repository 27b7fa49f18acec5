"""Documents, and the only interpreter of their vocabulary.

Everybody else imports from here: the mock asks `judge` with all knowledge, the suite with some.
"""

from spec import effects, entries, lists, regions, times, work
from spec.answers import content, forbidden, records, violations
from spec.contract import (
    ABSENT,
    UNKNOWN,
    Absent,
    Contract,
    Credential,
    Effect,
    Exists,
    Filter,
    Found,
    Job,
    Listing,
    Operation,
    Owner,
    Parameter,
    Part,
    Problem,
    Record,
    Repeated,
    Resource,
    Rule,
    Tenant,
    Unknown,
    View,
)
from spec.document import Document, Json, Place, load, pick
from spec.exceptions import (
    ConfigurationError,
    ConformockError,
    DocumentError,
    TargetUnreachable,
    listed,
    nearest,
)
from spec.judge import SUCCESS, Judgement, Verdict, judge
from spec.router import Unrouted
from spec.rules import Context
from spec.schemas import Violation
from spec.vocabulary import read
from spec.wire import Call, RawAnswer, RawRequest, carried, decode, encode

__all__ = [
    "ABSENT",
    "SUCCESS",
    "UNKNOWN",
    "Absent",
    "Call",
    "ConfigurationError",
    "ConformockError",
    "Context",
    "Contract",
    "Credential",
    "Document",
    "DocumentError",
    "Effect",
    "Exists",
    "Filter",
    "Found",
    "Job",
    "Json",
    "Judgement",
    "Listing",
    "Operation",
    "Owner",
    "Parameter",
    "Part",
    "Place",
    "Problem",
    "RawAnswer",
    "RawRequest",
    "Record",
    "Repeated",
    "Resource",
    "Rule",
    "TargetUnreachable",
    "Tenant",
    "Unknown",
    "Unrouted",
    "Verdict",
    "View",
    "Violation",
    "carried",
    "content",
    "decode",
    "effects",
    "encode",
    "entries",
    "forbidden",
    "judge",
    "listed",
    "lists",
    "load",
    "nearest",
    "pick",
    "read",
    "records",
    "regions",
    "times",
    "violations",
    "work",
]
