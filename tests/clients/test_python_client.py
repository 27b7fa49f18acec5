"""A typed client in Python, made by openapi-python-client from each shipped document."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from mockserver.testing import Running
from spec import read
from spec.document import shipped

HERE = Path(__file__).parent


def test_a_generated_python_client_understands_the_answers_of_every_operation(
    document: str,
    mock: Running,
    asked: Callable[[], set[str]],
    python: Callable[..., str],
    tmp_path: Path,
) -> None:
    generate = ["-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    options = ["--config", HERE / "openapi-python-client.yaml", "--output-path", "generated"]
    python(tmp_path, *generate, *options, "--path", shipped()[document])

    for name in (f"{document}.py", "expected.py"):
        shutil.copy(HERE / "python" / name, tmp_path)
    python(tmp_path, f"{document}.py", mock.url)

    assert asked() == set(read(document).operations)
