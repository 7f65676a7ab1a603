import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decode, Frame, readHello, WireError } from "../src/wire";

interface Vector {
  index: number;
  showTime: number;
  clock: number;
  timecode: number[];
  flags: number;
  performers: {
    state: number;
    ageMs: number;
    level: number;
    color: number[];
    joints: number[];
  }[];
  hex: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("../../tests/vectors/wire.json", import.meta.url), "utf8"),
) as Vector[];

const view = (hex: string) => {
  const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  return new DataView(bytes.buffer);
};

describe("decode", () => {
  it("reads what Python packed, into one frame used again and again", () => {
    const frame = new Frame();
    const { joints } = frame;
    for (const vector of [...vectors, ...vectors.toReversed()]) {
      decode(view(vector.hex), frame);
      expect(frame.index).toBe(vector.index);
      expect(frame.showTime).toBe(vector.showTime);
      expect(frame.clock).toBe(vector.clock);
      expect([...frame.timecode]).toEqual(vector.timecode);
      expect(frame.flags).toBe(vector.flags);
      expect(frame.count).toBe(vector.performers.length);
      vector.performers.forEach((performer, p) => {
        expect(frame.state[p]).toBe(performer.state);
        expect(frame.ageMs[p]).toBe(performer.ageMs);
        expect(frame.level[p]).toBe(performer.level);
        expect([...frame.color.subarray(p * 3, p * 3 + 3)]).toEqual(performer.color);
        expect([...frame.joints.subarray(p * 51, p * 51 + 51)]).toEqual(performer.joints);
      });
    }
    expect(frame.joints).toBe(joints);
  });

  it("refuses what is no frame and says what was found and expected", () => {
    const good = vectors[1].hex;
    const frame = new Frame();
    const refused = (hex: string) => () => {
      decode(view(hex), frame);
    };
    expect(refused(good.slice(0, 40))).toThrow("found 20 bytes, expected at least 32");
    expect(refused(`00${good.slice(2)}`)).toThrow("expected FGRT");
    expect(refused(`${good.slice(0, 8)}02${good.slice(10)}`)).toThrow(
      "found version 2, expected 1",
    );
    expect(refused(good.slice(0, -2))).toThrow("found 255 bytes, expected 256 for 1 performers");
    expect(refused(`${good}00`)).toThrow(WireError);
  });

  it("leaves out performers beyond the eight that are drawn", () => {
    const row = vectors[1].hex.slice(64);
    const frame = new Frame();
    decode(
      view(`${vectors[1].hex.slice(0, 12)}0a00${vectors[1].hex.slice(16, 64)}${row.repeat(10)}`),
      frame,
    );
    expect(frame.count).toBe(8);
    expect(frame.joints[7 * 51]).toBe(-3);
  });
});

describe("readHello", () => {
  const hello = {
    type: "hello",
    wire: 1,
    title: "Salsa",
    rate: 50,
    skeleton: { name: "h36m17", joints: new Array(17).fill("j"), bones: [] },
    performers: [{ name: "red", color: "#ff0000" }],
    stage: { width: 8, depth: 6 },
    clock: 3.5,
  };

  it("gives rate and performers", () => {
    expect(readHello(hello).performers[0].name).toBe("red");
    expect(readHello(hello).rate).toBe(50);
  });

  it("refuses another version, skeleton or rate", () => {
    expect(() => readHello({ ...hello, wire: 2 })).toThrow("found wire 2, expected 1");
    expect(() => readHello({ ...hello, skeleton: { joints: [] } })).toThrow("17 joints");
    expect(() => readHello({ ...hello, rate: 0 })).toThrow("rate");
    expect(() => readHello({ ...hello, stage: null })).toThrow("stage width");
  });
});
