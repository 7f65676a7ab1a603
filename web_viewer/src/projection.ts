/** The projection page: what the audience sees, and the operator's keys. */

import "./projection.css";
import { openStage, type SeenPerformer, toggleFullscreen } from "./page";
import { type Command, Control } from "./show/control";
import { doors } from "./show/door";
import { ShowLights } from "./show/lights";
import { Overlay } from "./show/overlay";
import { Playout } from "./show/playout";
import { VIEWS } from "./stage/cameras";
import { Frame, type Hello, readHello, WireError } from "./wire";

const COMMANDS: Readonly<Record<string, Command>> = {
  " ": "go",
  Backspace: "back",
  ArrowLeft: "back",
  h: "hold",
  p: "panic",
  b: "blackout",
};

/** What tests and the curious may read. Times in seconds of the page's clock. */
interface Handle {
  framesReceived: number;
  framesDrawn: number;
  stale: boolean;
  blackout: boolean;
  showTime: number;
  /** Engine clock now less that of the frame on the screen; 0 before the first. */
  lastLatencyMs: number;
  lastArrival: number;
  staleSince: number | null;
  cuts: number;
  trails: boolean;
  lights: boolean;
  levelsReceived: number;
  view: string;
  quality: number;
  frameMs: number;
  performers: SeenPerformer[];
}

const seconds = () => performance.now() / 1000;

const stage = openStage();
const overlay = new Overlay();
const playout = new Playout();
const picture = new Frame();
const handle: Handle = {
  framesReceived: 0,
  framesDrawn: 0,
  stale: true,
  blackout: false,
  showTime: 0,
  lastLatencyMs: 0,
  lastArrival: 0,
  staleSince: null,
  cuts: 0,
  trails: false,
  lights: false,
  levelsReceived: 0,
  view: "front",
  quality: stage.qualityLevel,
  frameMs: 0,
  performers: [],
};
Object.assign(window, { figurant: handle });

const open = await doors(location.search);
const lights = new ShowLights(
  (rig) => {
    stage.showRig(rig);
  },
  (message) => {
    overlay.say(message, performance.now());
  },
);

const control = new Control(
  open,
  (state) => {
    overlay.state(state);
    lights.follow(state.rig ?? null);
  },
  (message) => {
    overlay.say(message, performance.now());
  },
);

const frames = open("/frames", {
  open() {
    frames.ping(seconds());
  },
  text(message) {
    if (message.type === "hello") meet(message);
    if (message.type === "pong") {
      playout.pong(Number(message.t), seconds(), Number(message.clock));
    }
  },
  binary(view) {
    try {
      playout.push(view, seconds());
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      overlay.say(error.message, performance.now());
    }
  },
});
setInterval(() => {
  frames.ping(seconds());
}, 400);

function meet(message: Record<string, unknown>): void {
  let hello: Hello;
  try {
    hello = readHello(message);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    overlay.say(error.message, performance.now());
    return;
  }
  document.title = hello.title ? `${hello.title} · Figurant` : "Figurant";
  playout.start(hello.rate, hello.delay);
  stage.cameras.fit(hello.stage.width);
  handle.performers = hello.performers.map(({ name }) => ({ name, level: 0, screen: [0, 0] }));
}

/** What does not wait for a picture: the stale sign and black, even where drawing is slow. */
function observe(now: number): void {
  handle.blackout = playout.blackout || control.localBlackout;
  handle.stale = playout.stale(now);
  handle.lastArrival = playout.lastArrival;
  if (!handle.stale) handle.staleSince = null;
  else handle.staleSince ??= now;
  stage.blackout = handle.blackout;
  stage.stale = handle.stale;
  overlay.black(handle.blackout);
  overlay.stale(handle.stale ? now - playout.lastArrival : -1);
}
setInterval(() => {
  observe(seconds());
}, 25);

let before = seconds();
let cuts = 0;

function draw(): void {
  requestAnimationFrame(draw);
  const now = seconds();
  const elapsed = now - before;
  before = now;
  observe(now);
  playout.sample(now, picture);
  if (playout.cuts !== cuts) {
    cuts = playout.cuts;
    stage.trails.clear();
  }
  lights.tick(playout.playhead, now, elapsed);
  stage.draw(picture, elapsed);
  overlay.tick(now * 1000, picture.showTime, playout.newest?.timecode ?? null);

  handle.framesReceived = playout.framesReceived;
  handle.framesDrawn = stage.framesDrawn;
  handle.showTime = picture.showTime;
  handle.cuts = cuts;
  handle.quality = stage.qualityLevel;
  handle.lights = lights.shown;
  handle.levelsReceived = lights.levelsReceived;
  handle.frameMs += (elapsed * 1000 - handle.frameMs) * 0.05;
  const offset = playout.offset(now);
  handle.lastLatencyMs = Number.isNaN(offset) ? 0 : (now + offset - picture.clock) * 1000;
  for (let p = 0; p < handle.performers.length; p++) {
    const performer = handle.performers[p];
    performer.level = p < picture.count && picture.state[p] !== 0 ? picture.level[p] : 0;
    stage.chest(picture, p, performer.screen);
  }
}
requestAnimationFrame(draw);

function key(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  overlay.wake(performance.now());
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = COMMANDS[pressed];
  const view = VIEWS[Number(pressed) - 1];
  if (command) event.preventDefault();
  if (event.repeat) return;
  if (command) control.send(command);
  else if (view) stage.cameras.show(view);
  else if (pressed === "t") stage.trails.show(!stage.trails.shown);
  else if (pressed === "l") lights.toggle();
  else if (pressed === "f") void toggleFullscreen();
  handle.trails = stage.trails.shown;
  handle.view = stage.cameras.view;
}

addEventListener("keydown", key);
addEventListener("pointermove", () => {
  overlay.wake(performance.now());
});
