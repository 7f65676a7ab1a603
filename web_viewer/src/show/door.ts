/**
 * The doors of a show, as a page knows them: frames in, state in, commands out. They are the
 * WebSockets of the server that the page came from, or topics of the broker that its address
 * names: `?mqtt=ws://broker:1884&prefix=hall`.
 */

import { Line } from "./line";

/** What comes through a door. text: a JSON object; binary: a frame's bytes. */
export interface DoorEvents {
  open(): void;
  text(message: Record<string, unknown>): void;
  binary(view: DataView): void;
}

export interface Door {
  /** Sends an object as JSON; false where nobody is there to hear it. */
  send(message: object): boolean;
  /** Asks for the engine's clock at `t`, in seconds of the page's; a pong comes as text. */
  ping(t: number): void;
}

export type DoorPath = "/frames" | "/control";
export type OpenDoor = (path: DoorPath, events: DoorEvents) => Door;

/** Gives what opens the doors; the broker's language is loaded only where one is named. */
export async function doors(search: string): Promise<OpenDoor> {
  const asked = new URLSearchParams(search);
  const broker = asked.get("mqtt");
  if (broker === null) return (path, events) => new Line(path, events);
  const { brokerDoors } = await import("./broker");
  return brokerDoors(broker, asked.get("prefix") ?? "figurant");
}
