"""A run as JUnit XML, for CI systems: one test case per row of the ledger, under a stable name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from contracts.report import curl
from contracts.report.hidden import forms
from contracts.run.findings import Finding
from contracts.run.ledger import Row, State
from contracts.run.results import Report
from contracts.steps import redacted

_LONGEST = 8_000
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Return a run as XML: proven rows pass, contradicted ones fail, all others are skipped."""
    cases = [*_rows(report), *_homeless(report)]
    numbers = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": f"{report.seconds:.3f}",
    }
    name = f"conformock.{report.contract.name}"
    root = ET.Element("testsuites", {"name": "conformock", **numbers})
    suite = ET.SubElement(root, "testsuite", {"name": name, **numbers})
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(report):
        ET.SubElement(properties, "property", {"name": key, "value": clean(value)})
    suite.extend(cases)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    yield "document", report.contract.document.file
    yield "target", curl.shown_url(report.profile.url)
    yield "seed", str(report.options.seed)
    yield "requests", str(report.requests)


def _rows(report: Report) -> Iterator[ET.Element]:
    by_id = {finding.id: finding for finding in report.findings}
    for row in report.ledger:
        case = _case(report, row.operation, row.id)
        if row.state is State.CONTRADICTED:
            for one in row.findings:
                if one in by_id:
                    _fail(case, report, by_id[one])
        elif row.state is not State.PROVEN:
            ET.SubElement(case, "skipped", {"message": _skipped(report, row)})
        yield case


def _homeless(report: Report) -> Iterator[ET.Element]:
    """Yield cases for findings whose row is not part of this run's ledger."""
    housed = {one for row in report.ledger for one in row.findings}
    for finding in report.findings:
        if finding.id not in housed:
            one = finding.contradiction
            case = _case(report, one.operation, one.row)
            _fail(case, report, finding)
            yield case


def _case(report: Report, operation: str, name: str) -> ET.Element:
    return ET.Element(
        "testcase",
        {"classname": f"{report.contract.name}.{operation}", "name": clean(name), "time": "0"},
    )


def _skipped(report: Report, row: Row) -> str:
    return clean(redacted(f"{row.state.value}: {row.reason}", forms(report.profile)))


def _fail(case: ET.Element, report: Report, finding: Finding) -> None:
    one = finding.contradiction
    secrets = forms(report.profile)
    flaky = "" if finding.reproduced is not False else " (flaky: it did not come back)"
    message = redacted(f"{finding.id}: {one.sentence}{flaky}", secrets)
    text = (
        f"document: {one.place}\n"
        f"expected: {shortened(one.expected, 500)}\n"
        f"got: {shortened(one.got, 500)}\n\n"
        f"{shortened(curl.script(finding, report.profile, report.contract), _LONGEST)}"
    )
    failure = ET.SubElement(
        case, "failure", {"type": one.cause[0], "message": clean(shortened(message, 500))}
    )
    failure.text = clean(redacted(text, secrets))


def shortened(text: str, most: int) -> str:
    """Return a text of so many characters at most, with the number of those left out."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} characters more)"


def clean(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _UNFIT.sub("\ufffd", text)
