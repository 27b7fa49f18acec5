"""A stateful mock server that keeps the promises of OpenAPI documents.

`create_app` is all that others need; `mockserver.testing` runs it for tests, `mockserver.cli` for
people.
"""

from mockserver.app import Mock, create_app

__all__ = ["Mock", "create_app"]
