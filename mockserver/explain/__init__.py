"""Why a request was answered as it was, and what would have helped.

Worked out when somebody asks: the request's way only keeps the judgement that it had made anyway.
"""

from mockserver.explain.account import account
from mockserver.explain.edits import Edit, edited
from mockserver.explain.ideas import Ideas
from mockserver.explain.remedy import Remedy, Trial, remedy

__all__ = ["Edit", "Ideas", "Remedy", "Trial", "account", "edited", "remedy"]
