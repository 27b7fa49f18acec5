"""Constructed proof: calls whose right answer is known before they are sent.

`scenarios` probes the rules: calls that break one, and calls that only just keep it (see `rules`).
`stages.scenarios` probes what every operation has: authentication, shape, and the order of its
stages. The judge confirms each call on what is known: it goes out only when one answer alone is
admitted. The runner imports these two.
"""

from contracts.probes.rules import scenarios

__all__ = ["scenarios"]
