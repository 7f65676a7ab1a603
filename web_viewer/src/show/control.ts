/** Commands to the show and what it says about itself: the `/control` door. */

import type { Door, OpenDoor } from "./door";
import type { RigState } from "./lights";

export interface CueName {
  number: string;
  name: string;
  notes?: string;
}

/** What the server says at least once a second. */
export interface ShowState {
  show_time: number;
  timecode: string;
  running: CueName | null;
  standby: CueName | null;
  hold: boolean;
  panic: boolean;
  blackout: boolean;
  rig?: RigState | null;
  /** Whether a far show time is being danced to, while the last frame is held. */
  locating?: boolean;
  /** How far the score is danced ahead, in seconds of show time. */
  ahead?: { until: number; reached: number; ready: boolean } | null;
  /** The cue that was passed over last. */
  notice?: string;
  faults: string[];
}

export type Command = "go" | "back" | "hold" | "panic" | "blackout";

export class Control {
  state: ShowState | null = null;
  /** Black that was asked for while the server could not be told. */
  localBlackout = false;
  private readonly door: Door;

  /** Calls `changed` at each state and `failed` with what the server, or this end, refuses. */
  constructor(
    open: OpenDoor,
    changed: (state: ShowState) => void,
    private readonly failed: (message: string) => void,
  ) {
    this.door = open("/control", {
      open: () => {
        if (this.localBlackout) this.door.send({ command: "blackout", value: true });
      },
      text: (message) => {
        if (message.type === "error") failed(String(message.message));
        if (message.type !== "state") return;
        this.state = message as unknown as ShowState;
        if (this.state.blackout) this.localBlackout = false;
        changed(this.state);
      },
      binary: () => {},
    });
  }

  send(command: Command): void {
    if (this.door.send({ command })) return;
    if (command === "blackout") this.localBlackout = !this.localBlackout;
    this.failed(`The show does not answer: ${command} was not sent`);
  }
}
