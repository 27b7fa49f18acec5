"""Searches that find too much or too little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from mockserver.mutants.listings import asking, keeping, listing_of, place_in_list
from mockserver.mutants.mutant import Draft, in_operations
from spec import Contract, Operation, Record
from spec.lists import Query, found, matches


@in_operations("list", "search-fields", most=4)
def narrow(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Search in one field only, or in all but one."""
    known = listing_of(operation)
    if known is None or known[1].search is None:
        return
    names = known[1].search_fields
    place = place_in_list(contract, operation, "search", "fields")
    for name in names if len(names) > 1 else ():
        others = tuple(one for one in names if one != name)
        edit = asking(operation, partial(_searching, others))
        yield Draft(operation.id, f"{operation.id} does not search in `{name}`", place, edit)
    if len(names) > 1:
        edit = asking(operation, partial(_searching, names[:1]))
        yield Draft(operation.id, f"{operation.id} searches in `{names[0]}` only", place, edit)


def _searching(names: tuple[str, ...], asked: Query) -> Query:
    return replace(asked, search_fields=names)


@in_operations("list", "search-words", most=6)
def misread(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Search otherwise than for beginnings of words, all of which must be there."""
    known = listing_of(operation)
    if known is not None and known[1].search is not None:
        for says, finds in _SEARCHES.items():
            edit = keeping(operation, partial(_found_by, finds))
            place = place_in_list(contract, operation, "search")
            yield Draft(operation.id, f"{operation.id} {says}", place, edit)
        edit = asking(operation, lambda asked: replace(asked, words=()))
        place = place_in_list(contract, operation, "search")
        yield Draft(operation.id, f"{operation.id} ignores `{known[1].search}`", place, edit)


Finding: TypeAlias = Callable[[tuple[str, ...], list[str]], bool]
_SEARCHES: Mapping[str, Finding] = {
    "finds words anywhere in a text": lambda words, texts: all(
        any(word in text.casefold() for text in texts) for word in words
    ),
    "finds only whole words": lambda words, texts: all(
        any(_whole(word, text) for text in texts) for word in words
    ),
    "finds only beginnings of a text": lambda words, texts: all(
        any(text.casefold().startswith(word) for text in texts) for word in words
    ),
    "finds what has any of the words": lambda words, texts: any(
        found(word, text) for word in words for text in texts
    ),
    "wants all words in one field": lambda words, texts: any(
        all(found(word, text) for word in words) for text in texts
    ),
    "minds the case of what it searches in": lambda words, texts: all(
        any(word in text and found(word, text) for text in texts) for word in words
    ),
}


def _whole(word: str, text: str) -> bool:
    folded = "".join(one if one.isalnum() else " " for one in text.casefold())
    return word in {text.casefold(), *folded.split(), *text.casefold().split()}


def _found_by(finds: Finding, asked: Query, record: Record) -> bool:
    if matches(replace(asked, words=()), record, complete=True) is not True:
        return False
    texts = [str(record[name]) for name in asked.search_fields if record.get(name) is not None]
    return not asked.words or finds(asked.words, texts)
