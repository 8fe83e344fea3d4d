// The only file that asks the service for anything; live.svelte.ts alone opens the stream.

import type { components, paths } from "./types";

type Schemas = components["schemas"];
export type Incident = Schemas["Incident"] & { floors_alerted?: readonly string[] };
export type IncidentSummary = Schemas["IncidentSummary"];
export type Evidence = Schemas["EvidenceBody"];
export type Reading = Schemas["ReadingBody"];
export type Notice = Schemas["NoticeBody"];
export type SiteSummary = Schemas["SiteSummary"];
export type Site = Schemas["SiteDetail"];
export type Zone = Schemas["ZoneBody"];
export type Passage = Schemas["PassageBody"];
export type Storey = Schemas["StoreyBody"];
export type Device = Schemas["DeviceBody"];
export type DeviceDetail = Schemas["DeviceDetail"];
export type Route = Schemas["RouteBody"];
export type PersonalRoute = Schemas["PersonalBody"];
export type Evacuation = Schemas["Evacuation"];
export type Rule = Schemas["RuleBody"];
export type Backtest = Schemas["Backtest"];
export type BacktestSite = Schemas["BacktestSite"];
export type Account = Schemas["AccountBody"];
export type Token = Schemas["TokenBody"];
export type Entry = Schemas["TrailBody"];
export type Persons = Schemas["Persons"];
export type Sign = Schemas["SignBody"];
export type Message = Schemas["MessageBody"];
export type DeadLetters = Schemas["DeadLetters"];
export type Precision = Schemas["Precision"];
export type PrecisionRecord = Schemas["Record"];
export type HomeBody = Schemas["HomeBody"];
export type Home = Schemas["HomeDetail"];
export type HomeState = HomeBody["state"];
export type Homes = Schemas["Homes"];
export type Snapshot = Schemas["Snapshot"];
export type Ready = Schemas["Ready"];
export type Level = IncidentSummary["level"];
export type Class = IncidentSummary["class"];

/** A question every second and a half that may take three: a loss is noticed within five. */
const PATIENCE_MS = 3000;
/** The service itself gives a command ten seconds. */
const COMMAND_PATIENCE_MS = 15_000;

/** The service understood and said no, and why. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  constructor(status: number, problem: { code?: string; detail?: string; title?: string }) {
    super(problem.detail ?? problem.title ?? String(status));
    this.code = problem.code ?? "unknown";
    this.status = status;
  }
}

let leave: () => void = () => undefined;
/** Whom to tell when the service no longer knows who asks. */
export const onSignedOut = (told: () => void): void => {
  leave = told;
};

async function ask<T>(path: string, within: number, request: RequestInit = {}): Promise<T> {
  const response = await fetch(path, { ...request, signal: AbortSignal.timeout(within) });
  const body = response.status === 204 ? null : await response.json();
  if (!response.ok) {
    if (response.status === 401 && path !== "/api/v1/session") leave();
    throw new Refused(response.status, body ?? {});
  }
  return body as T;
}

let proof: string | null = null;
/** What a session's every change has to carry, so that no other page can make one. */
export const prove = (token: string | null): void => {
  proof = token;
};

export const get = <T>(path: string): Promise<T> => ask<T>(path, PATIENCE_MS);

export function send<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const headers: Record<string, string> = {};
  if (key) headers["Idempotency-Key"] = key;
  if (proof) headers["X-CSRF-Token"] = proof;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  return ask<T>(path, COMMAND_PATIENCE_MS, { method, headers, body: text });
}

/** Every page of a list that goes on `after` an id. */
async function all<T>(path: string, name: string): Promise<T[]> {
  const found: T[] = [];
  let after = "";
  do {
    const page = await get<Record<string, unknown>>(`${path}?limit=1000${after}`);
    found.push(...(page[name] as T[]));
    after = page["next"] ? `&after=${String(page["next"])}` : "";
  } while (after);
  return found;
}

/** Whether whoever looks may still: tells the page where they may not. */
export async function stillIn(): Promise<void> {
  try {
    await get("/api/v1/session");
  } catch (error) {
    if (error instanceof Refused && error.status === 401) leave();
  }
}
export const readiness = () => get<Ready>("/readyz");
export const sites = () => get<Schemas["Sites"]>("/api/v1/sites");
export const site = (id: string) => get<Site>(`/api/v1/sites/${id}`);
export const zones = (id: string) => all<Zone>(`/api/v1/sites/${id}/zones`, "zones");
export const devices = (id: string) => all<Device>(`/api/v1/sites/${id}/devices`, "devices");
export const device = (site: string, id: string) =>
  get<DeviceDetail>(`/api/v1/sites/${site}/devices/${id}`);
export const evacuation = (id: string) => get<Evacuation>(`/api/v1/sites/${id}/evacuation`);
/** One person's ways out of a zone, the best first. */
export const ways = (site: string, zone: string, profile: string) =>
  get<Schemas["PersonalRoutes"]>(`/api/v1/sites/${site}/routes/${zone}?profile=${profile}&alternatives=1`);
export const rules = (id: string) => get<Schemas["Rules"]>(`/api/v1/sites/${id}/rules`);
export const backtest = () => get<Backtest>("/api/v1/backtest");
export const beginBacktest = (days: number) => send<Backtest>("POST", "/api/v1/backtest", { days });
export const reload = () => send<Schemas["Reloaded"]>("POST", "/api/v1/configuration/reload");
export const accounts = () => get<Schemas["Accounts"]>("/api/v1/accounts");
export const tokens = () => get<Schemas["Tokens"]>("/api/v1/tokens");
export const trail = (query: string) => get<Schemas["Trail"]>(`/api/v1/audit?${query}`);
/** Who lives in a home and whom to call; each look is kept. */
export const persons = (site: string, home: string, body: unknown) =>
  send<Schemas["PersonsBody"]>("POST", `/api/v1/sites/${site}/homes/${home}/persons/read`, body);
export const precision = (id: string, days: number) =>
  get<Precision>(`/api/v1/sites/${id}/precision?days=${days}`);
export const readings = (site: string, device: string, limit: number) =>
  get<Schemas["Readings"]>(`/api/v1/sites/${site}/devices/${device}/readings?limit=${limit}`);
export const homes = (site: string, query: string) =>
  get<Homes>(`/api/v1/sites/${site}/homes?${query}`);
export const home = (site: string, id: string) => get<Home>(`/api/v1/sites/${site}/homes/${id}`);
/** Something registered about a household: an absence, a visit, a walk test. */
export const register = (site: string, home: string, what: string, key: string, body: unknown) =>
  send<Home>("POST", `/api/v1/sites/${site}/homes/${home}/${what}`, body, key);
export const incident = (id: string) => get<Incident>(`/api/v1/incidents/${id}`);
export const incidents = (query: string) =>
  get<Schemas["Incidents"]>(`/api/v1/incidents?${query}`);
export const deadLetters = (reason: string, before: string | null) =>
  get<DeadLetters>(`/api/v1/dead-letters?limit=50${reason && `&reason=${encodeURIComponent(reason)}`}` +
    (before ? `&before=${before}` : ""));

/** The same key until an answer comes: sent twice, it is carried out once. */
export const command = (incident: string, verb: string, key: string, body?: unknown) =>
  send<Incident>("POST", `/api/v1/incidents/${incident}/${verb}`, body, key);

/** Whether the service has a route at all; what it lacks is not shown. */
export async function offers(path: keyof paths | string): Promise<boolean> {
  document_ ??= get<{ paths: Record<string, unknown> }>("/api/openapi.json");
  try {
    return path in (await document_).paths;
  } catch {
    document_ = null;
    return false;
  }
}
let document_: Promise<{ paths: Record<string, unknown> }> | null = null;
