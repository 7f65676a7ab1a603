/** Up to three sequences that are played together, in red, green and blue. */

import type { LightTrack } from "../lights/track";
import { lift, type Sequence, SequenceError } from "../sequence/sequence";
import { HIP, POSE_FLOATS } from "../skeleton";
import { type Frame, MAX_PERFORMERS, STATE_PLAYED } from "../wire";

/** sRGB 0..1. */
export const COLORS: readonly (readonly [number, number, number])[] = [
  [0.98, 0.2, 0.25],
  [0.2, 0.88, 0.46],
  [0.24, 0.47, 1.0],
];
/** Metres between two sequences that are set apart. */
const APART = 1.7;

interface Entry {
  readonly sequence: Sequence;
  readonly color: number;
  /** Metres to lift each part in each frame. */
  readonly lifts: readonly Float32Array[];
}

export class Playlist {
  lifted = false;
  apart = false;
  /** Frames a second instead of those of the files; 0 for theirs. */
  fps = 0;
  private entries: Entry[] = [];

  get sequences(): readonly { sequence: Sequence; color: number }[] {
    return this.entries;
  }

  /** Takes one more. Throws SequenceError where three are there already. */
  add(sequence: Sequence): void {
    const color = COLORS.findIndex((_, c) => this.entries.every((entry) => entry.color !== c));
    if (color < 0) {
      throw new SequenceError(sequence.name, "three sequences already", "at most three");
    }
    const lifts = sequence.parts.map((part) => lift(part, sequence.frames, sequence.fps));
    this.entries = [...this.entries, { sequence, color, lifts }].sort((a, b) => a.color - b.color);
  }

  remove(color: number): void {
    this.entries = this.entries.filter((entry) => entry.color !== color);
  }

  /** The lights of the first recording that has some. */
  get lights(): LightTrack | null {
    return this.lit?.lights ?? null;
  }

  private get lit(): Sequence | undefined {
    return this.entries.find(({ sequence }) => sequence.lights)?.sequence;
  }

  /** Brings the lights to `time`, in seconds. */
  shine(time: number): void {
    const { lit } = this;
    lit?.lights?.seek((time * this.rate(lit)) / lit.fps);
  }

  rate(sequence: Sequence): number {
    return this.fps || sequence.fps;
  }

  /** Seconds of the longest. */
  get duration(): number {
    const last = ({ sequence }: Entry) => (sequence.frames - 1) / this.rate(sequence);
    return Math.max(0, ...this.entries.map(last));
  }

  /** Frames a second of the fastest: a step goes by these. */
  get stepRate(): number {
    return Math.max(1, ...this.entries.map(({ sequence }) => this.rate(sequence)));
  }

  /** x and y in metres of the middle of the places where everyone goes. */
  get middle(): [number, number] {
    let [x, y, count] = [0, 0, 0];
    for (const entry of this.entries) {
      for (const { joints } of entry.sequence.parts) {
        for (let at = HIP * 3; at < joints.length; at += POSE_FLOATS * 10) {
          x += joints[at] + this.aside(entry);
          y += joints[at + 1];
          count++;
        }
      }
    }
    return count > 0 ? [x / count, y / count] : [0, 0];
  }

  /** True where two sequences begin in the same place. */
  get crowded(): boolean {
    const hips = this.entries.map(({ sequence }) => sequence.parts[0].joints);
    return hips.some((a, i) =>
      hips.slice(i + 1).some((b) => Math.hypot(a[0] - b[0], a[1] - b[1]) < 0.6),
    );
  }

  private aside(entry: Entry): number {
    return this.apart ? (entry.color - 1) * APART : 0;
  }

  /** Writes everyone at `time`, in seconds, into `frame`; who has ended stands still. */
  fill(time: number, frame: Frame): void {
    frame.count = 0;
    frame.showTime = time;
    for (const entry of this.entries) {
      const { sequence, lifts } = entry;
      const at = Math.min(sequence.frames - 1, Math.max(0, time * this.rate(sequence)));
      const before = Math.floor(at);
      const after = Math.min(sequence.frames - 1, before + 1);
      for (let i = 0; i < sequence.parts.length && frame.count < MAX_PERFORMERS; i++) {
        this.pose(entry, i, before, after, at - before, frame);
        if (this.lifted) {
          const z = lifts[i][before] + (lifts[i][after] - lifts[i][before]) * (at - before);
          raise(frame, frame.count, z);
        }
        frame.count++;
      }
    }
  }

  private pose(
    entry: Entry,
    part: number,
    before: number,
    after: number,
    share: number,
    frame: Frame,
  ): void {
    const { joints, level, color } = entry.sequence.parts[part];
    const p = frame.count;
    const to = p * POSE_FLOATS;
    const a = before * POSE_FLOATS;
    const b = after * POSE_FLOATS;
    const aside = this.aside(entry);
    for (let i = 0; i < POSE_FLOATS; i++) {
      const value = joints[a + i] + (joints[b + i] - joints[a + i]) * share;
      frame.joints[to + i] = i % 3 === 0 ? value + aside : value;
    }
    frame.state[p] = STATE_PLAYED;
    frame.level[p] = level ? level[before] : 1;
    for (let c = 0; c < 3; c++) {
      frame.color[p * 3 + c] = color ? color[before * 3 + c] : COLORS[entry.color][c];
    }
  }
}

function raise(frame: Frame, performer: number, z: number): void {
  const from = performer * POSE_FLOATS;
  for (let i = 2; i < POSE_FLOATS; i += 3) frame.joints[from + i] += z;
}
