"""Reports of a run: for people, for programs, for CI systems, and findings that can be replayed.

`check` refuses a report that could not be written before anything is sent.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from contracts.profile import Profile
from contracts.report import curl, json, junit, text
from contracts.report.hidden import forms, hidden
from contracts.run.findings import Finding, as_json
from contracts.run.results import Report
from spec import ConfigurationError, Contract, Json, listed, nearest

__all__ = [
    "check",
    "check_folder",
    "finding_file",
    "put",
    "save",
    "save_findings",
    "told",
    "write",
    "write_with",
]

T = TypeVar("T")

_RENDERERS: Mapping[str, Callable[[Report], str]] = {
    "json": json.render,
    "junit": junit.render,
    "text": text.render,
}
_STALE = re.compile(r"F-[0-9a-f]{8}\.(json|sh)")


def check(spec: str, formats: Collection[str] = _RENDERERS.keys()) -> tuple[str, Path]:
    """Return format and path of `FORMAT:PATH`; the path `-` is the standard output.

    Raises: ConfigurationError: no such format, or a path where no file can be written.
    """
    name, colon, rest = spec.partition(":")
    if name not in formats or not colon or not rest:
        close = nearest(name, formats)
        raise ConfigurationError(
            f"--report {spec}",
            f"unknown format {name!r}" if name not in formats else "there is no path",
            f"FORMAT:PATH with a format of {listed(sorted(formats))}",
            f"Did you mean {close!r}?" if close and close != name else "",
        )
    path = Path(rest)
    if rest != "-":
        _check_writable(f"--report {spec}", path)
    return name, path


def _check_writable(where: str, path: Path) -> None:
    """Try to write, and leave no trace of it but the folders on the way."""
    new = not path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
        if new:
            path.unlink()
    except OSError as error:
        raise _unwritable(where, path, error) from None


def _unwritable(where: str, path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        where, f"{str(path)!r} cannot be written ({error.strerror})", "a path that can be"
    )


def write(report: Report, spec: str) -> None:
    """Write a report as `FORMAT:PATH` says, with the folders on the way.

    Raises: ConfigurationError: see `check`.
    """
    write_with(_RENDERERS, report, spec)


def write_with(renderers: Mapping[str, Callable[[T], str]], report: T, spec: str) -> None:
    """Write whatever a run was with the renderer of its format.

    Raises: ConfigurationError: see `check`.
    """
    name, path = check(spec, renderers.keys())
    content = renderers[name](report)
    if str(path) == "-":
        sys.stdout.write(content)
        return
    put(f"--report {spec}", path, content)


def check_folder(folder: Path) -> None:
    """Make a folder for `save`.

    Raises: ConfigurationError: it cannot be made or written.
    """
    _check_writable(f"--out {folder}", folder / "results.json")


def save(
    report: Report,
    folder: Path,
    document: str,
    *,
    mock: bool = False,
    overlays: Sequence[str] = (),
) -> None:
    """Fill a folder with a run: results.json, junit.xml, report.txt, and the findings.

    Raises: ConfigurationError: the folder cannot be made or written.
    """
    saved = folder / "findings"
    where = f"--out {folder}"
    put(where, folder / "results.json", json.render(report))
    put(where, folder / "junit.xml", junit.render(report))
    put(where, folder / "report.txt", text.render(report, saved))
    save_findings(report, saved, document, mock=mock, overlays=overlays)


def save_findings(
    report: Report,
    folder: Path,
    document: str | None = None,
    *,
    mock: bool = False,
    overlays: Sequence[str] = (),
) -> list[Path]:
    """Write each finding as a file that `replay` reads and as a script; return the former.

    `document` and `overlays` are what the user called them. Findings of an earlier run are removed.

    Raises: ConfigurationError: the folder cannot be made or written.
    """
    for old in folder.iterdir() if folder.is_dir() else ():
        if _STALE.fullmatch(old.name):
            old.unlink(missing_ok=True)
    paths = []
    for finding in report.findings:
        name = document or report.contract.name
        content = finding_file(finding, report.profile, name, mock=mock, overlays=overlays)
        paths.append(folder / f"{finding.id}.json")
        put(f"--out {folder}", paths[-1], json.dumped(content))
        script = _script(finding, report.profile, report.contract)
        put(f"--out {folder}", folder / f"{finding.id}.sh", script)
    return paths


def finding_file(
    finding: Finding,
    profile: Profile,
    document: str,
    *,
    mock: bool,
    overlays: Sequence[str] = (),
) -> Json:
    """Return a finding with all that is needed to send it again, but no secret."""
    secrets = forms(profile)
    return hidden(
        {
            "schemaVersion": json.SCHEMA_VERSION,
            "document": document,
            "overlays": [*overlays],
            **told(profile, mock=mock),
            "finding": as_json(finding, secrets),
        },
        secrets,
    )


def told(profile: Profile, *, mock: bool) -> dict[str, Json]:
    """Return what must be known of a target to send something to it again, but for its secrets."""
    return {
        "target": {
            "url": curl.shown_url(profile.url),
            "mock": mock,
            "isolation": profile.isolation,
            "reset": profile.reset,
            "session_header": profile.session_header,
        },
        "credentials": {
            name: {"variable": one.variable, "scheme": one.scheme, "facts": dict(one.facts)}
            for name, one in profile.credentials.items()
        },
        "parameters": dict(profile.parameters),
        "known": {kind: [dict(row) for row in rows] for kind, rows in profile.known.items()},
        "provoke": {name: dict(how) for name, how in profile.provoke.items()},
    }


def _script(finding: Finding, profile: Profile, contract: Contract) -> str:
    sentence = text.visible(finding.contradiction.sentence)
    lines = f"#!/usr/bin/env bash\n# {sentence}\n{curl.script(finding, profile, contract)}"
    return str(hidden(lines, forms(profile)))


def put(where: str, path: Path, content: str) -> None:
    """Write a file, with the folders on the way.

    Raises: ConfigurationError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise _unwritable(where, path, error) from None
