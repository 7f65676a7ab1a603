import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LightsPlayout } from "../src/lights/playout";
import { Rig, slots } from "../src/lights/rig";
import { LightTrack } from "../src/lights/track";
import { MOST_POOLS, RigLight } from "../src/stage/rig_light";
import { WireError } from "../src/wire";

interface Vectors {
  rig: Record<string, unknown>;
  messages: { clock: number; hex: string }[];
  light: number[][];
}

const vectors = JSON.parse(
  readFileSync(new URL("../../tests/vectors/levels.json", import.meta.url), "utf8"),
) as Vectors;

const view = (hex: string) =>
  new DataView(Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16)).buffer);

describe("Rig", () => {
  it("gives the light of every pixel from the bytes that go out", () => {
    const rig = new Rig(vectors.rig);
    expect(rig.count).toBe(7);
    expect(rig.projection).toBe(true);
    expect([...rig.positions.subarray(6, 9)]).toEqual([0, 2, 3]);
    const light = new Float32Array(rig.count * 3).fill(9);
    for (const [m, { clock, hex }] of vectors.messages.entries()) {
      expect(rig.read(view(hex), light)).toBe(clock);
      const expected = m === 0 ? new Array<number>(21).fill(0) : vectors.light.flat();
      expected.forEach((value, i) => {
        expect(light[i]).toBeCloseTo(value, 5);
      });
    }
  });

  it("knows channel orders", () => {
    expect(slots("GRB").map((slot) => slot?.emitter)).toEqual(["G", "R", "B"]);
    expect(slots("D_UVuv").map((slot) => slot?.emitter)).toEqual(["D", undefined, "UV", "UV"]);
    const [coarse, fine] = slots("Rr");
    expect(coarse!.weight * 255 + fine!.weight * 255).toBeCloseTo(1);
  });

  it("refuses what is no rig and no levels", () => {
    expect(() => new Rig({ ...vectors.rig, wire: 2 })).toThrow("found wire 2, expected 1");
    expect(() => new Rig({ wire: 1 })).toThrow(WireError);
    const rig = new Rig(vectors.rig);
    const light = new Float32Array(21);
    const refused = (hex: string) => () => rig.read(view(hex), light);
    const good = vectors.messages[1].hex;
    expect(refused(good.slice(0, 40))).toThrow("expected FGLV");
    expect(refused(`${good.slice(0, 8)}02${good.slice(10)}`)).toThrow("found version 2");
    expect(refused(good.slice(0, -2))).toThrow("expected");
    expect(refused(`${good}00`)).toThrow(WireError);
  });
});

describe("LightsPlayout", () => {
  /** The lit message with another clock. */
  const at = (clock: number, message = 1) => {
    const data = view(vectors.messages[message].hex);
    data.setFloat64(16, clock, true);
    return data;
  };

  it("shows levels when their frame is shown, and not before", () => {
    const playout = new LightsPlayout(new Rig(vectors.rig));
    const { light } = playout;
    playout.push(at(10, 0), 0);
    playout.push(at(10.02), 0);
    playout.sample(10.01, 0.01, 10);
    expect(Math.max(...light)).toBe(0);
    playout.sample(10.02, 0.02, 10);
    expect(light[2]).toBeCloseTo(vectors.light[0][2]);
    expect(playout.light).toBe(light);
  });

  it("goes dark when nothing comes, and takes up another engine", () => {
    const playout = new LightsPlayout(new Rig(vectors.rig));
    playout.push(at(1000), 0);
    playout.sample(1000, 0.1, 10);
    expect(Math.max(...playout.light)).toBeGreaterThan(0.9);
    playout.sample(1002, 2, 10);
    expect(Math.max(...playout.light)).toBeLessThan(0.01);
    playout.push(at(3), 3);
    playout.sample(3, 3, 10);
    expect(Math.max(...playout.light)).toBeGreaterThan(0.9);
  });

  it("lets a dithered level stand still", () => {
    const playout = new LightsPlayout(new Rig(vectors.rig));
    const seen: number[] = [];
    for (let frame = 0; frame < 240; frame++) {
      const now = frame / 60;
      playout.push(at(now, frame % 2), now);
      playout.sample(now, now, 1 / 60);
      if (frame > 60) seen.push(playout.light[2]);
    }
    const swing = Math.max(...seen) - Math.min(...seen);
    expect(swing).toBeLessThan(vectors.light[0][2] * 0.35);
  });
});

describe("LightTrack", () => {
  it("gives the levels of a recording at any time, forwards and back", () => {
    const [dark, lit] = vectors.messages.map(({ hex }) => view(hex));
    const track = new LightTrack(new Rig(vectors.rig), [dark, lit], 999.5);
    const at = (time: number) => {
      track.seek(time);
      return Math.max(...track.light);
    };
    expect([0, 0.5, 0.74, 0.75, 9, 0.6, 0.1].map(at)).toEqual([0, 0, 0, 1, 1, 0, 0]);
  });
});

describe("RigLight", () => {
  it("lets neighbours share a pool where there are many", () => {
    const pixels = MOST_POOLS * 3;
    const positions = new Float32Array(pixels * 3).map((_, i) => (i % 3 === 0 ? i / 3 : 0));
    const light = new Float32Array(pixels * 3).fill(1);
    const rig = new RigLight(positions, light);
    const start = new Float32Array(MOST_POOLS * 4);
    const end = new Float32Array(MOST_POOLS * 4);
    rig.place(start);
    expect(rig.shine(end)).toBe(MOST_POOLS);
    expect(start[4]).toBeCloseTo(4);
    expect(end[0]).toBeCloseTo(end[MOST_POOLS * 4 - 4]);
    light.fill(0);
    rig.shine(end);
    expect(Math.max(...end)).toBe(0);
  });
});
