/** A WebSocket that comes back by itself: jittered backoff, and a watch over silence. */

import type { Door, DoorEvents } from "./door";

/** Milliseconds: first and longest wait before connecting again, and how long silence may last. */
const FIRST_WAIT = 200;
const LONGEST_WAIT = 3000;
const SILENCE = 3000;

/** Milliseconds before the n-th attempt in a row; `random` is 0..1. */
export function backoff(attempt: number, random: number): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt) * (0.5 + 0.5 * random);
}

export class Line implements Door {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private heard = 0;
  private readonly watch: ReturnType<typeof setInterval>;
  private closed = false;

  /** path: of this page's own server. Connects at once. */
  constructor(
    private readonly path: string,
    private readonly events: DoorEvents,
  ) {
    this.connect();
    this.watch = setInterval(() => {
      this.listen();
    }, SILENCE / 4);
  }

  get connected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Sends an object as JSON; false where nobody is there to hear it. */
  send(message: object): boolean {
    if (!this.connected) return false;
    this.socket?.send(JSON.stringify(message));
    return true;
  }

  ping(t: number): void {
    this.send({ type: "ping", t });
  }

  /** Ends the connection for good. */
  close(): void {
    this.closed = true;
    clearInterval(this.watch);
    const { socket } = this;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.close();
  }

  private connect(): void {
    if (this.closed) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.path}`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heard = performance.now();
    socket.onopen = () => {
      this.heard = performance.now();
      this.events.open();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.heard = performance.now();
      this.attempt = 0;
      if (data instanceof ArrayBuffer) this.events.binary(new DataView(data));
      else this.events.text(JSON.parse(data) as Record<string, unknown>);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      setTimeout(
        () => {
          this.connect();
        },
        backoff(this.attempt++, Math.random()),
      );
    };
  }

  /** Gives up a connection that says nothing, as behind a pulled cable. */
  private listen(): void {
    const { socket } = this;
    if (!socket || performance.now() - this.heard < SILENCE) return;
    socket.onmessage = null;
    socket.close();
    socket.onclose?.(new CloseEvent("close"));
  }
}
