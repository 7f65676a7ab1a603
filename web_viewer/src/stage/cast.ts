/** Which parts of a body throw shadow and light on the floor. */

import * as joint from "../skeleton";
import type { Frame } from "../wire";
import { linear } from "./color";

/** Parts that throw a shadow: two joints and a radius in metres. */
const LIMBS: readonly (readonly [number, number, number])[] = [
  [joint.RIGHT_HIP, joint.RIGHT_KNEE, 0.075],
  [joint.RIGHT_KNEE, joint.RIGHT_FOOT, 0.055],
  [joint.LEFT_HIP, joint.LEFT_KNEE, 0.075],
  [joint.LEFT_KNEE, joint.LEFT_FOOT, 0.055],
  [joint.HIP, joint.SPINE, 0.13],
  [joint.SPINE, joint.THORAX, 0.13],
  [joint.THORAX, joint.HEAD, 0.08],
  [joint.LEFT_SHOULDER, joint.RIGHT_SHOULDER, 0.08],
  [joint.LEFT_SHOULDER, joint.LEFT_ELBOW, 0.045],
  [joint.LEFT_ELBOW, joint.LEFT_WRIST, 0.04],
  [joint.RIGHT_SHOULDER, joint.RIGHT_ELBOW, 0.045],
  [joint.RIGHT_ELBOW, joint.RIGHT_WRIST, 0.04],
];
/** Feet, which the skeleton lacks: from the ankle on, where the hips face; metres. */
const FEET = [joint.RIGHT_FOOT, joint.LEFT_FOOT];
const FOOT_LENGTH = 0.13;
const FOOT_RADIUS = 0.045;

/** Joints that throw light on the floor, and how much. */
const LAMPS: readonly (readonly [number, number])[] = [
  [joint.RIGHT_FOOT, 0.12],
  [joint.LEFT_FOOT, 0.12],
  [joint.HIP, 0.85],
  [joint.THORAX, 1.1],
];

/** Shadows and lamps of one performer. */
export const SHADOWS_EACH = LIMBS.length + FEET.length;
export const LAMPS_EACH = LAMPS.length;

/**
 * Writes a performer's shadows from number `first` on: start holds x, y, z and radius of a
 * capsule, end holds x, y, z and strength.
 */
export function castShadows(
  frame: Frame,
  performer: number,
  first: number,
  start: Float32Array,
  end: Float32Array,
): void {
  const { joints } = frame;
  const at = performer * joint.POSE_FLOATS;
  const level = frame.level[performer];
  let row = first * 4;
  for (const [from, to, radius] of LIMBS) {
    point(joints, at + from * 3, start, row);
    point(joints, at + to * 3, end, row);
    start[row + 3] = radius;
    end[row + 3] = level;
    row += 4;
  }
  const right = at + joint.RIGHT_HIP * 3;
  const left = at + joint.LEFT_HIP * 3;
  const acrossX = joints[left] - joints[right];
  const acrossY = joints[left + 1] - joints[right + 1];
  const length = Math.hypot(acrossX, acrossY) || 1;
  for (const ankle of FEET) {
    point(joints, at + ankle * 3, start, row);
    start[row + 2] = Math.max(0, start[row + 2] - joint.SOLE);
    start[row + 3] = FOOT_RADIUS;
    end[row] = start[row] + (acrossY / length) * FOOT_LENGTH;
    end[row + 1] = start[row + 1] - (acrossX / length) * FOOT_LENGTH;
    end[row + 2] = start[row + 2];
    end[row + 3] = level;
    row += 4;
  }
}

/**
 * Writes a performer's lamps from number `first` on: start holds x, y, z and how far the light
 * reaches in metres, end its linear red, green and blue.
 */
export function castLamps(
  frame: Frame,
  performer: number,
  first: number,
  start: Float32Array,
  end: Float32Array,
): void {
  let row = first * 4;
  for (const [from, power] of LAMPS) {
    point(frame.joints, performer * joint.POSE_FLOATS + from * 3, start, row);
    start[row + 3] = 0.7 + 2 * Math.max(0, start[row + 2]);
    for (let c = 0; c < 3; c++) {
      end[row + c] = linear(frame.color[performer * 3 + c]) * power * frame.level[performer];
    }
    row += 4;
  }
}

function point(joints: Float32Array, from: number, out: Float32Array, to: number): void {
  out[to] = joints[from];
  out[to + 1] = joints[from + 1];
  out[to + 2] = joints[from + 2];
}
