"""A comparison as a person reads it: the divergences, what was left out, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rich.text import Text

from contracts.compare import Comparison, Contradiction, Divergence, Unstable, Verdict
from contracts.report.compared.sides import Side, secrets, sides
from contracts.report.curl import shown_url
from contracts.report.text import printed, title, visible
from contracts.steps import redacted

_LONGEST_SCRIPT = 3_000
_MOST_REASONS = 5
_MOST_OTHERS = 3
_WHO: dict[Verdict, str] = {
    "A": "A contradicts the document",
    "B": "B contradicts the document",
    "both": "both contradict the document",
    "neither": "both are admitted, yet differ",
}
_MEANINGS = {3: "a target is unreachable", 4: "inconclusive", 130: "interrupted"}


def render(found: Comparison, folder: Path | None = None) -> str:
    """Return a comparison as plain text; `folder` is where the scripts were saved."""
    return "".join(f"{line.plain}\n" for line in lines(found, folder))


def show(found: Comparison, stream: TextIO, folder: Path | None = None) -> None:
    """Print a comparison: coloured on a terminal unless NO_COLOR is set, plain elsewhere."""
    printed(lines(found, folder), stream)


def lines(found: Comparison, folder: Path | None = None) -> Iterator[Text]:
    """Yield the lines of a whole report, without a secret in them."""
    yield from _header(found)
    for one in found.divergences:
        yield Text()
        yield from _divergence(found, one, folder)
    for unstable in found.unstable:
        yield Text()
        yield from _unstable(found, unstable)
    left_out = list(_left_out(found))
    yield from ([Text()] if left_out else [])
    yield from left_out
    yield Text()
    yield from _verdict(found)


def _header(found: Comparison) -> Iterator[Text]:
    yield title(found.contract)
    yield Text(f"A  {shown_url(found.grounds.left.url)}")
    mock = "  (our mock, in this process)" if found.mock else ""
    yield Text(f"B  {shown_url(found.grounds.right.url)}{mock}")
    yield Text(
        f"seed {found.options.seed} · {found.scenarios} walks · {found.compared} answers compared"
        f" · {found.requests} requests · {found.seconds:.1f} s"
    )


# -- divergences ----------------------------------------------------------------------------------


def told(one: Divergence) -> str:
    """Return a divergence as one sentence: who is wrong, and in what."""
    if one.verdict == "both":
        wrong = [f"{side} {found.sentence}" for side, found in _contradictions(one)]
        return visible(f"{_WHO['both']}: {' '.join(wrong)}")
    return visible(f"{_WHO[one.verdict]}: {one.contradiction.sentence}")


def _contradictions(one: Divergence) -> Iterator[tuple[str, Contradiction]]:
    return ((side, found) for side, found in zip("AB", one.against, strict=True) if found)


def _divergence(found: Comparison, one: Divergence, folder: Path | None) -> Iterator[Text]:
    both = list(sides(found, one))
    hidden = both[0].hidden
    yield Text.assemble((f"✗ {one.id}", "bold red"), f" {hidden(told(one))}")
    if one.difference is not None and one.verdict != "neither":
        yield Text(f"  differ    {hidden(visible(one.difference.sentence))}")
    yield Text(f"  document  {one.contradiction.place}")
    for side in both:
        yield Text(f"  {side.name} said    {visible(side.said)}")
    yield from (Text(f"  {hidden(visible(line))}") for line in _elsewhere(one))
    yield Text(f"  {_again(one)}")
    for side in both:
        yield from _script(side, folder)
    if folder is not None:
        yield Text(f"  again     conformock replay {folder / f'{one.id}.json'}")


def _elsewhere(one: Divergence) -> Iterator[str]:
    others = sorted(one.operations - {one.contradiction.operation})
    if others:
        yield f"also on   {', '.join(others)}"
    variants = [note for note in one.notes if note != one.contradiction.sentence]
    for note in variants[:_MOST_OTHERS]:
        yield f"also      {note}"
    if len(variants) > _MOST_OTHERS:
        yield f"          and {len(variants) - _MOST_OTHERS} other variants"


def _again(one: Divergence) -> str:
    many = len(one.steps)
    steps = f"steps     {many} request{'s' * (many != 1)} from a fresh start"
    if one.spent:
        return f"{steps}; not sent again: it changed a record of the target's own"
    if one.reproduced is None:
        return f"{steps}; not sent again"
    if one.reproduced:
        return f"{steps}; reproduced"
    return f"{steps}; FLAKY: the same requests did not show it again"


def _script(side: Side, folder: Path | None) -> Iterator[Text]:
    script = side.script
    yield Text(f"  {side.name}:")
    if len(script) <= _LONGEST_SCRIPT:
        yield from (Text(f"    {line}") for line in script.splitlines())
    elif folder is not None:
        yield Text(f"    bash {folder / f'{side.divergence.id}.{side.name}.sh'}")
    else:
        yield Text(f"    its {len(script)} characters of curl are in the JSON report")


# -- what is no divergence ------------------------------------------------------------------------


def _unstable(found: Comparison, unstable: Unstable) -> Iterator[Text]:
    one, hidden = unstable.divergence, secrets(found)
    where = f"unstable on {' and '.join(unstable.sides)}" if unstable.sides else "came but once"
    yield Text.assemble(
        (f"~ {one.id}", "yellow"),
        f" {where}: {visible(redacted(one.contradiction.sentence, hidden))}",
    )
    why = "the same requests, sent twice to one side, differ in this as well"
    yield Text(f"  no divergence: {why if unstable.sides else 'it did not come again'}")


def _left_out(found: Comparison) -> Iterator[Text]:
    for note in found.grounds.notes:
        yield Text(visible(f"left out: {note}"))
    if found.skipped:
        yield Text(
            f"{sum(found.skipped.values())} walks could not be set up or taken to their end:"
        )
        for reason, number in found.skipped.most_common(_MOST_REASONS):
            text = redacted(f"  {number}: {reason}", secrets(found))
            yield Text(visible(text))
        more = len(found.skipped) - _MOST_REASONS
        yield from ([Text(f"  and for {more} other reasons")] if more > 0 else [])
    if found.alike:
        yield Text(
            f"{found.alike} walks ended where both contradict the document in the same way:"
            " `conformock test` tells how."
        )


def _verdict(found: Comparison) -> Iterator[Text]:
    many = len(found.divergences)
    if many:
        counts = dict.fromkeys(_WHO, 0)
        for one in found.divergences:
            counts[one.verdict] += 1
        parts = [f"{_WHO[who]} in {number}" for who, number in counts.items() if number]
        yield Text(f"{many} divergence{'s' * (many != 1)}: {'; '.join(parts)}.", "red")
    elif found.exit_code == 0:
        yield Text(f"No divergence in {found.compared} answers.", "green")
    elif not found.compared:
        yield Text("Nothing could be compared.", "yellow")
    else:
        yield Text(f"No divergence in {found.compared} answers so far.", "yellow")
    if found.lost:
        yield Text(visible(redacted(found.lost, secrets(found))))
    elif found.cut_short:
        yield Text("The comparison was cut short by its time limit.")
    codes = {0: "no divergence", 1: "divergences", **_MEANINGS}
    yield Text(f"exit {found.exit_code}: {codes[found.exit_code]}")
