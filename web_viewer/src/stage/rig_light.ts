/** The light that the pixels of a rig throw on the floor; neighbours share a pool in a large rig. */

/** Pools of light that are drawn at most. */
export const MOST_POOLS = 512;
/** Metres: a pixel in the floor glows through its frosted cover as if it hung this high. */
const LEAST_HEIGHT = 0.42;
/** How bright a pool is for a pixel at full. */
const POWER = 0.16;

export class RigLight {
  private readonly each: number;
  private readonly count: number;

  /** positions and light: three numbers for each pixel. */
  constructor(
    private readonly positions: Float32Array,
    private readonly light: Float32Array,
  ) {
    const pixels = positions.length / 3;
    this.each = Math.max(1, Math.ceil(pixels / MOST_POOLS));
    this.count = Math.ceil(pixels / this.each);
  }

  /** Writes where the pools are: x, y, height and reach of each, four numbers. */
  place(start: Float32Array): void {
    const { each, positions } = this;
    for (let pool = 0; pool < this.count; pool++) {
      const first = pool * each * 3;
      const last = Math.min(positions.length, first + each * 3);
      const n = (last - first) / 3;
      start.fill(0, pool * 4, pool * 4 + 4);
      for (let i = first; i < last; i += 3) {
        for (let k = 0; k < 3; k++) start[pool * 4 + k] += positions[i + k] / n;
      }
      const height = Math.max(LEAST_HEIGHT, start[pool * 4 + 2]);
      start[pool * 4 + 2] = height;
      start[pool * 4 + 3] = 0.6 + 2 * height;
    }
  }

  /** Writes what each pool gives, red, green, blue and a fourth number; gives how many. */
  shine(end: Float32Array): number {
    const { each, light } = this;
    for (let pool = 0; pool < this.count; pool++) {
      const first = pool * each * 3;
      const last = Math.min(light.length, first + each * 3);
      end[pool * 4] = end[pool * 4 + 1] = end[pool * 4 + 2] = 0;
      for (let i = first; i < last; i += 3) {
        for (let k = 0; k < 3; k++) end[pool * 4 + k] += light[i + k] * POWER;
      }
    }
    return this.count;
  }
}
