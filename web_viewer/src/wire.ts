/**
 * The wire: the hello and the binary frame of `/frames`, as engine/wire.py writes them down.
 * Frames are decoded into buffers that are used again and again.
 */

import { JOINT_COUNT, POSE_FLOATS } from "./skeleton";

/** Performers that the pages draw; what a frame holds beyond them is left out. */
export const MAX_PERFORMERS = 8;

export const HEADER_BYTES = 32;
export const PERFORMER_BYTES = 224;
const MAGIC = 0x54524746; // "FGRT", little-endian
const VERSION = 1;

export const FLAG_HELD = 1;
export const FLAG_BLACKOUT = 2;
export const FLAG_PANIC = 4;
export const FLAG_REPLAY = 8;

export const STATE_ABSENT = 0;
export const STATE_PLAYED = 2;

/** All performers at one show time. joints: metres, stage space; color: sRGB 0..1. */
export class Frame {
  index = 0;
  /** Seconds since the top of the show. */
  showTime = 0;
  /** Seconds of the engine's clock when the frame was made. */
  clock = 0;
  flags = 0;
  /** Performers in use, at most MAX_PERFORMERS. */
  count = 0;
  readonly timecode = new Uint8Array(4);
  readonly state = new Uint8Array(MAX_PERFORMERS);
  readonly ageMs = new Uint16Array(MAX_PERFORMERS);
  readonly level = new Float32Array(MAX_PERFORMERS);
  readonly color = new Float32Array(MAX_PERFORMERS * 3);
  readonly joints = new Float32Array(MAX_PERFORMERS * POSE_FLOATS);

  copy(from: Frame): void {
    this.index = from.index;
    this.showTime = from.showTime;
    this.clock = from.clock;
    this.flags = from.flags;
    this.count = from.count;
    this.timecode.set(from.timecode);
    this.state.set(from.state);
    this.ageMs.set(from.ageMs);
    this.level.set(from.level);
    this.color.set(from.color);
    this.joints.set(from.joints);
  }
}

/** Bytes that are no frame of this version: found and expected in the message. */
export class WireError extends Error {}

/** Reads the frame in `view` into `frame`. Throws WireError where the bytes are no frame. */
export function decode(view: DataView, frame: Frame): void {
  const length = view.byteLength;
  if (length < HEADER_BYTES) {
    throw new WireError(`frame: found ${length} bytes, expected at least ${HEADER_BYTES}`);
  }
  if (view.getUint32(0, true) !== MAGIC) {
    throw new WireError("frame: found another magic, expected FGRT");
  }
  if (view.getUint8(4) !== VERSION) {
    throw new WireError(`frame: found version ${view.getUint8(4)}, expected ${VERSION}`);
  }
  const performers = view.getUint16(6, true);
  const expected = HEADER_BYTES + performers * PERFORMER_BYTES;
  if (length !== expected) {
    throw new WireError(
      `frame: found ${length} bytes, expected ${expected} for ${performers} performers`,
    );
  }
  frame.flags = view.getUint8(5);
  frame.count = Math.min(performers, MAX_PERFORMERS);
  frame.index = view.getUint32(8, true);
  for (let i = 0; i < 4; i++) frame.timecode[i] = view.getUint8(12 + i);
  frame.showTime = view.getFloat64(16, true);
  frame.clock = view.getFloat64(24, true);
  for (let p = 0; p < frame.count; p++) {
    const at = HEADER_BYTES + p * PERFORMER_BYTES;
    frame.state[p] = view.getUint8(at);
    frame.ageMs[p] = view.getUint16(at + 2, true);
    frame.level[p] = view.getFloat32(at + 4, true);
    for (let i = 0; i < 3; i++) frame.color[p * 3 + i] = view.getFloat32(at + 8 + i * 4, true);
    for (let i = 0; i < POSE_FLOATS; i++) {
      frame.joints[p * POSE_FLOATS + i] = view.getFloat32(at + 20 + i * 4, true);
    }
  }
}

/** What opens a connection. rate: frames a second; stage: metres; delay, clock: seconds. */
export interface Hello {
  title: string;
  rate: number;
  performers: { name: string; color: string }[];
  stage: { width: number; depth: number };
  /** From a frame's clock to its showing, on every screen. */
  delay: number;
  clock: number;
}

/** Reads the hello's object. Throws WireError where it is none of this version and skeleton. */
export function readHello(message: Record<string, unknown>): Hello {
  if (message.wire !== VERSION) {
    throw new WireError(`hello: found wire ${String(message.wire)}, expected ${VERSION}`);
  }
  const { title, rate, performers, stage, clock, skeleton } = message as unknown as Hello & {
    skeleton: { joints: string[] };
  };
  if (skeleton?.joints?.length !== JOINT_COUNT) {
    throw new WireError(`hello: found another skeleton, expected ${JOINT_COUNT} joints`);
  }
  if (typeof rate !== "number" || !(rate > 0) || !Array.isArray(performers)) {
    throw new WireError("hello: found no rate or performers, expected both");
  }
  if (!(stage?.width > 0)) throw new WireError("hello: found no stage width, expected metres");
  const { delay = 2 / rate } = message as { delay?: number }; // recordings from before there was one
  return { title, rate, performers, stage, delay, clock };
}
