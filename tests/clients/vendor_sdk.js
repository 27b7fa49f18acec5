/**
 * Lead EdgeIQ's own SDK through its devices and print what each of its promises came to, as JSON.
 * The arguments are the base URL and the id of a fleet that has devices.
 */
import sdk from "@edgeiq/edgeiq-api-js";

const { BulkResponses, Devices, EdgeIQAPI } = sdk;
const [url, fleet] = process.argv.slice(2);
const told = {};

/** Note under `name` what the promise gives or, under `refused`, what it is rejected with. */
async function note(name, promise) {
  told[name] = await promise.catch((refused) => ({ refused }));
  return told[name];
}

EdgeIQAPI.init({ url });
EdgeIQAPI.setSessionToken("tok_admin");

const { devices } = await note("listed", Devices.list());
const { device_type_id, company_id } = devices[0];
const wanted = { name: "By SDK", unique_id: "sdk:1", device_type_id, company_id, tags: ["a", "b"] };
const made = await note("created", Devices.create(wanted));
await note("read", Devices.getOneById(made._id));
await note("found", Devices.getOneByUniqueId("sdk:1"));
await note("filtered", Devices.list(
  { unique_id: { operator: "in", value: ["sdk:1", "sdk:2"] }, name: { operator: "like", value: "by sdk" } },
  { page: 1, itemsPerPage: 5, order_by: "-name" },
));
await note("updated", Devices.update({ ...made, name: "Changed by SDK" }));

await note("duplicate", Devices.create(wanted));
await note("illegal", Devices.create({ ...wanted, unique_id: "SDK 1" }));
await note("missing", Devices.getOneById("f".repeat(24)));
await note("typeless", Devices.create({ ...wanted, unique_id: "sdk:2", device_type_id: "f".repeat(24) }));

// The SDK knows no fleets; it has what it takes to ask for one.
const action = { action: "add_tags", tags: ["from-sdk"] };
const { data } = await EdgeIQAPI.getAxios().post(`fleets/${fleet}/actions`, action);
await note("bulk", BulkResponses.getOneById(data.bulk_response_id));
await note("bulks", BulkResponses.list({ type: { operator: "eq", value: "add_tags" } }));

await note("deleted", Devices.delete(made._id));
await note("gone", Devices.getOneByUniqueId("sdk:1").then((found) => found ?? "nothing"));

EdgeIQAPI.setSessionToken("tok_viewer");
await note("forbidden", Devices.create(wanted));
EdgeIQAPI.setSessionToken("tok_nobody");
await note("unknown", Devices.list());

console.log(JSON.stringify(told));
