// The only file that asks the service for anything, except for the stream of incidents (live.js).

const PATIENCE_MS = 3000; // with a question every two seconds, a loss is noticed within five
const COMMAND_PATIENCE_MS = 15000; // the service itself gives a command ten seconds

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.code = problem.code;
  }
}

export const readiness = () => get("/readyz");
export const sites = () => get("/api/v1/sites");
export const site = (id) => get(`/api/v1/sites/${id}`);
export const zones = (id) => all(`/api/v1/sites/${id}/zones`, "zones");
export const devices = (id) => all(`/api/v1/sites/${id}/devices`, "devices");
export const evacuation = (id) => get(`/api/v1/sites/${id}/evacuation`);

// The same key until an answer comes: sent twice, it is carried out once.
export function command(incident, verb, key, body) {
  const headers = { "Idempotency-Key": key };
  if (body) headers["Content-Type"] = "application/json";
  return ask(`/api/v1/incidents/${incident}/${verb}`, COMMAND_PATIENCE_MS,
    { method: "POST", headers, body: body && JSON.stringify(body) });
}

// A storey's picture; `epoch` makes it another one to the browser.
export const planUrl = (site, storey, epoch) =>
  `/api/v1/sites/${site}/plans/${storey}.svg?seen=${epoch}`;

const get = (path) => ask(path, PATIENCE_MS, {});

async function ask(path, within, request) {
  const response = await fetch(path, { ...request, signal: AbortSignal.timeout(within) });
  const body = await response.json();
  if (!response.ok) throw new Refused(body);
  return body;
}

// Every page of a list.
async function all(path, name) {
  const found = [];
  let after = "";
  do {
    const page = await get(`${path}?limit=1000${after && `&after=${after}`}`);
    found.push(...page[name]);
    after = page.next ?? "";
  } while (after);
  return found;
}
