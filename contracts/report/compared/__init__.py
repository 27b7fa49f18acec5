"""Reports of a comparison: for people, for programs, for CI systems, and a folder with scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from contracts import report as reporting
from contracts.compare import Comparison
from contracts.report.compared import json, junit, text
from contracts.report.compared.sides import sides

__all__ = ["FORMATS", "save", "write"]

FORMATS: Mapping[str, Callable[[Comparison], str]] = {
    "json": json.render,
    "junit": junit.render,
    "text": text.render,
}
_STALE = re.compile(r"D-[0-9a-f]{8}\.[AB]\.sh")


def write(found: Comparison, spec: str) -> None:
    """Write a report as `FORMAT:PATH` says, with the folders on the way.

    Raises: ConfigurationError: no such format, or a path where no file can be written.
    """
    reporting.write_with(FORMATS, found, spec)


def save(found: Comparison, folder: Path) -> None:
    """Fill a folder with a comparison: results.json, junit.xml, report.txt, and the scripts.

    Scripts of an earlier comparison are removed.

    Raises: ConfigurationError: the folder cannot be made or written.
    """
    where, scripts = f"--out {folder}", folder / "divergences"
    for old in scripts.iterdir() if scripts.is_dir() else ():
        if _STALE.fullmatch(old.name):
            old.unlink(missing_ok=True)
    reporting.put(where, folder / "results.json", json.render(found))
    reporting.put(where, folder / "junit.xml", junit.render(found))
    reporting.put(where, folder / "report.txt", text.render(found, scripts))
    for one in found.divergences:
        for side in sides(found, one):
            head = f"#!/usr/bin/env bash\n# {text.told(one)}\n"
            content = side.hidden(f"{head}{side.script}")
            reporting.put(where, scripts / f"{one.id}.{side.name}.sh", content)
