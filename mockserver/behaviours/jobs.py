"""Set work going on many records, and say at once where its progress can be read."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.behaviours.replies import (
    Begun,
    Behaviour,
    Reply,
    effect_of,
    owner_for,
    placed,
)
from mockserver.jobs import begun
from mockserver.store import Store
from spec import Context, Contract, Json, Resource, Unknown
from spec.effects import blank
from spec.rules import filled
from spec.work import members


def act(contract: Contract, context: Context, store: Store) -> Reply:
    """Store the record that tells of the work; the world does the work later."""
    effect, _ = effect_of(contract, context)
    job = effect.job
    assert job is not None, "the document describes the job of every act"
    keys = members(job, context)
    assert not isinstance(keys, Unknown), "who knows everything can tell"
    resource = contract.resources[job.kind]
    initial = filled(dict(job.initial), context)
    assert isinstance(initial, dict), "who knows everything can tell"
    record = {**_blank(resource, context), **initial, **begun(job, len(keys))}
    made = store.add(job.kind, record)
    body = placed(job.handle, made[resource.key], {})
    return Reply(effect.status, body, begun=Begun(resource.key_of(made), keys))


def _blank(resource: Resource, context: Context) -> dict[str, Json]:
    """Return a record of the caller's in which nothing is set that the server makes."""
    made = {*resource.generated, resource.key}
    record = {name: value for name, value in blank(resource).items() if name not in made}
    owner = owner_for(resource.kind, context)
    if resource.tenant is not None and isinstance(owner, tuple):
        record.update(zip(resource.tenant.fields, owner, strict=True))
    return record


BY_ACTION: Mapping[str, Behaviour] = {"act": act}
