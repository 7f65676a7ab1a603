/** Where the player is in time: play, pause, scrub, step, speed and loop. */

export class Playback {
  playing = false;
  loop = true;
  speed = 1;
  /** Seconds. */
  time = 0;
  duration = 0;

  /** Moves on by `seconds` of the page's time. */
  tick(seconds: number): void {
    if (!this.playing) return;
    const time = this.time + seconds * this.speed;
    if (time < this.duration) this.time = time;
    else if (this.loop && this.duration > 0) this.time = time % this.duration;
    else {
      this.time = this.duration;
      this.playing = false;
    }
  }

  toggle(): void {
    if (!this.playing && this.time >= this.duration) this.time = 0;
    this.playing = !this.playing && this.duration > 0;
  }

  seek(time: number): void {
    this.time = Math.max(0, Math.min(this.duration, time));
  }

  /** Goes to the frame that is `frames` after the one shown, and stops there. */
  step(frames: number, fps: number): void {
    this.playing = false;
    const at = Math.round(this.time * fps * 1000) / 1000;
    const frame = frames > 0 ? Math.floor(at) + frames : Math.ceil(at) + frames;
    this.seek(frame / fps);
  }

  /** Takes another duration and stays at the same share of the way. */
  stretch(duration: number): void {
    const share = this.duration > 0 ? this.time / this.duration : 0;
    this.duration = duration;
    this.time = share * duration;
  }
}

/** Seconds of "mm:ss", "mm:ss.s" or "ss"; null where the text is none of them. */
export function readTime(text: string): number | null {
  const match = /^\s*(?:(\d+):)?(\d+(?:\.\d*)?)\s*$/.exec(text);
  if (!match) return null;
  const seconds = Number(match[2]);
  if (match[1] !== undefined && seconds >= 60) return null;
  return Number(match[1] ?? 0) * 60 + seconds;
}
