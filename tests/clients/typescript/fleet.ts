/** Call every operation of Fleet; the argument is the base URL. */
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { expect } from "./expect.js";
import type { components, paths } from "./schema.js";

type Device = components["schemas"]["Device"];

const baseUrl = expect(process.argv[2]);
const keyed = (key: string) =>
  createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const writer = keyed("flt_sk_writer");

const created = await writer.POST("/devices", {
  body: {
    devices: [
      {
        name: "Laptop of Omar",
        type: "MacBook Pro 14",
        category: "LAPTOP",
        user_id: 12,
        serial_number: "CLIENT-1",
        keyboard_layout: "FRENCH_AZERTY",
        connection_type: "USB-C",
      },
      { name: "Desk", type: "Sit-stand desk", category: "FURNITURE" },
    ],
  },
});
assert.equal(created.response.status, 201);
const devices: Device[] = expect(created.data).data.devices;
const made = expect(devices[0]);
const other = expect(devices[1]);
const layout: components["schemas"]["KeyboardLayout"] | null = made.characteristics.keyboard_layout;
assert.equal(layout, "FRENCH_AZERTY");
assert.deepEqual(made.characteristics.connection_type, ["USB-C"]);
assert.equal(made.client_status, "IN_SERVICE");
assert.equal(made.mdm, null);

const listed = await writer.GET("/devices", {
  params: { query: { limit: 1, search: "laptop client-1", client_status: "IN_SERVICE" } },
});
const page = expect(listed.data);
assert.deepEqual(page.data, [made]);
assert.deepEqual(page.meta, { total: 1, limit: 1, offset: 0 });

const onMade = { params: { path: { device_id: String(made.id) } } };
const patched = await writer.PATCH("/devices/{device_id}", {
  ...onMade,
  body: { comment: "Second floor", user_id: null },
});
assert.equal(expect(patched.data).data.comment, "Second floor");
assert.equal(expect(patched.data).data.client_status, "AVAILABLE");

const read = await writer.GET("/devices/{device_id}", onMade);
assert.deepEqual(read.data, patched.data);

const onOther = { params: { path: { device_id: String(other.id) } } };
const deleted = await writer.DELETE("/devices/{device_id}", onOther);
assert.deepEqual(expect(deleted.data).data, other);
const lost = await writer.GET("/devices/{device_id}", onOther);
assert.equal(lost.response.status, 404);
const reason: string = expect(lost.error).error;
assert.equal(reason, "DEVICE_NOT_FOUND");

const repeated = await writer.POST("/devices", {
  body: {
    devices: [{ name: "Twin", type: "Phone 1", category: "PHONE", serial_number: "CLIENT-1" }],
  },
});
assert.deepEqual(repeated.error, { error: "INVALID_SERIAL_NUMBER" });
const forbidden = await keyed("flt_sk_reader").DELETE("/devices/{device_id}", onMade);
assert.deepEqual(forbidden.error, { error: "INSUFFICIENT_SCOPE" });
const unknown = await keyed("flt_sk_nobody").GET("/devices");
assert.equal(unknown.response.status, 401);

/** Never called: what the types must refuse. */
export function refused(): unknown[] {
  return [
    // @ts-expect-error: a limit is a number
    writer.GET("/devices", { params: { query: { limit: "1" } } }),
    // @ts-expect-error: a row needs a type and a category
    writer.POST("/devices", { body: { devices: [{ name: "Desk" }] } }),
    // @ts-expect-error: only PATCH clears a comment
    writer.POST("/devices", { body: { devices: [{ ...made, comment: null }] } }),
    // @ts-expect-error: there is no such layout
    writer.PATCH("/devices/{device_id}", { ...onMade, body: { keyboard_layout: "DVORAK" } }),
    // @ts-expect-error: no path without a device
    writer.GET("/devices/{device_id}", {}),
    // @ts-expect-error: no such path
    writer.GET("/device"),
  ];
}
