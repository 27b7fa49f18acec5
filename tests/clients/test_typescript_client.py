"""A typed client in TypeScript: openapi-fetch, with the types that openapi-typescript makes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from mockserver.testing import Running
from spec import read

HERE = Path(__file__).parent
# Otherwise a field with a default would have to be sent.
OPTIONAL = "--default-non-nullable=false"
GENERATE = ["node_modules/openapi-typescript/bin/cli.js", OPTIONAL, "--output", "schema.ts"]
COMPILE = ["node_modules/typescript/bin/tsc", "--project", "tsconfig.json"]


def test_calls_of_every_operation_compile_against_the_generated_types_and_run(
    document: str,
    mock: Running,
    asked: Callable[[], set[str]],
    node: Callable[..., str],
    tmp_path: Path,
) -> None:
    node(tmp_path, *GENERATE, f"{mock.url}/openapi.json")

    for name in (f"{document}.ts", "expect.ts", "tsconfig.json"):
        shutil.copy(HERE / "typescript" / name, tmp_path)
    node(tmp_path, *COMPILE)
    node(tmp_path, f"out/{document}.js", mock.url)

    assert asked() == set(read(document).operations)
