import { McapWriter } from "@mcap/core";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { openSequence } from "../src/sequence/open";
import { lift, SequenceError } from "../src/sequence/sequence";
import { POSE_FLOATS, SOLE } from "../src/skeleton";
import { type FrameFields, frameBytes, STANDING } from "./figure";

const bytes = (text: string) => new TextEncoder().encode(text);

function npy(kind: string, shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const out = new Uint8Array(10 + padded.length + data.length);
  out.set([0x93, ...bytes("NUMPY"), 1, 0, padded.length, 0]);
  out.set(bytes(padded), 10);
  out.set(data, 10 + padded.length);
  return out;
}

const floats = (values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
const text = (value: string) =>
  new Uint8Array(Uint32Array.from(value, (c) => c.codePointAt(0) ?? 0).buffer);

const POSES = [0, 0.5].flatMap((x) => STANDING.flatMap(([a, b, c]) => [a + x, b, c]));

function clip(change: Record<string, Uint8Array | null> = {}): Uint8Array {
  const arrays: Record<string, Uint8Array | null> = {
    "joints.npy": npy("<f4", "2, 17, 3", floats(POSES)),
    "fps.npy": npy("<f8", "", double(50)),
    "skeleton.npy": npy("<U6", "", text("h36m17")),
    "dancer.npy": npy("<U5", "", text("María")),
    "tags.npy": npy("<U4", "2,", text("slowspot")),
    ...change,
  };
  const kept = Object.entries(arrays).filter(([, data]) => data !== null);
  return zipSync(Object.fromEntries(kept) as Record<string, Uint8Array>);
}

async function recording(frames: FrameFields[], cut = 0): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let position = 0n;
  const writer = new McapWriter({
    writable: {
      write: async (data) => {
        chunks.push(data.slice());
        position += BigInt(data.length);
      },
      position: () => position,
    },
    chunkSize: 2000,
  });
  await writer.start({ profile: "", library: "test" });
  const channel = (topic: string) =>
    writer.registerChannel({ schemaId: 0, topic, messageEncoding: "x", metadata: new Map() });
  const add = (channelId: number, data: Uint8Array, time: number) => {
    const logTime = BigInt(Math.round(time * 1e9));
    return writer.addMessage({ channelId, sequence: 0, logTime, publishTime: logTime, data });
  };
  const hello = {
    type: "hello",
    wire: 1,
    rate: 50,
    title: "",
    performers: [{ name: "red", color: "#f00" }],
    stage: { width: 8, depth: 6 },
    skeleton: { joints: new Array(17).fill("j") },
  };
  const helloChannel = await channel("/figurant/hello");
  const frameChannel = await channel("/figurant/frame");
  await add(helloChannel, bytes(JSON.stringify(hello)), 0);
  for (const fields of frames) {
    await add(frameChannel, new Uint8Array(frameBytes(fields).buffer), fields.clock);
  }
  await writer.end();
  const all = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  return all.subarray(0, all.length - cut);
}

const refusal = (file: string, data: Uint8Array): string => {
  try {
    openSequence(file, data);
  } catch (error) {
    expect(error).toBeInstanceOf(SequenceError);
    return (error as Error).message;
  }
  throw new Error(`${file} was not refused`);
};

describe("clips", () => {
  it("gives joints, rate and dancer", () => {
    const sequence = openSequence("a.npz", clip());
    expect(sequence).toMatchObject({ name: "a.npz", fps: 50, frames: 2 });
    expect(sequence.parts[0].name).toBe("María");
    expect([...sequence.parts[0].joints]).toEqual([...Float32Array.from(POSES)]);
  });

  it("reads joints of another float", () => {
    const data = new Uint8Array(Float64Array.from(POSES).buffer);
    const sequence = openSequence("a.npz", clip({ "joints.npy": npy("<f8", "2, 17, 3", data) }));
    expect([...sequence.parts[0].joints]).toEqual([...Float32Array.from(POSES)]);
  });

  it("says what is wrong, with the file's name", () => {
    expect(refusal("b.npz", clip().subarray(0, 400))).toMatch(/^b\.npz: found a broken zip/);
    expect(refusal("b.npz", clip({ "joints.npy": null }))).toContain("an array named joints");
    expect(refusal("b.npz", clip({ "fps.npy": null }))).toContain("fps missing");
    const flat = npy("<f4", "2, 51", floats(POSES));
    expect(refusal("b.npz", clip({ "joints.npy": flat }))).toContain("joints of shape [2, 51]");
    const nan = npy("<f4", "2, 17, 3", floats(POSES.with(70, Number.NaN)));
    expect(refusal("b.npz", clip({ "joints.npy": nan }))).toContain("NaN in frame 1");
    const pickle = npy("|O8", "", new Uint8Array(8));
    expect(refusal("b.npz", clip({ "tags.npy": pickle }))).toContain("type O8 in tags");
    const other = npy("<U4", "", text("smpl"));
    expect(refusal("b.npz", clip({ "skeleton.npy": other }))).toContain("found skeleton smpl");
    const short = npy("<f4", "3, 17, 3", floats(POSES));
    expect(refusal("b.npz", clip({ "joints.npy": short }))).toContain("612 are announced");
  });
});

describe("Deep.Dance's JSON", () => {
  const frames = { "10": STANDING, "2": STANDING.map(([x, y, z]) => [x + 1, y, z]) };

  it("is played in the order of its frames at 25 fps", () => {
    const sequence = openSequence("d.json", bytes(JSON.stringify({ bones: {}, frames })));
    expect(sequence).toMatchObject({ fps: 25, frames: 2 });
    expect(sequence.parts[0].joints[0]).toBe(1);
    expect(sequence.parts[0].joints[POSE_FLOATS]).toBe(0);
  });

  it("has its body put on the hip where the hip's way was kept apart", () => {
    const hip = [4, -3, 0.9];
    const apart = STANDING.map(([x, y, z], j) => (j === 0 ? hip : [x, y, z - 0.93]));
    const json = JSON.stringify({ frames: { "0": apart, "1": apart, "2": apart } });
    const { joints } = openSequence("d.json", bytes(json)).parts[0];
    const foot = [...joints.subarray(POSE_FLOATS + 9, POSE_FLOATS + 12)];
    foot.forEach((value, axis) => {
      expect(value).toBeCloseTo(STANDING[3][axis] + hip[axis] - (axis === 2 ? 0.93 : 0), 5);
    });
    expect(joints[POSE_FLOATS]).toBe(4);
  });

  it("says what is wrong, with frame and joint", () => {
    const json = (content: unknown) => bytes(JSON.stringify(content));
    expect(refusal("d.json", bytes('{"frames": '))).toContain("broken JSON");
    expect(refusal("d.json", json({ bones: {} }))).toContain("JSON without frames");
    expect(refusal("d.json", json({ frames: {} }))).toContain("no frames");
    expect(refusal("d.json", json({ frames: { 7: STANDING.slice(1) } }))).toContain(
      "16 joints in frame 7",
    );
    const holed = STANDING.map((p, j) => (j === 3 ? [0, null, 1] : p));
    expect(refusal("d.json", json({ frames: { 7: holed } }))).toContain("frame 7, joint 3");
  });
});

describe("recordings", () => {
  const walk = (n: number): FrameFields => ({ showTime: n / 50, clock: 9 + n / 50, x: n / 50 });
  const twenty = Array.from({ length: 20 }, (_, n) => walk(n));

  it("give performers with level and colour at the show's rate", async () => {
    const sequence = openSequence("r.mcap", await recording(twenty));
    expect(sequence).toMatchObject({ fps: 50, frames: 20 });
    const [part] = sequence.parts;
    expect(part.name).toBe("red");
    expect(part.joints[19 * POSE_FLOATS]).toBeCloseTo(0.38, 5);
    expect(part.level?.[19]).toBe(1);
    expect(part.color?.[5]).toBe(0.5);
  });

  it("hold what came before where frames are missing", async () => {
    const holed = twenty.filter((_, n) => n < 5 || n > 9);
    const [part] = openSequence("r.mcap", await recording(holed)).parts;
    expect(part.joints[9 * POSE_FLOATS]).toBeCloseTo(0.08, 5);
    expect(part.joints[10 * POSE_FLOATS]).toBeCloseTo(0.2, 5);
    expect(part.joints.length).toBe(20 * POSE_FLOATS);
  });

  it("show nobody where a performer is absent", async () => {
    const gone = twenty.map((f, n) => ({ ...f, state: n < 10 ? 1 : 0 }));
    const [part] = openSequence("r.mcap", await recording(gone)).parts;
    expect([part.level?.[9], part.level?.[10]]).toEqual([1, 0]);
  });

  it("play as far as they go where they were cut short", async () => {
    const whole = await recording(twenty);
    const sequence = openSequence("r.mcap", whole.subarray(0, whole.length - 1200));
    expect(sequence.frames).toBeGreaterThan(5);
  });

  it("say what is wrong", async () => {
    expect(refusal("r.mcap", await recording([]))).toContain("no /figurant/frame");
    expect(refusal("r.mcap", Uint8Array.of(0x89, 0x4d, 1, 2, 3, 4, 5, 6, 7, 8))).toMatch(
      /^r\.mcap: found/,
    );
  });
});

describe("other files", () => {
  it("are refused with what can be opened", () => {
    expect(refusal("x.png", Uint8Array.of(1, 2, 3))).toContain("expected a clip (.npz)");
    expect(refusal("x.npz", new Uint8Array())).toContain("an empty file");
  });
});

describe("lift", () => {
  const part = (height: (frame: number) => number) => {
    const joints = new Float32Array(200 * POSE_FLOATS);
    for (let f = 0; f < 200; f++) {
      joints.set(
        STANDING.flatMap(([x, y, z]) => [x, y, z - 0.085 + height(f)]),
        f * POSE_FLOATS,
      );
    }
    return { name: "", joints, level: null, color: null };
  };

  it("puts the soles on the floor, through a drift", () => {
    const lifts = lift(
      part((f) => f * 0.001),
      200,
      50,
    );
    for (let f = 50; f < 150; f++) expect(lifts[f] + f * 0.001).toBeCloseTo(SOLE + 0.025, 3);
  });

  it("leaves a jump in the air", () => {
    const lifts = lift(
      part((f) => (f > 100 && f < 120 ? 0.3 : 0)),
      200,
      50,
    );
    expect(lifts[110]).toBeCloseTo(SOLE, 5);
  });
});
