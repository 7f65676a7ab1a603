/**
 * From frames that arrive when they like to a picture for every refresh of the display: each
 * frame is shown when the engine's clock is its own plus the show's delay, so that all screens
 * are in step, and blended in between. Where frames come too late for that, this screen waits
 * for them longer than the others: it is a little behind then, but moves evenly.
 */

import { POSE_FLOATS } from "../skeleton";
import { ClockOffset } from "./clock_offset";
import { decode, FLAG_BLACKOUT, Frame, STATE_ABSENT } from "../wire";

/** Frames that are kept, and arrivals that the least time on the way is known from. */
const KEPT = 128;
const ARRIVALS = 240;
/** Seconds: show time that moves otherwise than the clock by this much was a locate. */
const LOCATE = 0.25;
/** Seconds: a clock that goes back, or ahead by this much, is another clock. */
const RESTART_BACK = 0.1;
const RESTART_AHEAD = 10;
/** Seconds: a playhead further off than this jumps; a smaller error is smoothed out. */
const FAR_OFF = 0.25;
const SMOOTHING = 0.6;
/** Nobody moves this many metres between two frames: it is another place, not a movement. */
const TELEPORT = 0.8;
/** Without a frame for so many seconds the stream is stale. */
export const STALE_AFTER = 0.4;

class Slot {
  readonly frame = new Frame();
  /** True where show time jumped between the frame before and this one. */
  cut = false;
}

export class Playout {
  framesReceived = 0;
  /** Seconds of the page's clock when the last frame came; -Infinity before the first. */
  lastArrival = Number.NEGATIVE_INFINITY;
  /** Counts the jumps in show time that have been shown. */
  cuts = 0;
  /** Engine clock of what `sample` gave last, in seconds. */
  playhead = 0;
  private readonly slots = Array.from({ length: KEPT }, () => new Slot());
  private readonly spare = new Slot();
  private clock = new ClockOffset();
  private readonly ways = new Float64Array(ARRIVALS);
  private interval = 1 / 50;
  private wanted = 0;
  private received = 0;
  private arrivals = 0;
  private least = 0;
  private lateness = 0;
  private sampledAt = Number.NaN;
  private shown = 0;

  /** Takes rate (frames a second) and delay (s) of the frames to come; others begin anew. */
  start(rate: number, delay: number): void {
    if (this.interval === 1 / rate && this.wanted === delay) return;
    this.interval = 1 / rate;
    this.wanted = delay;
    this.reset();
  }

  /** Takes the answer to a ping: when it left and came back, and the engine's clock. */
  pong(sent: number, received: number, clock: number): void {
    this.clock.pong(sent, received, clock);
  }

  /** Engine clock less page clock, in seconds; NaN before the first frame or pong. */
  offset(now: number): number {
    return this.clock.read(now);
  }

  private reset(): void {
    this.clock = new ClockOffset();
    this.received = 0;
    this.arrivals = 0;
    this.least = 0;
    this.lateness = 0;
    this.sampledAt = Number.NaN;
    this.shown = 0;
  }

  /** The frame that came last, if any. */
  get newest(): Frame | null {
    return this.received > 0 ? this.slot(this.received - 1).frame : null;
  }

  /** True where the newest frame asks for black: this is not played out late. */
  get blackout(): boolean {
    return this.newest !== null && (this.newest.flags & FLAG_BLACKOUT) !== 0;
  }

  stale(now: number): boolean {
    return now - this.lastArrival > STALE_AFTER;
  }

  private slot(number: number): Slot {
    return this.slots[number % KEPT];
  }

  /** Takes a frame's bytes at `now`, in seconds. Throws WireError where they are none. */
  push(view: DataView, now: number): void {
    decode(view, this.spare.frame);
    const { frame } = this.spare;
    this.framesReceived++;
    this.lastArrival = now;
    const before = this.newest;
    if (before) {
      const step = frame.clock - before.clock;
      if (step < -RESTART_BACK || step > RESTART_AHEAD) {
        this.reset();
        this.cuts++;
      } else if (step <= 0) {
        return;
      }
    }
    const slot = this.slot(this.received);
    slot.frame.copy(frame);
    slot.cut = false;
    if (this.received > 0 && before) {
      const step = frame.showTime - before.showTime;
      slot.cut = step < -1e-3 || Math.abs(step - (frame.clock - before.clock)) > LOCATE;
    }
    this.received++;
    this.clock.arrive(frame.clock, now);
    this.measure(now - frame.clock + this.clock.read(now));
  }

  /** Notes how long a frame was on its way: the fastest of late, and how much later others came. */
  private measure(way: number): void {
    this.ways[this.arrivals++ % ARRIVALS] = way;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < Math.min(this.arrivals, ARRIVALS); i++) {
      if (this.ways[i] < least) least = this.ways[i];
    }
    this.least = Math.max(0, least);
    this.lateness = Math.max(this.lateness * 0.99, way - least);
  }

  /** Seconds from a frame to its showing: the show's, or what this screen's frames need. */
  get delay(): number {
    const { interval } = this;
    const needed = Math.min(2 * interval, Math.max(1.1 * interval, interval + this.lateness));
    return Math.max(this.wanted, this.least + needed);
  }

  /** Writes into `out` what is to be seen at `now`; false before the first frame. */
  sample(now: number, out: Frame): boolean {
    if (this.received === 0) return false;
    const target = now + this.clock.read(now) - this.delay;
    const elapsed = now - this.sampledAt;
    this.sampledAt = now;
    const expected = this.playhead + elapsed;
    const error = target - expected;
    if (!(Math.abs(error) < FAR_OFF)) this.playhead = target;
    else this.playhead = expected + error * Math.min(1, elapsed / SMOOTHING);

    const oldest = Math.max(0, this.received - KEPT);
    let at = this.received - 1;
    while (at > oldest && this.slot(at).frame.clock > this.playhead) at--;
    for (let n = Math.max(oldest, this.shown + 1); n <= at; n++) if (this.slot(n).cut) this.cuts++;
    this.shown = Math.max(this.shown, at);
    const a = this.slot(at).frame;
    out.copy(a);
    if (at === this.received - 1) return true;
    const next = this.slot(at + 1);
    const b = next.frame;
    const share = (this.playhead - a.clock) / (b.clock - a.clock);
    if (share > 0 && !next.cut && a.count === b.count) blend(a, b, share, out);
    return true;
  }
}

/** Writes a frame between a and b into `out`, which is a copy of a. */
export function blend(a: Frame, b: Frame, share: number, out: Frame): void {
  out.showTime = a.showTime + (b.showTime - a.showTime) * share;
  out.clock = a.clock + (b.clock - a.clock) * share;
  for (let p = 0; p < a.count; p++) {
    if (a.state[p] === STATE_ABSENT || b.state[p] === STATE_ABSENT) continue;
    out.level[p] = a.level[p] + (b.level[p] - a.level[p]) * share;
    for (let i = p * 3; i < p * 3 + 3; i++) {
      out.color[i] = a.color[i] + (b.color[i] - a.color[i]) * share;
    }
    const hip = p * POSE_FLOATS;
    const moved = Math.hypot(
      b.joints[hip] - a.joints[hip],
      b.joints[hip + 1] - a.joints[hip + 1],
      b.joints[hip + 2] - a.joints[hip + 2],
    );
    if (moved > TELEPORT) continue;
    for (let i = hip; i < hip + POSE_FLOATS; i++) {
      out.joints[i] = a.joints[i] + (b.joints[i] - a.joints[i]) * share;
    }
  }
}
