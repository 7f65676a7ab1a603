/**
 * A screen without a picture, for benchmarks/network.py: a page's own doors and playout at 60 Hz,
 * in Node. Arguments: the page's address, seconds to run, and how its clock is wrong, by an offset
 * in seconds and a drift in parts per million. Prints, as JSON, rows of [clock of the machine,
 * show time shown, show time of the frame that came last]; at most 10,000.
 */

import { WebSocket } from "ws";
import { doors } from "../src/show/door";
import { Playout } from "../src/show/playout";
import { screen } from "../src/show/screen";
import { Frame } from "../src/wire";

const [address, seconds, offset, drift] = process.argv.slice(2);
const url = new URL(address);
Object.assign(globalThis, { WebSocket, location: url });

const machine = (): number => Number(process.hrtime.bigint()) / 1e9;
const own = (): number => machine() * (1 + Number(drift) * 1e-6) + Number(offset);
const playout = new Playout();
const picture = new Frame();
const shown: [number, number, number][] = [];

screen(
  await doors(url.search),
  playout,
  own,
  () => {},
  (message) => {
    console.error(message);
  },
);
const end = machine() + Number(seconds);
const refresh = setInterval(() => {
  const now = machine();
  if (playout.sample(own(), picture)) {
    shown.push([now, picture.showTime, playout.newest?.showTime ?? 0]);
  }
  if (now < end) return;
  clearInterval(refresh);
  process.stdout.write(JSON.stringify(shown.slice(-10000)), () => process.exit(0));
}, 1000 / 60);
