/** The doors of a show at an MQTT broker, which engine/mqtt.py's topics are; one connection. */

import mqtt from "mqtt";
import type { Door, DoorEvents, DoorPath, OpenDoor } from "./door";

/** Pings in the first seconds, and milliseconds between later ones: hundreds of pages ask. */
const FIRST_PINGS = 8;
const SELDOM = 5000;

/** Gives the object in a payload, which anybody may have published; null for anything else. */
function parse(payload: Uint8Array): Record<string, unknown> | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(payload)) as unknown;
    return value instanceof Object ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Speaks MQTT 3.1.1 over the WebSocket at `url`; topics lie below the prefix. */
export function brokerDoors(url: string, prefix: string): OpenDoor {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(6)), (n) => n.toString(16)).join("");
  const client = mqtt.connect(url, {
    protocolVersion: 4,
    keepalive: 5,
    connectTimeout: 3000,
    reconnectPeriod: 500 + 1000 * Math.random(),
    queueQoSZero: false,
    resubscribe: true,
  });
  const heard = new Map<string, (payload: Uint8Array) => void>();
  client.on("error", () => {}); // it tries again by itself
  client.on("message", (topic, payload) => heard.get(topic)?.(payload));

  const hear = (name: string, take: (payload: Uint8Array) => void): void => {
    heard.set(`${prefix}/${name}`, take);
    client.subscribe(`${prefix}/${name}`);
  };
  const publish = (name: string, message: object): boolean => {
    if (!client.connected) return false;
    client.publish(`${prefix}/${name}`, JSON.stringify(message));
    return true;
  };

  return (path: DoorPath, events: DoorEvents): Door => {
    const text = (payload: Uint8Array): void => {
      const message = parse(payload);
      if (message) events.text(message);
    };
    client.on("connect", () => {
      events.open();
    });
    if (path === "/control") {
      hear("state", text);
    } else {
      hear("hello", text);
      hear(`pong/${id}`, text);
      hear("frame", ({ buffer, byteOffset, byteLength }) => {
        events.binary(new DataView(buffer as ArrayBuffer, byteOffset, byteLength));
      });
    }
    let pings = 0;
    let last = Number.NEGATIVE_INFINITY;
    return {
      send(message) {
        const { command, ...fields } = message as { command: string };
        return publish(`control/${command}`, fields);
      },
      ping(t) {
        const now = performance.now();
        if (pings >= FIRST_PINGS && now - last < SELDOM) return;
        if (!publish(`ping/${id}`, { type: "ping", t })) return;
        pings++;
        last = now;
      },
    };
  };
}
