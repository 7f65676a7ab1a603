/**
 * The offset between the engine's clock and the page's, as engine/clock_offset.py estimates it:
 * by the ping that was fastest of late, and by the frames alone until a pong has come.
 * Times in seconds.
 */

/** How long a ping counts: clocks of two machines drift by some 20 ppm, 0.6 ms in this time. */
const WINDOW = 30;
/** By how much a ping may be slower and still tell as much: a later one knows the drift. */
const AS_FAST = 0.0002;
const ARRIVALS = 240;
/** An offset that cannot be within this of the last is another clock's. */
const ANOTHER = 0.1;
/** The offset is set anew where it was wrong by more, and else moves by SLEW in a second. */
const STEP = 0.01;
const SLEW = 0.002;

interface Pong {
  received: number;
  delay: number;
  offset: number;
}

export class ClockOffset {
  private pongs: Pong[] = [];
  private readonly arrivals = new Float64Array(ARRIVALS);
  private arrived = 0;
  private offset = Number.NaN;
  private at = 0;

  /** Takes a pong: when its ping left and it came back by the page, the engine's clock between. */
  pong(sent: number, received: number, clock: number): void {
    const delay = received - sent;
    if (!(delay >= 0) || !Number.isFinite(clock)) return;
    const offset = clock - (sent + received) / 2;
    const best = this.best();
    if (best && Math.abs(offset - best.offset) > (best.delay + delay) / 2 + ANOTHER)
      this.pongs = [];
    this.pongs.push({ received, delay, offset });
    while (this.pongs[0].received < received - WINDOW) this.pongs.shift();
  }

  /** Takes a frame that was made at an engine clock and came at a page clock. */
  arrive(clock: number, received: number): void {
    this.arrivals[this.arrived++ % ARRIVALS] = clock - received;
  }

  /** Engine clock less page clock at a page clock; NaN before anything has come. */
  read(now: number): number {
    const wanted = this.best()?.offset ?? this.fastestArrival();
    if (Number.isNaN(wanted)) return wanted;
    if (!(Math.abs(wanted - this.offset) <= STEP)) this.offset = wanted;
    else {
      const most = SLEW * Math.max(0, now - this.at);
      this.offset += Math.min(Math.max(wanted - this.offset, -most), most);
    }
    this.at = now;
    return this.offset;
  }

  private fastestArrival(): number {
    let most = Number.NaN;
    for (let i = 0; i < Math.min(this.arrived, ARRIVALS); i++) {
      if (!(this.arrivals[i] <= most)) most = this.arrivals[i];
    }
    return most;
  }

  /** The fastest ping, of several as fast the last. */
  private best(): Pong | undefined {
    let fastest = Number.POSITIVE_INFINITY;
    for (const { delay } of this.pongs) fastest = Math.min(fastest, delay);
    return this.pongs.findLast(({ delay }) => delay <= fastest + AS_FAST);
  }
}
