/** The lights of a recording: its rig, and its levels over time. */

import { HEADER_BYTES, type Rig } from "./rig";

export class LightTrack {
  /** Linear red, green and blue of each pixel, as `seek` left them. */
  readonly light: Float32Array;
  private readonly clocks: Float64Array;
  private shown = -1;

  /** levels: messages in the order of their clocks. start: engine clock of the first frame. */
  constructor(
    readonly rig: Rig,
    private readonly levels: readonly DataView[],
    private readonly start: number,
  ) {
    this.light = new Float32Array(rig.count * 3);
    this.clocks = Float64Array.from(levels, (view) =>
      view.byteLength >= HEADER_BYTES ? view.getFloat64(16, true) : start,
    );
  }

  /** Brings `light` to a time in seconds after the first frame. Throws WireError. */
  seek(time: number): void {
    const clock = this.start + time + 1e-4;
    let low = 0;
    let high = this.clocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.clocks[middle] <= clock) low = middle + 1;
      else high = middle;
    }
    if (low - 1 === this.shown) return;
    this.shown = low - 1;
    if (low === 0) this.light.fill(0);
    else this.rig.read(this.levels[low - 1], this.light);
  }
}
