"""The document as a whole: is it OpenAPI, are operations named, is each part's source told."""

from __future__ import annotations

from collections.abc import Iterator

from spec.contract import Contract
from spec.document import Document, escape
from spec.exceptions import nearest
from spec.lint.report import Remark
from spec.places import mapping
from spec.vocabulary import PREFIX


def validity(contract: Contract) -> Iterator[Remark]:
    """Yield what the validator of OpenAPI documents finds."""
    # Slow to import, and nobody else needs it.
    from openapi_spec_validator.shortcuts import get_validator_cls

    document = contract.document
    for error in get_validator_cls(document.data)(document.data).iter_errors():
        place = document.place("".join(f"/{escape(str(one))}" for one in error.absolute_path))
        sentence = _shortened(error.message)
        yield Remark("error", "openapi", place, f"not valid OpenAPI: {sentence}")


def _shortened(text: str, most: int = 200) -> str:
    line = text.splitlines()[0] if text else text
    return line if len(line) <= most else f"{line[:most]}…"


def unnamed(contract: Contract) -> Iterator[Remark]:
    """Yield the operations without an operationId."""
    for operation in contract.operations.values():
        if "operationId" not in contract.document.get(operation.pointer):
            yield Remark(
                "warning",
                "operation-id",
                operation.place,
                f"{operation.method} {operation.path} has no operationId",
                "Give it a verb and a noun, such as listDevices.",
            )


def insecure(contract: Contract) -> Iterator[Remark]:
    """Yield the security requirements that name a scheme which is not there."""
    document = contract.document
    known = mapping(document.get("/components/securitySchemes"))
    for pointer in ("", *(one.pointer for one in contract.operations.values())):
        for number, requirement in enumerate(document.get(f"{pointer}/security") or ()):
            for name in requirement.keys() - known.keys():
                place = document.place(f"{pointer}/security/{number}/{escape(name)}")
                close = nearest(name, known)
                advice = f"Did you mean {close!r}?" if close else "It is taken for none."
                yield Remark("error", "security", place, f"no security scheme {name!r}", advice)


def provenance(contract: Contract) -> Iterator[Remark]:
    """Yield the operations and schemas whose source is told nowhere, if that of others is."""
    document = contract.document
    if not any(pointer.endswith(f"/{PREFIX}provenance") for pointer in document.marks):
        return
    spots = [one.pointer for one in contract.operations.values()]
    spots += [f"/components/schemas/{escape(n)}" for n in document.get("/components/schemas") or {}]
    for pointer in spots:
        if not _stated_around(document, pointer):
            sentence = f"nothing says where {pointer.rpartition('/')[2]!r} comes from"
            advice = f"Add {PREFIX}provenance: seed, source or decided."
            yield Remark("note", "provenance", document.place(pointer), sentence, advice)


def _stated_around(document: Document, pointer: str) -> bool:
    while True:
        if f"{pointer}/{PREFIX}provenance" in document.marks:
            return True
        if not pointer:
            return False
        pointer = pointer.rpartition("/")[0]
