/**
 * The resting body: a dancer of 1.7 m standing at the origin, arms and legs a little apart,
 * facing the audience, as a smooth union of tapered capsules, each belonging to a segment.
 */

export type Point = readonly [number, number, number];

/** A rigid part of the body: its number is its column in the matrices of a pose. */
export interface Segment {
  readonly name: string;
  /** Number of the segment it hangs on; -1 for the pelvis. */
  readonly parent: number;
  /** Which side of the body: segments of the left and of the right never share skin. */
  readonly side: -1 | 0 | 1;
  /** Where the segment turns, and where it ends, in metres. */
  readonly from: Point;
  readonly to: Point;
}

/** A capsule from a to b with radii ra and rb; `flat` squeezes it from front to back. */
interface Capsule {
  readonly segment: number;
  readonly a: Point;
  readonly b: Point;
  readonly ra: number;
  readonly rb: number;
  readonly flat: number;
}

const mirror = ([x, y, z]: Point): Point => [-x, y, z];
const between = (a: Point, b: Point, t: number): Point => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
const add = (a: Point, x: number, y: number, z: number): Point => [a[0] + x, a[1] + y, a[2] + z];

const HIPS: Point = [0, 0, 0.93];
const SPINE: Point = [0, 0, 1.12];
const THORAX: Point = [0, 0, 1.42];
const SKULL: Point = [0, -0.02, 1.535];
const CROWN: Point = [0, -0.035, 1.665];
const SHOULDER: Point = [0.145, 0, 1.375];
const ELBOW: Point = [0.355, 0.01, 1.19];
const WRIST: Point = [0.54, -0.02, 1.04];
const FINGERS: Point = [0.65, -0.05, 0.94];
const HIP: Point = [0.09, 0, 0.93];
const KNEE: Point = [0.132, -0.01, 0.52];
const ANKLE: Point = [0.17, 0.02, 0.085];
const TOE: Point = [0.18, -0.145, 0.03];

const side = (name: string, sign: 1 | -1, first: number): Segment[] => {
  const at = (p: Point) => (sign > 0 ? p : mirror(p));
  const part = (suffix: string, parent: number, from: Point, to: Point): Segment => ({
    name: `${name} ${suffix}`,
    parent,
    side: sign,
    from: at(from),
    to: at(to),
  });
  return [
    part("collarbone", 2, THORAX, SHOULDER),
    part("upper arm", first, SHOULDER, ELBOW),
    part("forearm", first + 1, ELBOW, WRIST),
    part("hand", first + 2, WRIST, FINGERS),
    part("thigh", 0, HIP, KNEE),
    part("shin", first + 4, KNEE, ANKLE),
    part("foot", first + 5, ANKLE, TOE),
  ];
};

export const PELVIS = 0;
export const BELLY = 1;
export const CHEST = 2;
export const NECK = 3;
export const HEAD = 4;
/** First segment of each side; collarbone, upper arm, forearm, hand, thigh, shin, foot follow. */
export const LEFT = 5;
export const RIGHT = 12;

export const SEGMENTS: readonly Segment[] = [
  { name: "pelvis", parent: -1, side: 0, from: HIPS, to: SPINE },
  { name: "belly", parent: 0, side: 0, from: SPINE, to: THORAX },
  { name: "chest", parent: 1, side: 0, from: SPINE, to: THORAX },
  { name: "neck", parent: 2, side: 0, from: THORAX, to: SKULL },
  { name: "head", parent: 3, side: 0, from: SKULL, to: CROWN },
  ...side("left", 1, LEFT),
  ...side("right", -1, RIGHT),
];

const limbs = (first: number): Capsule[] => {
  const sign = first === LEFT ? 1 : -1;
  const part = (n: number, a: Point, b: Point, ra: number, rb: number, flat = 1): Capsule => ({
    segment: first + n,
    a: sign > 0 ? a : mirror(a),
    b: sign > 0 ? b : mirror(b),
    ra,
    rb,
    flat,
  });
  const forearm = between(ELBOW, WRIST, 0.28);
  const biceps = between(SHOULDER, ELBOW, 0.45);
  const thigh = between(HIP, KNEE, 0.35);
  const calf = add(between(KNEE, ANKLE, 0.28), 0, 0.016, 0);
  const knuckles = between(WRIST, FINGERS, 0.45);
  return [
    part(0, [0.05, 0.01, 1.405], [0.125, 0.005, 1.375], 0.052, 0.056),
    part(1, SHOULDER, biceps, 0.052, 0.044),
    part(1, biceps, ELBOW, 0.044, 0.03),
    part(2, ELBOW, forearm, 0.03, 0.036),
    part(2, forearm, WRIST, 0.036, 0.02),
    part(3, WRIST, knuckles, 0.02, 0.029, 0.7),
    part(3, knuckles, FINGERS, 0.029, 0.015, 0.7),
    part(3, WRIST, add(knuckles, -0.005, -0.045, -0.01), 0.016, 0.012),
    part(4, add(HIP, 0.005, 0.005, 0.01), thigh, 0.082, 0.076),
    part(4, thigh, KNEE, 0.078, 0.045),
    part(5, KNEE, calf, 0.043, 0.05),
    part(5, calf, ANKLE, 0.05, 0.027),
    part(6, add(ANKLE, 0, 0.02, -0.041), add(ANKLE, 0, 0.0, -0.01), 0.028, 0.03),
    part(6, add(ANKLE, 0, 0.01, -0.032), add(TOE, 0, 0.055, 0.007), 0.032, 0.027),
    part(6, add(TOE, 0, 0.055, 0.005), add(TOE, 0, -0.015, -0.006), 0.027, 0.017),
  ];
};

const trunk = (segment: number, a: Point, b: Point, ra: number, rb: number, flat = 1): Capsule => ({
  segment,
  a,
  b,
  ra,
  rb,
  flat,
});

const CAPSULES: readonly Capsule[] = [
  trunk(PELVIS, [-0.07, 0.005, 0.945], [0.07, 0.005, 0.945], 0.094, 0.094, 0.92),
  trunk(PELVIS, [-0.06, 0.045, 0.905], [-0.06, 0.045, 0.905], 0.074, 0.074),
  trunk(PELVIS, [0.06, 0.045, 0.905], [0.06, 0.045, 0.905], 0.074, 0.074),
  trunk(BELLY, [-0.04, 0, 1.06], [0.04, 0, 1.06], 0.088, 0.088, 0.85),
  trunk(BELLY, [-0.035, 0, 1.14], [0.035, 0, 1.14], 0.088, 0.088, 0.88),
  trunk(CHEST, [-0.052, 0, 1.24], [0.052, 0, 1.24], 0.1, 0.1, 0.9),
  trunk(CHEST, [-0.062, -0.003, 1.315], [0.062, -0.003, 1.315], 0.098, 0.098, 0.92),
  trunk(CHEST, [-0.06, 0.006, 1.385], [0.06, 0.006, 1.385], 0.062, 0.062, 0.9),
  trunk(NECK, [0, 0.006, 1.42], [0, -0.008, 1.53], 0.052, 0.043),
  trunk(HEAD, [0, -0.012, 1.627], [0, -0.03, 1.62], 0.079, 0.074),
  trunk(HEAD, [0, -0.03, 1.6], [0, -0.058, 1.54], 0.068, 0.034),
  ...limbs(LEFT),
  ...limbs(RIGHT),
];

/** How far two parts reach into each other where they meet, in metres. */
const BLEND = 0.042;

const distanceTo = (c: Capsule, x: number, y: number, z: number): number => {
  const bx = c.b[0] - c.a[0];
  const by = c.b[1] - c.a[1];
  const bz = c.b[2] - c.a[2];
  const px = x - c.a[0];
  const py = y - c.a[1];
  const pz = z - c.a[2];
  const length2 = bx * bx + by * by + bz * bz;
  const t = length2 > 0 ? Math.min(1, Math.max(0, (px * bx + py * by + pz * bz) / length2)) : 0;
  const dx = px - bx * t;
  const dy = (py - by * t) / c.flat;
  const dz = pz - bz * t;
  return Math.sqrt(dx * dx + dy * dy + dz * dz) - (c.ra + (c.rb - c.ra) * t);
};

/** Signed distance in metres, about right near the surface, of a point to the body's skin. */
export function distance(x: number, y: number, z: number): number {
  let nearest = 1e9;
  for (const capsule of CAPSULES) {
    const d = distanceTo(capsule, x, y, z);
    const h = Math.max(0, BLEND - Math.abs(nearest - d)) / BLEND;
    nearest = Math.min(nearest, d) - h * h * BLEND * 0.25;
  }
  return nearest;
}

/** Writes into `out` the distance of a point to each of the segments' own capsules. */
export function segmentDistances(x: number, y: number, z: number, out: Float64Array): void {
  out.fill(1e9);
  for (const capsule of CAPSULES) {
    const d = distanceTo(capsule, x, y, z);
    if (d < out[capsule.segment]) out[capsule.segment] = d;
  }
}

/** The box that holds the resting body, in metres. */
export const BOUNDS: readonly [Point, Point] = [
  [-0.78, -0.28, -0.08],
  [0.78, 0.24, 1.82],
];
