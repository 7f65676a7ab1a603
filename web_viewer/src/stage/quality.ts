/** How much the page draws: it gives up what costs most until the display keeps up. */

export interface Quality {
  /** Most pixels of the picture for one pixel of the page. */
  readonly pixelRatio: number;
  readonly samples: number;
  /** How often the picture is halved for the glow; 0 for none. */
  readonly halvings: number;
  /** Many taps for each halving, or few. */
  readonly fine: boolean;
  readonly reflection: boolean;
  /** Edge in pixels of the floor's picture of light and shadow. */
  readonly floor: number;
  /** Edge in metres of the grid that bodies are meshed on. */
  readonly cell: number;
}

export const QUALITIES: readonly Quality[] = [
  { pixelRatio: 2, samples: 4, halvings: 6, fine: true, reflection: true, floor: 768, cell: 0.016 },
  { pixelRatio: 1, samples: 4, halvings: 6, fine: true, reflection: true, floor: 512, cell: 0.016 },
  { pixelRatio: 1, samples: 0, halvings: 5, fine: true, reflection: true, floor: 256, cell: 0.024 },
  {
    pixelRatio: 0.8,
    samples: 0,
    halvings: 4,
    fine: false,
    reflection: false,
    floor: 128,
    cell: 0.034,
  },
  {
    pixelRatio: 0.6,
    samples: 0,
    halvings: 3,
    fine: false,
    reflection: false,
    floor: 96,
    cell: 0.034,
  },
];

/** Seconds a picture may take: a display of 50 Hz or more keeps its pace below this. */
const SLOW = 1 / 45;
/** Pictures whose times are judged together. */
const WINDOW = 60;
/** A quality is as fast as the fastest within this factor. */
const ALIKE = 1.15;

/**
 * Watches the time between pictures and goes down until the display keeps up. Where the lowest
 * quality does not, the best of those that are about as fast as the fastest is kept: a display
 * of 30 Hz is slow whatever is drawn.
 */
export class QualityWatch {
  private readonly intervals = new Float64Array(WINDOW);
  private readonly medians = new Float64Array(QUALITIES.length).fill(Number.POSITIVE_INFINITY);
  private taken = 0;
  private settled = false;

  constructor(public level: number) {}

  /** Takes the seconds since the last picture; true where `level` has changed. */
  tick(seconds: number): boolean {
    if (this.settled || seconds > 1) return false;
    this.intervals[this.taken++] = seconds;
    if (this.taken < WINDOW) return false;
    this.taken = 0;
    const median = this.intervals.sort()[WINDOW / 2];
    if (median <= SLOW) return false;
    this.medians[this.level] = median;
    if (this.level < QUALITIES.length - 1) {
      this.level++;
      return true;
    }
    this.settled = true;
    const fastest = Math.min(...this.medians);
    const best = this.medians.findIndex((m) => m <= fastest * ALIKE);
    const changed = best !== this.level;
    this.level = best;
    return changed;
  }
}
