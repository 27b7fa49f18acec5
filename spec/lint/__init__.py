"""What could be better about a document, and what can be proved about its rules.

A document that cannot be read at all is a `DocumentError`, raised by `vocabulary.read`; here are
the slips that a document can have and still be read. Each remark has a severity: an *error* makes
the document contradict itself, a *warning* makes it mean something its author can hardly want, a
*note* is what a reader should know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from spec.contract import Contract
from spec.document import Document, Place, load
from spec.exceptions import DocumentError
from spec.lint import examples, links, problems, proofs, schemas, structure, unused
from spec.lint.report import Outcome, Proof, Remark, Report, Severity
from spec.overlay import applied
from spec.vocabulary import read

__all__ = ["Outcome", "Proof", "Remark", "Report", "Severity", "examine", "lint"]

_CHECKS: tuple[Callable[[Contract], Iterator[Remark]], ...] = (
    structure.validity,
    structure.unnamed,
    structure.insecure,
    structure.provenance,
    schemas.house_rules,
    examples.misfits,
    examples.missing,
    links.astray,
    problems.differences,
    unused.words,
    proofs.doubtful,
    proofs.overlaps,
)


def lint(source: str | Path | Document | Contract) -> list[Remark]:
    """Return the remarks on a document, in the order of its lines."""
    return list(examine(source).remarks)


def examine(
    source: str | Path | Document | Contract, *, overlays: Iterable[str | Path] = ()
) -> Report:
    """Return the remarks on a document, `overlays` laid over it, and the proofs about its rules.

    What its author has not said is not inferred, and not examined.

    Raises: DocumentError: there is no such file, or it is not YAML, or an overlay is wrong.
    """
    document = source.document if isinstance(source, Contract) else _document(source)
    document = applied(document, overlays)
    try:
        contract = source if isinstance(source, Contract) else read(document, infer=False)
    except DocumentError as error:
        return Report((_unreadable(document, error),))
    proved = tuple(proofs.prove(contract))
    found = [remark for check in _CHECKS for remark in check(contract)]
    found.extend(proofs.failures(proved))
    return Report(tuple(_sorted(found)), proved, len(contract.operations))


def _document(source: str | Path | Document) -> Document:
    return source if isinstance(source, Document) else load(source)


def _unreadable(document: Document, error: DocumentError) -> Remark:
    place = error.where if isinstance(error.where, Place) else document.place("")
    expected = f"Expected {error.expected}. " if error.expected else ""
    return Remark("error", "readable", place, error.found, (expected + error.advice).strip())


def _sorted(remarks: list[Remark]) -> list[Remark]:
    unique = dict.fromkeys(remarks)
    return sorted(unique, key=lambda one: (one.place.line, one.rule, one.sentence))
