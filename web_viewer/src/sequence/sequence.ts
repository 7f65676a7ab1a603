/** A sequence: poses of one or more performers over time, from whatever file. */

import type { LightTrack } from "../lights/track";
import { LEFT_FOOT, POSE_FLOATS, RIGHT_FOOT, SOLE } from "../skeleton";

/** One performer's part: 51 floats a frame in metres; level and color where they were recorded. */
export interface Part {
  readonly name: string;
  readonly joints: Float32Array;
  readonly level: Float32Array | null;
  /** Red, green, blue of each frame, sRGB 0..1. */
  readonly color: Float32Array | null;
}

export interface Sequence {
  readonly name: string;
  /** Frames a second. */
  readonly fps: number;
  readonly frames: number;
  readonly parts: readonly Part[];
  /** The lights that were recorded with it. */
  readonly lights?: LightTrack;
}

/** A file that cannot be played: which, what was found and what was expected. */
export class SequenceError extends Error {
  constructor(file: string, found: string, expected: string) {
    super(`${file}: found ${found}, expected ${expected}`);
  }
}

/**
 * Metres that put the feet on the floor, for each frame: the lowest that a foot comes within
 * half a second either side, smoothed over as long, so that a drift goes and a jump stays.
 */
export function lift(part: Part, frames: number, fps: number): Float32Array {
  const low = new Float32Array(frames);
  for (let f = 0; f < frames; f++) {
    const at = f * POSE_FLOATS;
    low[f] = Math.min(part.joints[at + RIGHT_FOOT * 3 + 2], part.joints[at + LEFT_FOOT * 3 + 2]);
  }
  const reach = Math.max(1, Math.round(fps / 2));
  const floor = slide(low, reach, (values) => Math.min(...values));
  const smooth = slide(floor, reach, (values) => values.reduce((a, b) => a + b) / values.length);
  return smooth.map((z) => SOLE - z);
}

function slide(
  values: Float32Array,
  reach: number,
  of: (window: Float32Array) => number,
): Float32Array {
  return values.map((_, i) =>
    of(values.subarray(Math.max(0, i - reach), Math.min(values.length, i + reach + 1))),
  );
}
