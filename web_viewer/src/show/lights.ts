/** The show's lamps on the projection: shown where the production or a key asks for them. */

import { LightsPlayout } from "../lights/playout";
import { Rig } from "../lights/rig";
import { WireError } from "../wire";
import { Line } from "./line";

/** What is told of the show's rig, null where it has none. */
export interface RigState {
  projection: boolean;
}

/** Shows a rig's pixels, or none. */
export type Show = (rig: { positions: Float32Array; light: Float32Array } | null) => void;

export class ShowLights {
  /** What a key asked for; null: as the production has it. */
  private asked: boolean | null = null;
  private state: RigState | null = null;
  private line: Line | null = null;
  private playout: LightsPlayout | null = null;

  /** show: draws a rig; failed: called with what cannot be read. */
  constructor(
    private readonly show: Show,
    private readonly failed: (message: string) => void,
  ) {}

  get shown(): boolean {
    return this.line !== null;
  }

  get levelsReceived(): number {
    return this.playout?.levelsReceived ?? 0;
  }

  /** Linear red, green and blue of each pixel, as they are seen now. */
  get light(): Float32Array | null {
    return this.playout?.light ?? null;
  }

  /** Takes what the show says about its rig. */
  follow(state: RigState | null): void {
    this.state = state;
    this.decide();
  }

  toggle(): void {
    if (this.state) this.asked = !this.shown;
    this.decide();
  }

  /** Brings the lamps to an engine clock; now and elapsed: seconds of the page. */
  tick(clock: number, now: number, elapsed: number): void {
    this.playout?.sample(clock, now, elapsed);
  }

  private decide(): void {
    const wanted = this.state !== null && (this.asked ?? this.state.projection);
    if (wanted === this.shown) return;
    if (wanted) this.open();
    else this.close();
  }

  private open(): void {
    this.line = new Line("/lights", {
      open: () => {},
      text: (message) => {
        if (message.type === "rig") this.meet(message);
      },
      binary: (view) => {
        this.read(() => this.playout?.push(view, performance.now() / 1000));
      },
    });
  }

  private close(): void {
    this.line?.close();
    this.line = this.playout = null;
    this.show(null);
  }

  private meet(message: Record<string, unknown>): void {
    this.read(() => {
      this.playout = new LightsPlayout(new Rig(message));
      this.show({ positions: this.playout.rig.positions, light: this.playout.light });
    });
  }

  private read(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.failed(error.message);
    }
  }
}
