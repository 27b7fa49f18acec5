"""Two implementations side by side: the same sequences, and the ways in which they differ.

Keys and moments are read by their role, each side's answers are judged by an oracle of its own, and
every difference is shrunk to the shortest sequence that shows it. Only the command and the reports
import from here.
"""

from contracts.compare.attempts import Attempt, Sought, again
from contracts.compare.comparison import Comparison, Unstable, compare
from contracts.compare.divergences import Divergence, Verdict
from contracts.compare.furnishing import Furniture, as_furnished, furniture
from contracts.compare.grounds import Grounds, grounds
from contracts.oracle.contradictions import Contradiction

__all__ = [
    "Attempt",
    "Comparison",
    "Contradiction",
    "Divergence",
    "Furniture",
    "Grounds",
    "Sought",
    "Unstable",
    "Verdict",
    "again",
    "as_furnished",
    "compare",
    "furniture",
    "grounds",
]
