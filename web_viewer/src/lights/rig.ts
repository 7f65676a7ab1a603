/**
 * The rig and its levels, as engine/lights/message.py writes them down: from the very bytes
 * that go out to the light of every pixel.
 */

import { WireError } from "../wire";

export const HEADER_BYTES = 24;
const MAGIC = 0x564c4746; // "FGLV", little-endian
const VERSION = 1;
const CHANNELS = 512;

/** Linear light of each emitter on a screen; white and amber as the output stage mixes them. */
const EMITTERS: Readonly<Record<string, readonly [number, number, number]>> = {
  R: [1, 0, 0],
  G: [0, 1, 0],
  B: [0, 0, 1],
  W: [1, 1, 1],
  A: [1, 0.4, 0],
  UV: [0.16, 0.01, 0.5],
};
const DIMMER = "D";
const TOKEN = /UV|uv|[A-Za-z_]/g;

interface Fixture {
  name: string;
  order: string;
  gamma: number;
  full: number;
  positions: number[];
  first: number[];
}

/** A channel of a pixel: which emitter it feeds, and how much of its value counts. */
interface Slot {
  readonly emitter: string;
  readonly weight: number;
}

/** A run of pixels that are laid out alike. */
interface Run {
  readonly pixels: number;
  readonly slots: readonly (Slot | null)[];
  readonly gamma: number;
  readonly first: readonly number[];
}

/** The slots of a channel order: "R" has 8 bits, "Rr" a coarse and a fine half. */
export function slots(order: string): (Slot | null)[] {
  const tokens = order.match(TOKEN) ?? [];
  return tokens.map((token) => {
    const emitter = token.toUpperCase();
    if (!(emitter in EMITTERS) && emitter !== DIMMER) return null;
    const wide = tokens.some((other) => other === emitter.toLowerCase());
    if (!wide) return { emitter, weight: 1 / 255 };
    return { emitter, weight: token === emitter ? 256 / 65535 : 1 / 65535 };
  });
}

export class Rig {
  readonly count: number;
  /** x, y, z of each pixel, metres, stage space. */
  readonly positions: Float32Array;
  /** Whether the projection shows the lights unless it is told otherwise. */
  readonly projection: boolean;
  private readonly runs: readonly Run[];
  /** What makes the brightest fixture of the rig full on the screen. */
  private readonly gain: number;
  /** Of each universe of a message: where its values begin in it. */
  private readonly begins = new Map<number, number>();
  private readonly sums = new Map<string, number>();

  /** Takes the rig's object. Throws WireError where it is none of this version. */
  constructor(message: Record<string, unknown>) {
    if (message.wire !== VERSION || !Array.isArray(message.fixtures)) {
      throw new WireError(`rig: found wire ${String(message.wire)}, expected ${VERSION}`);
    }
    const fixtures = message.fixtures as Fixture[];
    this.projection = message.projection === true;
    this.positions = new Float32Array(fixtures.flatMap((fixture) => fixture.positions));
    this.count = this.positions.length / 3;
    this.gain = 1 / Math.max(0.01, ...fixtures.map((fixture) => fixture.full));
    this.runs = fixtures.map(({ order, gamma, first }) => ({
      pixels: first.length,
      slots: slots(order),
      gamma,
      first,
    }));
  }

  /**
   * Writes the linear red, green and blue of each pixel into `out`, 3 numbers each; gives the
   * engine clock of the levels. Throws WireError where the bytes are no levels.
   */
  read(view: DataView, out: Float32Array): number {
    this.find(view);
    let at = 0;
    for (const run of this.runs) {
      for (let p = 0; p < run.pixels; p++, at += 3) this.pixel(view, run, run.first[p], out, at);
    }
    return view.getFloat64(16, true);
  }

  private find(view: DataView): void {
    const length = view.byteLength;
    if (length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
      throw new WireError("levels: found other bytes, expected FGLV");
    }
    if (view.getUint8(4) !== VERSION) {
      throw new WireError(`levels: found version ${view.getUint8(4)}, expected ${VERSION}`);
    }
    this.begins.clear();
    let at = HEADER_BYTES;
    for (let u = view.getUint16(6, true); u > 0; u--) {
      const universe = at + 4 <= length ? view.getUint16(at, true) : 0;
      const channels = at + 4 <= length ? view.getUint16(at + 2, true) : length;
      if (at + 4 + channels > length) {
        throw new WireError(`levels: found ${length} bytes, expected ${at + 4 + channels}`);
      }
      this.begins.set(universe, at + 4);
      at += 4 + channels;
    }
    if (at !== length) throw new WireError(`levels: found ${length} bytes, expected ${at}`);
  }

  private pixel(view: DataView, run: Run, first: number, out: Float32Array, at: number): void {
    const { sums, gain } = this;
    sums.clear();
    for (let s = 0; s < run.slots.length; s++) {
      const slot = run.slots[s];
      if (slot === null) continue;
      const channel = first + s;
      const begin = this.begins.get(Math.floor(channel / CHANNELS));
      const where = begin === undefined ? -1 : begin + (channel % CHANNELS);
      const value = where >= 0 && where < view.byteLength ? view.getUint8(where) : 0;
      sums.set(slot.emitter, (sums.get(slot.emitter) ?? 0) + value * slot.weight);
    }
    const dimmer = sums.get(DIMMER);
    let scale = gain;
    if (dimmer !== undefined) scale *= dimmer ** run.gamma;
    out[at] = out[at + 1] = out[at + 2] = sums.size === 1 && dimmer !== undefined ? scale : 0;
    for (const [emitter, value] of sums) {
      if (emitter === DIMMER) continue;
      const light = scale * (run.gamma === 1 ? value : value ** run.gamma);
      const [red, green, blue] = EMITTERS[emitter];
      out[at] += red * light;
      out[at + 1] += green * light;
      out[at + 2] += blue * light;
    }
  }
}
