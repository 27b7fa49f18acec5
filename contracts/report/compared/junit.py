"""A comparison as JUnit XML, for CI systems: one test case per operation, under a stable name."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from contracts.compare import Comparison, Divergence
from contracts.report.compared.sides import sides
from contracts.report.compared.text import told
from contracts.report.junit import clean, shortened

_LONGEST = 8_000


def render(found: Comparison) -> str:
    """Return a comparison as XML: an operation fails for each divergence that shows on it first."""
    cases = [_case(found, name) for name in found.contract.operations if found.options.wants(name)]
    for one in found.divergences:
        names = [case.get("name") for case in cases]
        if one.contradiction.operation not in names:
            cases.append(_case(found, one.contradiction.operation))
            names.append(one.contradiction.operation)
        _fail(cases[names.index(one.contradiction.operation)], found, one)
    numbers = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": "0",
        "time": f"{found.seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": "conformock", **numbers})
    name = f"conformock.compare.{found.contract.name}"
    ET.SubElement(root, "testsuite", {"name": name, **numbers}).extend(cases)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(found: Comparison, operation: str) -> ET.Element:
    name = f"{found.contract.name}.compare"
    return ET.Element("testcase", {"classname": name, "name": clean(operation), "time": "0"})


def _fail(case: ET.Element, found: Comparison, one: Divergence) -> None:
    both = list(sides(found, one))
    text = [f"document: {one.contradiction.place}"]
    text += [f"{side.name} said: {shortened(side.said, 500)}" for side in both]
    text += [f"\n{side.name}:\n{shortened(side.script, _LONGEST)}" for side in both]
    message = shortened(both[0].hidden(f"{one.id}: {told(one)}"), 500)
    failure = ET.SubElement(
        case, "failure", {"type": f"divergence {one.verdict}", "message": clean(message)}
    )
    failure.text = clean("\n".join(text))
