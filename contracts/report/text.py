"""A run as a person reads it: the ledger, each finding with the way to see it again, the verdict.

Lines are never wrapped here: what is printed can be searched, and what is pasted works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from contracts.report import curl
from contracts.report.hidden import forms
from contracts.report.json import about
from contracts.run.findings import Finding
from contracts.run.ledger import Ledger, Row, State
from contracts.run.results import Report
from contracts.run.roots import Root, roots
from contracts.steps import Exchange, redacted
from spec import Contract

_MARKS = {
    State.PROVEN: ("✓", "green"),
    State.CONTRADICTED: ("✗", "bold red"),
    State.UNREACHED: ("\N{EN DASH}", "yellow"),
    State.WAIVED: ("~", "cyan"),
}
_ASCII = str.maketrans({"✓": "+", "✗": "x", "\N{EN DASH}": "-", "…": "...", "·": "-", "■": "#"})
_MEANINGS = {3: "target unreachable", 4: "inconclusive", 130: "interrupted"}
_LONGEST_SCRIPT = 6_000
_MOST_OTHERS = 3
_LONGEST_BODY = 160
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|[0-9a-f]{24}|[0-9]+")
"""What differs between two sentences that say the same of other values."""


def render(report: Report, folder: Path | None = None) -> str:
    """Return a run as plain text; `folder` is where the findings were saved."""
    return "".join(f"{line.plain}\n" for line in lines(report, folder))


def show(report: Report, stream: TextIO, folder: Path | None = None) -> None:
    """Print a run: coloured on a terminal unless NO_COLOR is set, plain elsewhere."""
    printed(lines(report, folder), stream)


def printed(found: Iterator[Text], stream: TextIO) -> None:
    """Print lines without breaking them; in ASCII where the stream can do no more."""
    console = Console(file=stream, highlight=False, soft_wrap=True, emoji=False, markup=False)
    for line in found:
        if not console.is_terminal:
            stream.write(_fitting(line.plain, stream) + "\n")
        else:
            console.print(line)
    stream.flush()


def _fitting(text: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return text


# -- the parts ------------------------------------------------------------------------------------


def lines(report: Report, folder: Path | None = None) -> Iterator[Text]:
    """Yield the lines of a whole report, without a secret in them."""
    secrets = forms(report.profile)
    yield from header(report)
    yield Text()
    yield from table(report.ledger, report.contract, secrets)
    yield Text()
    yield counts(report.ledger)
    told: set[str] = set()
    for root in roots(report):
        yield Text()
        yield from _root(root, report, folder)
        told.update(root.findings)
    for finding in report.findings:
        if finding.id not in told:
            yield Text()
            yield from found(finding, report, folder)
    yield Text()
    yield from verdict(report)


def _root(root: Root, report: Report, folder: Path | None) -> Iterator[Text]:
    """Yield what lies behind some findings, the first of them in full, and the others in short."""
    by_id = {one.id: one for one in report.findings}
    first, *others = (by_id[one] for one in root.findings)
    yield Text(f"■ {root.sentence}", "bold red")
    yield Text(f"  {len(root.findings)} findings say so, each with its own row of the document:")
    yield from found(first, report, folder)
    for one in others:
        yield from _in_short(one, report, folder)


def _in_short(finding: Finding, report: Report, folder: Path | None) -> Iterator[Text]:
    one, secrets = finding.contradiction, forms(report.profile)
    sentence = visible(redacted(one.sentence, secrets))
    yield Text.assemble((f"✗ {finding.id}", "bold red"), f" {sentence}")
    yield Text(visible(redacted(f"  document  {one.place}", secrets)))
    if folder is not None:
        yield Text(visible(f"  again     conformock replay {folder / f'{finding.id}.json'}"))


def title(contract: Contract) -> Text:
    """Return the file of the document, with what it calls itself."""
    info = about(contract)
    name = " ".join(str(one) for one in (info["title"], info["version"]) if one)
    return Text.assemble((f"{info['file']}", "bold"), f" ({name})" if name else "")


def header(report: Report) -> Iterator[Text]:
    """Yield what was tested, and how."""
    yield title(report.contract)
    yield Text(f"target {curl.shown_url(report.profile.url)}")
    yield Text(
        f"seed {report.options.seed} · {report.scenarios} walks · "
        f"{report.requests} requests · {report.seconds:.1f} s"
    )


def table(ledger: Ledger, contract: Contract, secrets: Mapping[str, str]) -> Iterator[Text]:
    """Yield the rows of the ledger, under their operations."""
    groups: dict[str, list[Row]] = {}
    for row in ledger:
        groups.setdefault(row.operation, []).append(row)
    width = max((len(_what(row)) for row in ledger), default=0)
    for number, (name, rows) in enumerate(groups.items()):
        operation = contract.operations[name]
        if number:
            yield Text()
        yield Text.assemble((name, "bold"), f"  {operation.method} {operation.path}")
        for row in rows:
            mark, style = _MARKS[row.state]
            note = ", ".join(row.findings) or _reason(row, secrets)
            line = Text.assemble("  ", (mark, style), f" {_what(row).ljust(width)}", f"  {note}")
            line.rstrip()
            yield line


def planned(ledger: Ledger, contract: Contract) -> Iterator[Text]:
    """Yield the rows that a run would try to prove."""
    for operation in dict.fromkeys(row.operation for row in ledger):
        found_at = contract.operations[operation]
        yield Text.assemble((operation, "bold"), f"  {found_at.method} {found_at.path}")
        rows = [row for row in ledger if row.operation == operation]
        width = max(len(_what(row)) for row in rows)
        for row in rows:
            waived = f"  waived: {row.reason}" if row.state is State.WAIVED else ""
            yield Text(f"  {_what(row).ljust(width)}  {row.place.file}:{row.place.line}{waived}")


def _what(row: Row) -> str:
    if row.kind == "law":
        return f"law  {row.id.partition(': ')[2]}"
    rest = row.id.removeprefix(f"{row.operation} ")
    return rest.replace(" ", "  ", 1)


def _reason(row: Row, secrets: Mapping[str, str]) -> str:
    if row.state is State.UNREACHED:
        return redacted(f"unreached: {row.reason}", secrets)
    return redacted(f"waived: {row.reason}", secrets) if row.state is State.WAIVED else ""


def counts(ledger: Ledger) -> Text:
    """Return how many rows are in each state, in one line."""
    line = Text(f"{sum(ledger.counts().values())} rows:")
    for state, number in ledger.counts().items():
        mark, style = _MARKS[state]
        line.append(f" {mark} {number} {state.value}", style if number else "dim")
    return line


def found(finding: Finding, report: Report, folder: Path | None) -> Iterator[Text]:
    """Yield a finding: what, where in the document, and how to see it again."""
    one = finding.contradiction
    secrets = forms(report.profile)

    def plain(text: str) -> Text:
        return Text(visible(redacted(text, secrets)))

    yield Text.assemble((f"✗ {finding.id}", "bold red"), " ", plain(one.sentence))
    yield plain(f"  document  {one.place}")
    yield plain(f"  expected  {one.expected}")
    yield plain(f"  got       {one.got}")
    yield from (plain(f"  {line}") for line in _elsewhere(finding))
    yield plain(f"  {_again(finding)}")
    yield from (plain(f"  {line}") for line in _both(finding))
    script = curl.script(finding, report.profile, report.contract)
    if len(script) <= _LONGEST_SCRIPT:
        yield from (Text(f"    {redacted(line, secrets)}") for line in script.splitlines())
    elif folder is not None:
        yield plain(f"    bash {folder / f'{finding.id}.sh'}")
    else:
        yield plain(f"    its {len(script)} characters of curl are in the JSON report")
    if folder is not None:
        yield plain(f"  again     conformock replay {folder / f'{finding.id}.json'}")


def _elsewhere(finding: Finding) -> Iterator[str]:
    others = sorted(finding.operations - {finding.contradiction.operation})
    if others:
        yield f"also on   {', '.join(others)}"
    variants = [one for one in finding.notes if one != finding.contradiction.sentence]
    # Those that differ in their values only are told once.
    apart = {_VALUE.sub("", one): one for one in reversed(variants)}
    apart.pop(_VALUE.sub("", finding.contradiction.sentence), None)
    shown = [one for one in variants if one in apart.values() and one.isprintable()]
    shown = shown[:_MOST_OTHERS]
    for one in shown:
        yield f"also      {one}"
    rest = len(variants) - len(shown)
    if rest:
        yield f"{'          and' if shown else 'also     '} {rest} other variant{'s' * (rest != 1)}"


def _again(finding: Finding) -> str:
    many = len(finding.steps)
    steps = f"{many} request{'s' if many != 1 else ''} from a fresh start"
    if finding.spent:
        return f"steps     {steps}; not sent again: it changed a record of the target's own"
    if finding.reproduced is None:
        return f"steps     {steps}; not sent again"
    if finding.reproduced:
        return f"steps     {steps}; reproduced"
    return f"steps     {steps}; FLAKY: the same requests did not show it again"


def _both(finding: Finding) -> Iterator[str]:
    """Yield what came the first time and the second, where they parted."""
    pairs = list(enumerate(zip(finding.exchanges, finding.again, strict=False), 1))
    parted = [one for one in pairs if one[1][0].answer.status != one[1][1].answer.status]
    for number, (first, second) in (parted or pairs[-1:])[:1]:
        yield f"first     request {number} was answered {_told(first)}"
        yield f"then      request {number} was answered {_told(second)}"


def _told(exchange: Exchange) -> str:
    body = exchange.answer.body[:_LONGEST_BODY].decode("utf-8", "backslashreplace")
    return f"{exchange.answer.status} {body}".rstrip()


def visible(text: str) -> str:
    """Return a text in which control characters cannot disturb a terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def verdict(report: Report) -> Iterator[Text]:
    """Yield what the run says of the target, and the exit code with its meaning."""
    tally = report.ledger.counts()
    rows = sum(tally.values())
    many = len(report.findings)
    if report.exit_code == 1:
        yield Text(
            f"The target contradicts the document: {many} finding{'s' * (many != 1)}.", "red"
        )
        yield Text("exit 1: contract violated")
        return
    if report.exit_code == 0:
        waived = f" {tally[State.WAIVED]} are waived." if tally[State.WAIVED] else ""
        yield Text(
            f"The target conforms: {tally[State.PROVEN]} of {rows} rows proven.{waived}", "green"
        )
        yield Text("exit 0: conforms")
        return
    found = f"{many} finding{'s' * (many != 1)}" if many else "Nothing contradicts the document"
    yield Text(f"{found}, but {tally[State.UNREACHED]} of {rows} rows were not reached.", "yellow")
    if report.lost:
        yield Text(visible(redacted(report.lost, forms(report.profile))))
    elif report.cut_short:
        yield Text("The run was cut short by its time limit.")
    yield Text(f"exit {report.exit_code}: {_MEANINGS[report.exit_code]}")
