// The shapes of one storey, from its zones' outlines: walls, doors, the room for words in each
// zone, people. In metres; nothing here knows of the screen.

import type { Passage, Zone } from "./api";

export type Point = readonly [x: number, y: number];
export interface Box { x: number; y: number; width: number; height: number }
export interface Wall { from: Point; to: Point; outer: boolean }
export interface Door {
  at: Point; along: Point; into: Point; width: number; leaf: boolean;
  /** Whether it leads into a room, not from one corridor on to the next. */
  room: boolean;
}

const CLOSE_M = 0.02;

/** Every stretch of wall once; one that two zones share is an inner wall. */
export function walls(zones: readonly Zone[]): Wall[] {
  const corners = zones.flatMap((zone) => zone.polygon.map(point));
  const seen = new Map<string, { wall: Wall; count: number }>();
  for (const [from, to] of zones.flatMap(edges)) {
    const cuts = corners.filter((corner) => within(corner, from, to));
    const stops = [from, ...cuts, to].sort((a, b) => apart(a, from) - apart(b, from));
    for (const [n, start] of stops.slice(0, -1).entries()) {
      const end = stops[n + 1];
      if (!end || apart(start, end) < CLOSE_M) continue;
      const key = [start, end].map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).sort().join(" ");
      const held = seen.get(key);
      if (held) held.count += 1;
      else seen.set(key, { wall: { from: start, to: end, outer: true }, count: 1 });
    }
  }
  return [...seen.values()].map(({ wall, count }) => ({ ...wall, outer: count === 1 }));
}

/** A gap in a wall, its direction and the side that its leaf opens to: into the room. */
export function door(passage: Passage, zones: ReadonlyMap<string, Zone>): Door | null {
  if (!passage.at) return null;
  const at = point(passage.at);
  const [one, other] = passage.between.map((id) => zones.get(id));
  if (!one || !other) return null;
  const wall = nearest(at, [...edges(one), ...edges(other)]);
  if (!wall) return null;
  const along = unit(wall[0], wall[1]);
  const room = circulates(one) ? other : one;
  const across: Point = [-along[1], along[0]];
  const towards = middle(room);
  const side = (towards[0] - at[0]) * across[0] + (towards[1] - at[1]) * across[1];
  const into: Point = side < 0 ? [-across[0], -across[1]] : across;
  const both = circulates(one) && circulates(other);
  return { at, along, into, width: passage.clear_width_m, leaf: passage.kind === "door" && !both, room: !both };
}

const circulates = (zone: Zone): boolean => ["corridor", "hall", "outside"].includes(zone.kind);

/** The largest upright rectangle within an outline, for words and people. */
export function room(zone: Zone): Box {
  const outline = zone.polygon.map(point);
  const xs = sorted(outline.map(([x]) => x));
  const ys = sorted(outline.map(([, y]) => y));
  let best: Box = box(outline);
  let area = 0;
  for (const [i, left] of xs.entries()) {
    for (const right of xs.slice(i + 1)) {
      for (const [j, bottom] of ys.entries()) {
        for (const top of ys.slice(j + 1)) {
          const size = (right - left) * (top - bottom);
          if (size <= area || !holds(outline, xs, ys, { left, right, bottom, top })) continue;
          area = size;
          best = { x: left, y: bottom, width: right - left, height: top - bottom };
        }
      }
    }
  }
  return best;
}

interface Sides { left: number; right: number; bottom: number; top: number }

function holds(outline: readonly Point[], xs: number[], ys: number[], of: Sides): boolean {
  const columns = xs.filter((x) => x >= of.left && x <= of.right);
  const rows = ys.filter((y) => y >= of.bottom && y <= of.top);
  return columns.slice(1).every((x, i) => rows.slice(1).every((y, j) => {
    const centre: Point = [(x + (columns[i] ?? x)) / 2, (y + (rows[j] ?? y)) / 2];
    return inside(centre, outline);
  }));
}

export function inside([x, y]: Point, outline: readonly Point[]): boolean {
  let within = false;
  for (const [n, [x1, y1]] of outline.entries()) {
    const [x2, y2] = outline[(n + 1) % outline.length] ?? [x1, y1];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
  }
  return within;
}

export function box(outline: readonly Point[]): Box {
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function middle(zone: Zone): Point {
  const { x, y, width, height } = room(zone);
  return [x + width / 2, y + height / 2];
}

/** Places for so many people in a box, spread evenly and a little unruly, always the same. */
export function places(count: number, { x, y, width, height }: Box): Point[] {
  if (count <= 0 || width <= 0 || height <= 0) return [];
  const columns = Math.max(1, Math.ceil(Math.sqrt((count * width) / height)));
  const rows = Math.ceil(count / columns);
  return Array.from({ length: count }, (_, n) => {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    const stray = (of: number) => (((of * 2654435761) % 1000) / 1000 - 0.5) * 0.5;
    return [
      x + ((column + 0.5 + stray(n + 1)) * width) / columns,
      y + ((row + 0.5 + stray(n + 77)) * height) / rows,
    ];
  });
}

/** From the middle of the first zone, through the doors, to where it ends on this storey. */
export function way(
  route: { zones: readonly string[] },
  zones: ReadonlyMap<string, Zone>,
  passages: readonly Passage[],
  end: Point | null,
): Point[] {
  const here = route.zones.filter((id) => zones.has(id));
  const first = zones.get(here[0] ?? "");
  if (!first || first.polygon.length === 0) return [];
  const points: Point[] = [middle(first)];
  for (const [n, id] of here.slice(1).entries()) {
    const pair = [here[n], id];
    const gate = passages.find((of) => of.at && of.between.every((zone) => pair.includes(zone)));
    const zone = zones.get(id);
    if (gate?.at) points.push(point(gate.at));
    if (zone && (n === here.length - 2 || !gate?.at) && zone.polygon.length > 0) points.push(middle(zone));
  }
  if (end) points.splice(Math.max(1, points.length - 1), 1, end);
  return points;
}

export const point = (of: readonly number[]): Point => [of[0] ?? 0, of[1] ?? 0];

function edges(zone: Zone): [Point, Point][] {
  const outline = zone.polygon.map(point);
  return outline.map((from, n) => [from, outline[(n + 1) % outline.length] ?? from]);
}

const apart = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);
const unit = (from: Point, to: Point): Point => {
  const long = apart(from, to) || 1;
  return [(to[0] - from[0]) / long, (to[1] - from[1]) / long];
};
const sorted = (of: number[]): number[] => [...new Set(of)].sort((a, b) => a - b);

/** Whether a point lies on a stretch, between its ends. */
function within(at: Point, from: Point, to: Point): boolean {
  const along = apart(from, at) + apart(at, to) - apart(from, to);
  return along < CLOSE_M / 10 && apart(at, from) > CLOSE_M && apart(at, to) > CLOSE_M;
}

function nearest(at: Point, stretches: readonly [Point, Point][]): [Point, Point] | null {
  let best: [Point, Point] | null = null;
  let least = Infinity;
  for (const [from, to] of stretches) {
    const long = apart(from, to);
    const t = ((at[0] - from[0]) * (to[0] - from[0]) + (at[1] - from[1]) * (to[1] - from[1])) / (long * long || 1);
    const foot: Point = [from[0] + clamp(t) * (to[0] - from[0]), from[1] + clamp(t) * (to[1] - from[1])];
    const far = apart(at, foot);
    if (far < least) [least, best] = [far, [from, to]];
  }
  return best;
}

const clamp = (t: number): number => Math.min(1, Math.max(0, t));
