"""The suite's commands: `test`, `compare`, `replay`, `power` and `demo`.

The mock is reached by name alone, as any other implementation would be: nothing of it is imported.
"""

from contracts.cli.comparing import compare
from contracts.cli.demo import demo
from contracts.cli.powering import power
from contracts.cli.replaying import replay
from contracts.cli.testing import test

__all__ = ["compare", "demo", "power", "replay", "test"]
