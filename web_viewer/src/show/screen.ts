/** A screen: the frames of a show through a door into a playout. */

import { type Hello, readHello, WireError } from "../wire";
import type { OpenDoor } from "./door";
import type { Playout } from "./playout";

/** Milliseconds between two pings; a broker's door asks more seldom by itself. */
const PING_MS = 400;

/**
 * Fills a playout for as long as the page lives. `seconds` is the page's clock; `met` is called
 * with each hello, `failed` with what cannot be read.
 */
export function screen(
  open: OpenDoor,
  playout: Playout,
  seconds: () => number,
  met: (hello: Hello) => void,
  failed: (message: string) => void,
): void {
  const read = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      failed(error.message);
    }
  };
  const door = open("/frames", {
    open() {
      door.ping(seconds());
    },
    text(message) {
      if (message.type === "pong") {
        playout.pong(Number(message.t), seconds(), Number(message.clock));
      }
      if (message.type === "hello") {
        read(() => {
          const hello = readHello(message);
          playout.start(hello.rate, hello.delay);
          met(hello);
        });
      }
    },
    binary(view) {
      read(() => {
        playout.push(view, seconds());
      });
    },
  });
  setInterval(() => {
    door.ping(seconds());
  }, PING_MS);
}
