/** Deep.Dance's sequences: JSON with 17 joints for each numbered frame, in metres, z up. */

import { HIP, JOINT_COUNT, LEFT_HIP, POSE_FLOATS, RIGHT_HIP } from "../skeleton";
import { type Sequence, SequenceError } from "./sequence";

/** The files carry no rate; Deep.Dance filmed at 25 frames a second. */
const FPS = 25;

/** Reads a sequence. Throws SequenceError where the text is none. */
export function readDeepDance(file: string, text: string): Sequence {
  let content: { frames?: Record<string, unknown> } | null;
  try {
    content = JSON.parse(text) as typeof content;
  } catch (error) {
    throw new SequenceError(file, `broken JSON (${(error as Error).message})`, "a sequence");
  }
  const numbered = content?.frames;
  if (typeof numbered !== "object" || numbered === null) {
    throw new SequenceError(file, "JSON without frames", 'Deep.Dance\'s {"frames": …}');
  }
  const keys = Object.keys(numbered).sort((a, b) => Number(a) - Number(b));
  if (keys.length === 0) throw new SequenceError(file, "no frames", "at least one");
  const joints = new Float32Array(keys.length * POSE_FLOATS);
  keys.forEach((key, frame) => {
    const pose = numbered[key];
    if (!Array.isArray(pose) || pose.length !== JOINT_COUNT) {
      const found = Array.isArray(pose) ? `${pose.length} joints` : "no joints";
      throw new SequenceError(file, `${found} in frame ${key}`, `${JOINT_COUNT}`);
    }
    pose.forEach((point, joint) => {
      if (!Array.isArray(point) || point.length !== 3 || !point.every(Number.isFinite)) {
        const where = `frame ${key}, joint ${joint}`;
        throw new SequenceError(file, `${JSON.stringify(point)} in ${where}`, "x, y, z");
      }
      joints.set(point, frame * POSE_FLOATS + joint * 3);
    });
  });
  putOnHip(joints);
  const part = { name: file, joints, level: null, color: null };
  return { name: file, fps: FPS, frames: keys.length, parts: [part] };
}

/**
 * Puts the body where its hip is, if the file kept the hip's way apart: Deep.Dance's hip
 * correction leaves the other joints around the origin and not around the hip.
 */
function putOnHip(joints: Float32Array): void {
  const frames = joints.length / POSE_FLOATS;
  const toHip = new Float64Array(frames);
  const toOrigin = new Float64Array(frames);
  for (let f = 0; f < frames; f++) {
    const at = (joint: number, axis: number) => joints[f * POSE_FLOATS + joint * 3 + axis];
    const middle = [0, 1, 2].map((axis) => (at(RIGHT_HIP, axis) + at(LEFT_HIP, axis)) / 2);
    toHip[f] = Math.hypot(...middle.map((value, axis) => value - at(HIP, axis)));
    toOrigin[f] = Math.hypot(...middle);
  }
  const half = Math.floor(frames / 2);
  if (toHip.sort()[half] <= toOrigin.sort()[half]) return;
  for (let i = 0; i < joints.length; i++) {
    const inPose = i % POSE_FLOATS;
    if (inPose >= (HIP + 1) * 3) joints[i] += joints[i - inPose + (inPose % 3)];
  }
}
