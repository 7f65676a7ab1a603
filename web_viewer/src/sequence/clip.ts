/** Clips: .npz files with joints [T, 17, 3], fps, skeleton and dancer. */

import { unzipSync } from "fflate";
import { JOINT_COUNT } from "../skeleton";
import { NpyError, type NumpyArray, readNpy } from "./npy";
import { type Sequence, SequenceError } from "./sequence";

const SKELETON = "h36m17";

/** Reads a clip. Throws SequenceError where the file is none. */
export function readClip(file: string, bytes: Uint8Array): Sequence {
  const arrays = unpack(file, bytes);
  const joints = arrays.get("joints");
  if (!joints) {
    const names = [...arrays.keys()].join(", ") || "no arrays";
    throw new SequenceError(file, names, "an array named joints");
  }
  const { shape, data } = joints;
  if (shape.length !== 3 || shape[0] < 1 || shape[1] !== JOINT_COUNT || shape[2] !== 3) {
    throw new SequenceError(file, `joints of shape [${shape.join(", ")}]`, "[frames, 17, 3]");
  }
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new SequenceError(file, "joints that are text", "numbers");
  }
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const frame = Math.floor(wrong / (JOINT_COUNT * 3));
    throw new SequenceError(file, `${data[wrong]} in frame ${frame}`, "finite numbers");
  }
  const skeleton = arrays.get("skeleton")?.data[0] ?? SKELETON;
  if (skeleton !== SKELETON) throw new SequenceError(file, `skeleton ${skeleton}`, SKELETON);
  const fps = Number(arrays.get("fps")?.data[0]);
  if (!(fps > 0 && fps <= 1000)) {
    throw new SequenceError(file, `fps ${arrays.get("fps")?.data[0] ?? "missing"}`, "1 to 1000");
  }
  const name = String(arrays.get("dancer")?.data[0] ?? "") || file;
  const part = { name, joints: Float32Array.from(data), level: null, color: null };
  return { name: file, fps, frames: shape[0], parts: [part] };
}

function unpack(file: string, bytes: Uint8Array): Map<string, NumpyArray> {
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes);
  } catch (error) {
    throw new SequenceError(file, `a broken zip (${(error as Error).message})`, "an .npz clip");
  }
  const arrays = new Map<string, NumpyArray>();
  for (const [path, data] of Object.entries(entries)) {
    const name = path.replace(/\.npy$/, "");
    try {
      arrays.set(name, readNpy(data));
    } catch (error) {
      if (!(error instanceof NpyError)) throw error;
      throw new SequenceError(file, `${error.message} in ${name}`, "a plain array");
    }
  }
  return arrays;
}
