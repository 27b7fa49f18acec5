"""A stateful mock server that keeps the promises of OpenAPI documents.

`create_app` is all that others need; `mockserver.testing` runs it for tests, `mockserver.cli` for
people. Nothing is imported before it is asked for: pytest loads `mockserver.pytest_plugin` in every
run, also where no test wants a mock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.app import Mock
    from mockserver.factory import create_app

__all__ = ["Mock", "create_app"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mockserver import app, factory

    return app.Mock if name == "Mock" else factory.create_app
