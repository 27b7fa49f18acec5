"""Which calls meet a rule and no earlier one: sets of calls as JSON Schemas, and their remainders.

The algebra behind it is young: where it cannot tell, the answer here is None or a schema to
generate from and filter with `Region.contains`, never a guess.

A *document* here is the synthetic one that conditions speak of: `{request, principal, resource,
facts}`, and for a rule with `each` also `item`, the one row that is looked at. In a document
without `item`, a fact about rows holds of all rows alike: such a world can be chosen, so what is
shown to be reachable is.
"""

from spec.regions.calls import base, path_schema
from spec.regions.conditions import condition
from spec.regions.examples import example
from spec.regions.inlining import standalone
from spec.regions.remainders import Region, meeting, region, success
from spec.regions.sets import covers, enumerated, outside, satisfiable, values

__all__ = [
    "Region",
    "base",
    "condition",
    "covers",
    "enumerated",
    "example",
    "meeting",
    "outside",
    "path_schema",
    "region",
    "satisfiable",
    "standalone",
    "success",
    "values",
]
