/** What the operator sees for three seconds after a key or the mouse, and the stale sign. */

import { clockText, timecodeText } from "../clock_text";
import { byId } from "../page";
import type { CueName, ShowState } from "./control";

const VISIBLE_MS = 3000;
const ERROR_MS = 6000;

const cue = (c: CueName | null): string =>
  c ? [c.number, c.name].filter(Boolean).join("  ") : "–";

export class Overlay {
  private readonly root = byId("overlay");
  private readonly running = byId("running");
  private readonly standby = byId("standby");
  private readonly notes = byId("notes");
  private readonly time = byId("time");
  private readonly timecode = byId("timecode");
  private readonly marks = byId("marks");
  private readonly error = byId("error");
  private readonly signal = byId("signal");
  private until = 0;
  private errorUntil = 0;
  private second = -1;
  private tenth = -1;

  /** Shows the overlay for three seconds from `now`, in milliseconds. */
  wake(now: number): void {
    this.until = now + VISIBLE_MS;
    this.show(true);
  }

  private show(on: boolean): void {
    this.root.classList.toggle("on", on);
    document.body.classList.toggle("idle", !on);
  }

  say(message: string, now: number): void {
    this.error.textContent = message;
    this.errorUntil = now + ERROR_MS;
    this.until = Math.max(this.until, this.errorUntil);
    this.show(true);
  }

  state(state: ShowState): void {
    this.running.textContent = cue(state.running);
    this.standby.textContent = cue(state.standby);
    this.notes.textContent = state.standby?.notes ?? "";
    const marks = [
      state.hold ? "HOLD" : "",
      state.panic ? "PANIC" : "",
      state.blackout ? "BLACKOUT" : "",
      state.locating ? "LOCATING" : "",
      state.ahead && !state.ahead.ready
        ? `danced ahead to ${clockText(state.ahead.reached)} of ${clockText(state.ahead.until)}`
        : "",
      state.notice ?? "",
      ...state.faults,
    ];
    this.marks.textContent = marks.filter(Boolean).join("  ·  ");
  }

  /** Black hides everything, the overlay and the stale sign too. */
  black(on: boolean): void {
    document.body.classList.toggle("black", on);
  }

  /** Follows the time: what has been on long enough goes, show time moves on. */
  tick(now: number, showTime: number, timecode: Uint8Array | null): void {
    if (this.errorUntil !== 0 && now > this.errorUntil) {
      this.errorUntil = 0;
      this.error.textContent = "";
    }
    if (this.until !== 0 && now > this.until) {
      this.until = 0;
      this.show(false);
    }
    const tenth = Math.floor(showTime * 10);
    if (this.until !== 0 && tenth !== this.tenth) {
      this.tenth = tenth;
      this.time.textContent = clockText(showTime);
      this.timecode.textContent = timecode ? timecodeText(timecode) : "";
    }
  }

  /** silence: seconds since the last frame; negative where the stream is alive. */
  stale(silence: number): void {
    const second = silence < 0 ? -1 : Number.isFinite(silence) ? Math.floor(silence) : -2;
    if (second === this.second) return;
    this.second = second;
    this.signal.classList.toggle("on", second !== -1);
    this.signal.textContent =
      second === -2 ? "WAITING FOR THE SHOW" : second === -1 ? "" : `NO SIGNAL ${second} s`;
  }
}
