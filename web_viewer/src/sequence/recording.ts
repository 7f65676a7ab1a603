/** Recordings of a show: MCAP with the hello and the wire's frames; one cut short plays too. */

import { McapStreamReader } from "@mcap/core";
import { decompress } from "fzstd";
import { Rig } from "../lights/rig";
import { LightTrack } from "../lights/track";
import { POSE_FLOATS } from "../skeleton";
import { decode, Frame, type Hello, readHello, STATE_ABSENT, WireError } from "../wire";
import { type Part, type Sequence, SequenceError } from "./sequence";

interface Messages {
  hello: Hello | null;
  frames: Uint8Array[];
  rig: Rig | null;
  levels: DataView[];
}

/** Reads a recording. Throws SequenceError where the file is none or holds no frame. */
export function readRecording(file: string, bytes: Uint8Array): Sequence {
  let messages: Messages;
  try {
    messages = read(bytes);
  } catch (error) {
    throw new SequenceError(file, (error as Error).message, "a recording, plain or zstd");
  }
  const { hello, frames, rig, levels } = messages;
  if (!hello) throw new SequenceError(file, "no /figurant/hello", "a recording of a show");
  if (frames.length === 0) throw new SequenceError(file, "no /figurant/frame", "at least one");
  try {
    const sequence = lay(file, hello, frames);
    if (!rig) return sequence;
    const start = new DataView(frames[0].buffer, frames[0].byteOffset).getFloat64(24, true);
    const checked = new Float32Array(rig.count * 3);
    for (const view of levels) rig.read(view, checked);
    return { ...sequence, lights: new LightTrack(rig, levels, start) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new SequenceError(file, error.message, "the wire's frames");
  }
}

function read(bytes: Uint8Array): Messages {
  const reader = new McapStreamReader({
    decompressHandlers: {
      zstd: (data, size) => decompress(data, new Uint8Array(Number(size))),
    },
  });
  const topics = new Map<number, string>();
  const messages: Messages = { hello: null, frames: [], rig: null, levels: [] };
  const json = (data: Uint8Array) =>
    JSON.parse(new TextDecoder().decode(data)) as Record<string, unknown>;
  reader.append(bytes);
  for (let record = reader.nextRecord(); record; record = reader.nextRecord()) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type !== "Message") continue;
    const topic = topics.get(record.channelId);
    const { data } = record;
    if (topic === "/figurant/frame") messages.frames.push(data);
    else if (topic === "/figurant/hello") messages.hello ??= readHello(json(data));
    else if (topic === "/figurant/rig") messages.rig ??= new Rig(json(data));
    else if (topic === "/figurant/levels") {
      messages.levels.push(new DataView(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return messages;
}

/** Lays the frames out at the show's rate by their clock; a gap holds what came before it. */
function lay(file: string, hello: Hello, messages: Uint8Array[]): Sequence {
  const frame = new Frame();
  const next = (data: Uint8Array) => {
    decode(new DataView(data.buffer, data.byteOffset, data.byteLength), frame);
  };
  next(messages[messages.length - 1]);
  const last = frame.clock;
  next(messages[0]);
  const first = frame.clock;
  const frames = Math.max(1, Math.round((last - first) * hello.rate) + 1);
  const parts: Part[] = Array.from({ length: frame.count }, (_, p) => ({
    name: hello.performers[p]?.name ?? `performer ${p + 1}`,
    joints: new Float32Array(frames * POSE_FLOATS),
    level: new Float32Array(frames),
    color: new Float32Array(frames * 3),
  }));
  let from = 0;
  for (const [m, data] of messages.entries()) {
    next(data);
    const position = Math.round((frame.clock - first) * hello.rate);
    const until = m === messages.length - 1 ? frames : position + 1;
    for (let f = Math.max(0, Math.min(from, position)); f < Math.min(until, frames); f++) {
      put(parts, frame, f, f < position);
    }
    from = until;
  }
  return { name: file, fps: hello.rate, frames, parts };
}

function put(parts: Part[], frame: Frame, at: number, gap: boolean): void {
  for (const [p, { joints, level, color }] of parts.entries()) {
    if (gap && at > 0) {
      joints.copyWithin(at * POSE_FLOATS, (at - 1) * POSE_FLOATS, at * POSE_FLOATS);
      color?.copyWithin(at * 3, (at - 1) * 3, at * 3);
      if (level) level[at] = level[at - 1];
      continue;
    }
    joints.set(frame.joints.subarray(p * POSE_FLOATS, (p + 1) * POSE_FLOATS), at * POSE_FLOATS);
    color?.set(frame.color.subarray(p * 3, p * 3 + 3), at * 3);
    const there = p < frame.count && frame.state[p] !== STATE_ABSENT;
    if (level) level[at] = there ? frame.level[p] : 0;
  }
}
