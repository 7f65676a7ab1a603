/** Levels that arrive when they like, shown with the frame that they were made for. */

import type { Rig } from "./rig";

const KEPT = 32;
/** Seconds without levels after which the lamps count as out. */
const SILENT = 1;
/** Seconds in which the eye, and a lamp, follow: a dithered level does not flicker. */
const PERSISTENCE = 0.05;

export class LightsPlayout {
  /** Linear red, green and blue of each pixel, as they are to be seen. */
  readonly light: Float32Array;
  levelsReceived = 0;
  private readonly clocks = new Float64Array(KEPT);
  private readonly slots: readonly Float32Array[];
  private arrived = Number.NEGATIVE_INFINITY;

  constructor(readonly rig: Rig) {
    this.light = new Float32Array(rig.count * 3);
    this.slots = Array.from({ length: KEPT }, () => new Float32Array(rig.count * 3));
  }

  /** Takes a message that came at `now`, seconds. Throws WireError where it holds no levels. */
  push(view: DataView, now: number): void {
    const at = this.levelsReceived % KEPT;
    const clock = this.rig.read(view, this.slots[at]);
    const before = this.levelsReceived > 0 ? this.clocks[(at + KEPT - 1) % KEPT] : clock;
    if (clock < before) this.clocks.fill(Number.NEGATIVE_INFINITY); // another engine
    this.clocks[at] = clock;
    this.levelsReceived++;
    this.arrived = now;
  }

  /** Brings `light` to an engine clock; now and elapsed: seconds of the page. */
  sample(clock: number, now: number, elapsed: number): void {
    const share = 1 - Math.exp(-elapsed / PERSISTENCE);
    const { light } = this;
    if (now - this.arrived > SILENT || this.levelsReceived === 0) {
      for (let i = 0; i < light.length; i++) light[i] -= light[i] * share;
      return;
    }
    const seen = this.slots[this.find(clock)];
    for (let i = 0; i < light.length; i++) light[i] += (seen[i] - light[i]) * share;
  }

  /** The slot of the last levels that are due, or else of the oldest ones. */
  private find(clock: number): number {
    const newest = this.levelsReceived - 1;
    const oldest = Math.max(0, newest - KEPT + 1);
    let n = newest;
    while (n > oldest && this.clocks[n % KEPT] > clock + 1e-4) n--;
    return n % KEPT;
  }
}
