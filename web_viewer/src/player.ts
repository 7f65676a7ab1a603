/** The player page: any sequence, up to three at once, with the bodies of the projection. */

import "./player.css";
import type { LightTrack } from "./lights/track";
import { openStage, type SeenPerformer, toggleFullscreen } from "./page";
import { Panel } from "./player/panel";
import { Playback } from "./player/playback";
import { Playlist } from "./player/playlist";
import { openSequence } from "./sequence/open";
import { SequenceError } from "./sequence/sequence";
import { VIEWS } from "./stage/cameras";
import { Frame } from "./wire";

/** What tests and the curious may read. */
interface PlayerHandle {
  framesDrawn: number;
  playing: boolean;
  time: number;
  duration: number;
  sequences: { name: string; fps: number; frames: number }[];
  performers: SeenPerformer[];
  errors: string[];
  lights: boolean;
}

const stage = openStage();
const playback = new Playback();
const playlist = new Playlist();
const picture = new Frame();
const handle: PlayerHandle = {
  framesDrawn: 0,
  playing: false,
  time: 0,
  duration: 0,
  sequences: [],
  performers: [],
  errors: [],
  lights: false,
};
Object.assign(window, { figurant: handle });

const panel = new Panel({
  open: (files) => void openAll(files.map((file) => [file.name, file.arrayBuffer()])),
  openUrl: (url) => void openAll([fetched(url)]),
  remove(color) {
    playlist.remove(color);
    changed();
  },
  play: () => {
    playback.toggle();
  },
  step: (frames) => {
    playback.step(frames, playlist.stepRate);
  },
  seek,
  speed(speed) {
    playback.speed = speed;
  },
  fps(fps) {
    playlist.fps = fps;
    changed();
  },
  loop() {
    playback.loop = !playback.loop;
    switches();
  },
  lift() {
    playlist.lifted = !playlist.lifted;
    switches();
  },
  apart() {
    playlist.apart = !playlist.apart;
    switches();
  },
  trails() {
    stage.trails.show(!stage.trails.shown);
    switches();
  },
  lights() {
    lit = !lit;
    switches();
  },
  view(view) {
    stage.cameras.show(view);
    switches();
  },
});

/** Whether the lights of a recording are to be seen, and those that are. */
let lit = true;
let seen: LightTrack | null = null;

function seek(time: number): void {
  playback.seek(time);
  stage.trails.clear();
}

function switches(): void {
  const { lifted: lift, apart } = playlist;
  const wanted = lit ? playlist.lights : null;
  if (wanted !== seen)
    stage.showRig(wanted && { positions: wanted.rig.positions, light: wanted.light });
  seen = wanted;
  handle.lights = wanted !== null;
  const { loop } = playback;
  panel.switches(
    { loop, lift, apart, trails: stage.trails.shown, lights: lit },
    stage.cameras.view,
  );
}

function say(message: string): void {
  handle.errors.push(message);
  panel.error(message);
}

/** Something was loaded, removed or given another rate. */
function changed(): void {
  playback.stretch(playlist.duration);
  panel.list(playlist);
  switches();
  stage.trails.clear();
  handle.duration = playback.duration;
  handle.sequences = playlist.sequences.map(({ sequence }) => ({
    name: sequence.name,
    fps: playlist.rate(sequence),
    frames: sequence.frames,
  }));
  handle.performers = playlist.sequences.flatMap(({ sequence }) =>
    sequence.parts.map(({ name }): SeenPerformer => ({ name, level: 0, screen: [0, 0] })),
  );
}

type Source = [name: string, bytes: Promise<ArrayBuffer>];

function fetched(url: string): Source {
  const name = decodeURIComponent(url.split("/").pop() || url);
  const bytes = fetch(url).then(
    (answer) => {
      if (!answer.ok) throw new SequenceError(name, `HTTP ${answer.status}`, "a sequence");
      return answer.arrayBuffer();
    },
    () => {
      throw new SequenceError(name, "no answer from the server", "a sequence");
    },
  );
  return [name, bytes];
}

/** Opens what can be opened; what cannot is named, and the rest plays on. */
async function openAll(sources: readonly Source[]): Promise<void> {
  const first = playlist.sequences.length === 0;
  for (const [name, bytes] of sources) {
    try {
      playlist.add(openSequence(name, new Uint8Array(await bytes)));
      playlist.apart ||= playlist.crowded;
    } catch (error) {
      if (error instanceof SequenceError) say(error.message);
      else say(new SequenceError(name, (error as Error).message, "a readable file").message);
    }
  }
  if (first) playback.time = 0;
  changed();
  stage.cameras.lookAt(...playlist.middle);
  if (first && playlist.sequences.length > 0 && !playback.playing) playback.toggle();
}

const KEYS: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
  " ": () => {
    playback.toggle();
  },
  ArrowLeft: (event) => {
    move(-1, event.shiftKey);
  },
  ArrowRight: (event) => {
    move(1, event.shiftKey);
  },
  Home: () => {
    seek(0);
  },
  End: () => {
    seek(playback.duration);
  },
  l: () => document.getElementById("loop")?.click(),
  g: () => document.getElementById("lift")?.click(),
  a: () => document.getElementById("apart")?.click(),
  t: () => document.getElementById("trails")?.click(),
  i: () => document.getElementById("lights")?.click(),
  f: () => void toggleFullscreen(),
};

/** One frame, or with Shift one second. */
function move(direction: 1 | -1, far: boolean): void {
  if (far) seek(playback.time + direction);
  else playback.step(direction, playlist.stepRate);
}

addEventListener("keydown", (event) => {
  const { target } = event;
  const typing = target instanceof HTMLInputElement && target.type !== "range";
  if (typing || target instanceof HTMLSelectElement) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const view = VIEWS[Number(pressed) - 1];
  const action = KEYS[pressed];
  if (!view && !action) return;
  event.preventDefault();
  if (target instanceof HTMLElement) target.blur();
  if (view) {
    stage.cameras.show(view);
    switches();
  } else action(event);
});
stage.canvas.addEventListener("pointerup", switches);

let before = performance.now();

function draw(now: number): void {
  requestAnimationFrame(draw);
  const seconds = Math.max(0, Math.min(0.25, (now - before) / 1000));
  before = now;
  const from = playback.time;
  playback.tick(seconds);
  if (playback.time < from) stage.trails.clear();
  playlist.fill(playback.time, picture);
  playlist.shine(playback.time);
  stage.still = !playback.playing;
  stage.draw(picture, seconds);
  panel.tick(playback);

  handle.framesDrawn = stage.framesDrawn;
  handle.playing = playback.playing;
  handle.time = playback.time;
  handle.duration = playback.duration;
  for (let p = 0; p < handle.performers.length && p < picture.count; p++) {
    handle.performers[p].level = picture.level[p];
    stage.chest(picture, p, handle.performers[p].screen);
  }
}
requestAnimationFrame(draw);

async function offer(): Promise<void> {
  const answer = await fetch("/api/sequences");
  if (answer.ok) panel.library((await answer.json()) as { name: string; url: string }[]);
}

changed();
offer().catch(() => {
  say("The show's sequences could not be listed: the server does not answer");
});
const asked = new URLSearchParams(location.search).getAll("src");
if (asked.length > 0) void openAll(asked.map(fetched));
