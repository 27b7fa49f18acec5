"""Reports of a comparison: for people, for programs, for CI systems, and a folder of divergences.

Each divergence is saved as a file that `replay` reads, and as a script for either side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from contracts import report as reporting
from contracts.compare import Comparison
from contracts.report.compared import json, junit, saved, text
from contracts.report.compared.saved import Origin
from contracts.report.compared.sides import sides
from contracts.report.json import dumped

__all__ = ["FORMATS", "Origin", "save", "write"]

FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "json": json.render,
    "junit": junit.render,
    "text": text.render,
}
_STALE = re.compile(r"D-[0-9a-f]{8}\.(json|[AB]\.sh)")


def write(found: Comparison, spec: str) -> None:
    """Write a report as `FORMAT:PATH` says, with the folders on the way.

    Raises: ConfigurationError: no such format, or a path where no file can be written.
    """
    reporting.write_with(FORMATS, found, spec)


def save(found: Comparison, folder: Path, origin: Origin) -> None:
    """Fill a folder with a comparison: results.json, junit.xml, report.txt, and the divergences.

    Divergences of an earlier comparison are removed.

    Raises: ConfigurationError: the folder cannot be made or written.
    """
    where, inner = f"--out {folder}", folder / "divergences"
    for old in inner.iterdir() if inner.is_dir() else ():
        if _STALE.fullmatch(old.name):
            old.unlink(missing_ok=True)
    reporting.put(where, folder / "results.json", json.render(found))
    reporting.put(where, folder / "junit.xml", junit.render(found))
    reporting.put(where, folder / "report.txt", text.render(found, inner))
    for one in found.divergences:
        content = dumped(saved.divergence_file(found, one, origin))
        reporting.put(where, inner / f"{one.id}.json", content)
        for side in sides(found, one):
            head = f"#!/usr/bin/env bash\n# {text.told(one)}\n"
            script = side.hidden(f"{head}{side.script}")
            reporting.put(where, inner / f"{one.id}.{side.name}.sh", script)
