/** A standing figure and frames made of it, for the tests. */

import { POSE_FLOATS } from "../src/skeleton";
import { HEADER_BYTES, PERFORMER_BYTES } from "../src/wire";

/** Where the resting body's joints are, in metres. */
export const STANDING: readonly (readonly [number, number, number])[] = [
  [0, 0, 0.93],
  [-0.09, 0, 0.93],
  [-0.132, -0.01, 0.52],
  [-0.17, 0.02, 0.085],
  [0.09, 0, 0.93],
  [0.132, -0.01, 0.52],
  [0.17, 0.02, 0.085],
  [0, 0, 1.12],
  [0, 0, 1.42],
  [0, -0.02, 1.535],
  [0, -0.035, 1.665],
  [0.145, 0, 1.375],
  [0.355, 0.01, 1.19],
  [0.54, -0.02, 1.04],
  [-0.145, 0, 1.375],
  [-0.355, 0.01, 1.19],
  [-0.54, -0.02, 1.04],
];

export interface FrameFields {
  index?: number;
  showTime: number;
  clock: number;
  flags?: number;
  level?: number;
  state?: number;
  /** Metres that the one performer stands to stage left. */
  x?: number;
}

/** The bytes of a frame with one standing performer. */
export function frameBytes(fields: FrameFields): DataView {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + PERFORMER_BYTES));
  view.setUint32(0, 0x54524746, true);
  view.setUint8(4, 1);
  view.setUint8(5, fields.flags ?? 0);
  view.setUint16(6, 1, true);
  view.setUint32(8, fields.index ?? 0, true);
  view.setFloat64(16, fields.showTime, true);
  view.setFloat64(24, fields.clock, true);
  view.setUint8(HEADER_BYTES, fields.state ?? 1);
  view.setFloat32(HEADER_BYTES + 4, fields.level ?? 1, true);
  for (let c = 0; c < 3; c++) view.setFloat32(HEADER_BYTES + 8 + c * 4, 0.5, true);
  const joints = STANDING.flatMap(([x, y, z]) => [x + (fields.x ?? 0), y, z]);
  for (let i = 0; i < POSE_FLOATS; i++) {
    view.setFloat32(HEADER_BYTES + 20 + i * 4, joints[i], true);
  }
  return view;
}
