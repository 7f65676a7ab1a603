/** The player's buttons and fields: what they say, and what is done with them. */

import { clockText } from "../clock_text";
import { byId } from "../page";
import { VIEWS, type View } from "../stage/cameras";
import { type Playback, readTime } from "./playback";
import { COLORS, type Playlist } from "./playlist";

type Switch = "loop" | "lift" | "apart" | "trails" | "lights";

export interface PanelEvents {
  open(files: readonly File[]): void;
  openUrl(url: string): void;
  remove(color: number): void;
  play(): void;
  step(frames: number): void;
  seek(time: number): void;
  speed(speed: number): void;
  fps(fps: number): void;
  loop(): void;
  lift(): void;
  apart(): void;
  trails(): void;
  lights(): void;
  view(view: View): void;
}

const css = (color: readonly number[]) =>
  `rgb(${color.map((value) => Math.round(value * 255)).join(" ")})`;

export class Panel {
  private readonly scrub = byId<HTMLInputElement>("scrub");
  private readonly time = byId("time");
  private readonly duration = byId("duration");
  private readonly errors = byId("errors");
  private shown = "";

  constructor(private readonly events: PanelEvents) {
    const press = (id: string, done: () => void) => {
      byId(id).addEventListener("click", done);
    };
    press("play", () => {
      events.play();
    });
    press("back", () => {
      events.step(-1);
    });
    press("forward", () => {
      events.step(1);
    });
    press("loop", () => {
      events.loop();
    });
    press("lift", () => {
      events.lift();
    });
    press("apart", () => {
      events.apart();
    });
    press("trails", () => {
      events.trails();
    });
    press("lights", () => {
      events.lights();
    });
    this.scrub.addEventListener("input", () => {
      events.seek(this.scrub.valueAsNumber);
    });
    this.choice("speed", (value) => {
      events.speed(Number(value));
    });
    this.choice("fps", (value) => {
      events.fps(Number(value));
    });
    this.files();
    this.jump();
    for (const view of VIEWS) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.view = view;
      button.textContent = view[0].toUpperCase() + view.slice(1);
      button.addEventListener("click", () => {
        events.view(view);
      });
      byId("views").append(button);
    }
  }

  private choice(id: string, done: (value: string) => void): void {
    const select = byId<HTMLSelectElement>(id);
    select.addEventListener("change", () => {
      done(select.value);
      select.blur();
    });
  }

  private files(): void {
    const input = byId<HTMLInputElement>("files");
    byId("open").addEventListener("click", () => {
      input.click();
    });
    input.addEventListener("change", () => {
      this.events.open([...(input.files ?? [])]);
      input.value = "";
    });
    const over = (on: boolean) => document.body.classList.toggle("dropping", on);
    addEventListener("dragover", (event) => {
      event.preventDefault();
      over(true);
    });
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) over(false);
    });
    addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      this.events.open([...(event.dataTransfer?.files ?? [])]);
    });
  }

  private jump(): void {
    const goal = byId<HTMLInputElement>("goal");
    goal.addEventListener("input", () => {
      goal.classList.remove("wrong");
    });
    byId("jump").addEventListener("submit", (event) => {
      event.preventDefault();
      const time = readTime(goal.value);
      goal.classList.toggle("wrong", time === null);
      if (time === null) return;
      this.events.seek(time);
      goal.value = "";
      goal.blur();
    });
  }

  /** Offers the show's own sequences. */
  library(sequences: readonly { name: string; url: string }[]): void {
    const select = byId<HTMLSelectElement>("library");
    select.hidden = sequences.length === 0;
    select.replaceChildren(new Option("From the show…", ""));
    for (const { name, url } of sequences) select.append(new Option(name, url));
    select.onchange = () => {
      if (select.value) this.events.openUrl(select.value);
      select.value = "";
      select.blur();
    };
  }

  /** One line that stays until it is put away. */
  error(message: string): void {
    const item = document.createElement("li");
    const close = document.createElement("button");
    close.textContent = "×";
    close.ariaLabel = "Put away";
    close.addEventListener("click", () => {
      item.remove();
    });
    item.append(message, close);
    this.errors.append(item);
    if (this.errors.children.length > 5) this.errors.firstElementChild?.remove();
  }

  /** Follows what is loaded. */
  list(playlist: Playlist): void {
    const items = playlist.sequences.map(({ sequence, color }) => {
      const item = document.createElement("li");
      const several = sequence.parts.length > 1;
      const dots = several ? sequence.parts.length : 1;
      for (let i = 0; i < dots; i++) {
        const dot = document.createElement("i");
        const recorded = sequence.parts[i].color;
        dot.style.background = css(recorded ? [...recorded.subarray(0, 3)] : COLORS[color]);
        item.append(dot);
      }
      const name = document.createElement("b");
      name.textContent = sequence.name;
      name.title = sequence.name;
      const facts = document.createElement("span");
      facts.textContent = `${clockText(sequence.frames / playlist.rate(sequence))} · ${playlist.rate(sequence)} fps`;
      const close = document.createElement("button");
      close.textContent = "×";
      close.ariaLabel = `Remove ${sequence.name}`;
      close.addEventListener("click", () => {
        this.events.remove(color);
      });
      item.append(name, facts, close);
      return item;
    });
    byId("slots").replaceChildren(...items);
    byId("lights").hidden = playlist.lights === null;
    document.body.classList.toggle("empty", items.length === 0);
  }

  /** Follows switches and camera. */
  switches(on: Readonly<Record<Switch, boolean>>, view: View): void {
    for (const [id, pressed] of Object.entries(on)) byId(id).ariaPressed = String(pressed);
    for (const button of byId("views").children) {
      button.ariaPressed = String((button as HTMLElement).dataset.view === view);
    }
  }

  /** Follows the time, once for each tenth of a second that passes. */
  tick(playback: Playback): void {
    const { time, duration, playing } = playback;
    const shown = `${clockText(time)}${duration}${playing}`;
    this.scrub.valueAsNumber = time;
    this.scrub.style.setProperty("--done", `${duration > 0 ? (time / duration) * 100 : 0}%`);
    if (shown === this.shown) return;
    this.shown = shown;
    this.scrub.max = String(duration || 1);
    this.scrub.ariaValueText = clockText(time);
    this.time.textContent = clockText(time);
    this.duration.textContent = clockText(duration);
    document.body.classList.toggle("playing", playing);
    byId("play").ariaLabel = playing ? "Pause" : "Play";
  }
}
