/** Call every operation of Memfault; the argument is the base URL. */
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { expect } from "./expect.js";
import type { components, paths } from "./schema.js";

type Device = components["schemas"]["Device"];
type Attribute = components["schemas"]["DeviceAttribute"];

const devices = "/organizations/{organization_slug}/projects/{project_slug}/devices";
const one = `${devices}/{device_serial}` as const;
const attributes = `${one}/attributes` as const;

const baseUrl = expect(process.argv[2]);
const allowed = (Authorization: string) =>
  createClient<paths>({ baseUrl, headers: { Authorization } });
const manager = allowed("Bearer oat_manager");
const project = { organization_slug: "acme", project_slug: "smart-sink" };
const inProject = { params: { path: project } };
const ours = { params: { path: { ...project, device_serial: "CLIENT-1" } } };
const sink = {
  device_serial: "CLIENT-1",
  owner_ref: "clients",
  hardware_version: "dvt-1.2",
  cohort: "beta",
};

const created = await manager.POST(devices, { ...inProject, body: sink });
const made: Device = expect(created.data).data;
assert.equal(made.cohort.slug, "beta");
assert.equal(made.last_seen, null);

const listed = await manager.GET(devices, {
  params: { path: project, query: { owner_ref: ["clients", "nobody"], per_page: 1 } },
});
assert.deepEqual(expect(listed.data).data, [made]);
assert.equal(expect(listed.data).paging.total_count, 1);
const seen = await manager.GET(devices, {
  params: {
    path: project,
    query: { last_seen_since: "2000-01-01T00:00:00.000000+00:00", sort: "-last_seen" },
  },
});
const moments = expect(seen.data).data.map((device) => Date.parse(device.last_seen ?? ""));
assert.ok(moments.length > 0);
assert.deepEqual(moments, [...moments].sort((a, b) => b - a));

const patched = await manager.PATCH(one, { ...ours, body: { owner_ref: "" } });
assert.equal(expect(patched.data).data.owner_ref, "");
const read = await manager.GET(one, ours);
assert.deepEqual(read.data, patched.data);

const updated = await manager.PATCH(attributes, {
  ...ours,
  body: [
    { string_key: "clients.seen", value: true },
    { string_key: "Battery_Level", value: 64 },
  ],
});
const all: Attribute[] = expect(updated.data).data;
const state = (key: string) =>
  expect(all.find((attribute) => attribute.custom_metric.string_key === key)).state;
assert.equal(state("clients.seen")?.value, true);
assert.equal(state("battery_level")?.value, 64);
const again = await manager.GET(attributes, ours);
assert.deepEqual(again.data, updated.data);

const conflict = await manager.POST(devices, { ...inProject, body: sink });
assert.equal(conflict.response.status, 409);
const kind:
  | "ConflictError"
  | "ForbiddenError"
  | "InvalidUsageError"
  | "NotFoundError"
  | "UnauthorizedError" = expect(conflict.error).error.type;
assert.equal(kind, "ConflictError");
const forbidden = await allowed("Bearer oat_reader").DELETE(one, ours);
assert.equal(expect(forbidden.error).error.code, 1002);
const unknown = await allowed("Bearer oat_nobody").GET(devices, inProject);
assert.equal(unknown.response.status, 401);

const user = allowed(`Basic ${btoa("user@acme.test:key_manager")}`);
const deleted = await user.DELETE(one, ours);
assert.equal(deleted.response.status, 204);
const lost = await manager.GET(one, ours);
assert.equal(expect(lost.error).error.code, 1003);

/** Never called: what the types must refuse. */
export function refused(): unknown[] {
  return [
    // @ts-expect-error: there is no such order
    manager.GET(devices, { params: { path: project, query: { sort: "-deployed_date" } } }),
    // @ts-expect-error: a device needs a serial
    manager.POST(devices, { ...inProject, body: { owner_ref: "", hardware_version: "evt" } }),
    // @ts-expect-error: no value is an object
    manager.PATCH(attributes, { ...ours, body: [{ string_key: "k", value: {} }] }),
    // @ts-expect-error: no path without a project
    manager.GET(devices, { params: { path: { organization_slug: "acme" } } }),
  ];
}
