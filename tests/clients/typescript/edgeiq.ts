/** Call every operation of EdgeIQ; the argument is the base URL. */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import { expect } from "./expect.js";
import type { components, paths } from "./schema.js";

type Action = components["schemas"]["FleetAction"];
type BulkResponse = components["schemas"]["BulkResponse"];
type Device = components["schemas"]["Device"];

const baseUrl = expect(process.argv[2]);
const allowed = (Authorization: string) =>
  createClient<paths>({
    baseUrl,
    headers: { Authorization },
    querySerializer: { array: { style: "form", explode: false } },
  });
const admin = allowed("tok_admin");
const on = (device_id: string) => ({ params: { path: { device_id } } });

const listed = await admin.GET("/devices", {
  params: { query: { page_meta: true, per_page: 2, order_by: "-created_at" } },
});
const page = expect(listed.data);
assert.ok(!Array.isArray(page));
assert.equal(page.resources.length, 2);
const { device_type_id } = expect(page.resources[0]);

const body = { name: "Client", unique_id: "client:1", device_type_id, tags: ["a", "b"] };
const created = await admin.POST("/devices", { body });
const made: Device = expect(created.data);
assert.deepEqual(made.tags, ["a", "b"]);
assert.equal(made.heartbeat_period, null);
const found = await admin.GET("/devices", {
  params: { query: { unique_id_in: ["client:1", "client:2"], tags_inc: "a" } },
});
assert.deepEqual(found.data, [made]);

const replaced = await admin.PUT("/devices/{device_id}", {
  ...on(made._id),
  body: { name: "Client", unique_id: "client:1", device_type_id, heartbeat_period: 60 },
});
assert.deepEqual(expect(replaced.data).tags, []);
const read = await admin.GET("/devices/{device_id}", on(made._id));
assert.deepEqual(read.data, replaced.data);

const fleets = expect((await admin.GET("/fleets")).data);
assert.ok(Array.isArray(fleets));
const fleet = expect(fleets.find((one) => one.device_ids.length > 0));
const onFleet = { params: { path: { fleet_id: fleet._id } } };
assert.deepEqual((await admin.GET("/fleets/{fleet_id}", onFleet)).data, fleet);

/** Give the fleet an action and return what became of it on every device. */
async function done(action: Action): Promise<BulkResponse> {
  const taken = await admin.POST("/fleets/{fleet_id}/actions", { ...onFleet, body: action });
  assert.equal(taken.response.status, 202);
  const { bulk_response_id } = expect(taken.data);
  for (let attempt = 0; attempt < 100; attempt++) {
    const asked = await admin.GET("/bulk_responses/{bulk_response_id}", {
      params: { path: { bulk_response_id } },
    });
    const response = expect(asked.data);
    if (response.status === "complete") return response;
    await setTimeout(50);
  }
  throw new Error("After five seconds the action is not complete.");
}

const tagged = await done({ action: "add_tags", tags: ["from-client"] });
assert.equal(tagged.total, fleet.device_ids.length);
assert.equal(tagged.success_count + tagged.fail_count, tagged.total);
const reached = tagged.bulk_response_statuses.find((entry) => entry.status === "success");
const first = on(expect(reached).device_id);
assert.ok(expect((await admin.GET("/devices/{device_id}", first)).data).tags.includes("from-client"));
const slowed = await done({ action: "update_heartbeat", heartbeat_period: 7200 });
assert.equal(slowed.type, "update_heartbeat");
const rebooted = await done({ action: "issue_command", gateway_command: "reboot" });
assert.equal(rebooted.status, "complete");

const responses = expect(
  (await admin.GET("/bulk_responses", { params: { query: { type_in: ["add_tags"] } } })).data,
);
assert.ok(Array.isArray(responses));
assert.ok(responses.some((response) => response._id === tagged._id));

const same = await admin.POST("/devices", { body });
assert.equal(same.response.status, 400);
const message: string | undefined = expect(same.error).messages?.[0];
assert.match(expect(message), /A Device with unique id/);
const forbidden = await allowed("tok_viewer").DELETE("/devices/{device_id}", on(made._id));
assert.equal(forbidden.response.status, 403);
const unknown = await allowed("tok_nobody").GET("/fleets");
assert.equal(unknown.response.status, 401);

const deleted = await admin.DELETE("/devices/{device_id}", on(made._id));
assert.equal(deleted.response.status, 204);
const lost = await admin.GET("/devices/{device_id}", on(made._id));
assert.equal(lost.response.status, 404);

/** Never called: what the types must refuse. */
export function refused(): unknown[] {
  return [
    // @ts-expect-error: there is no such action
    admin.POST("/fleets/{fleet_id}/actions", { ...onFleet, body: { action: "explode" } }),
    // @ts-expect-error: this action needs tags
    admin.POST("/fleets/{fleet_id}/actions", { ...onFleet, body: { action: "add_tags" } }),
    // @ts-expect-error: a device needs a unique id and a type
    admin.POST("/devices", { body: { name: "Client" } }),
    // @ts-expect-error: PUT takes the whole device
    admin.PUT("/devices/{device_id}", { ...on(made._id), body: { name: "Client" } }),
    // @ts-expect-error: nothing is ordered by tags
    admin.GET("/devices", { params: { query: { order_by: "tags" } } }),
  ];
}
