import { describe, expect, it } from "vitest";
import { Playback, readTime } from "../src/player/playback";
import { COLORS, Playlist } from "../src/player/playlist";
import type { Sequence } from "../src/sequence/sequence";
import { POSE_FLOATS, SOLE } from "../src/skeleton";
import { Frame } from "../src/wire";
import { STANDING } from "./figure";

/** A sequence whose dancer walks a metre a second to stage left from x. */
function walking(name: string, frames: number, fps: number, x = 0): Sequence {
  const joints = new Float32Array(frames * POSE_FLOATS);
  for (let f = 0; f < frames; f++) {
    joints.set(
      STANDING.flatMap(([a, b, c]) => [a + x + f / fps, b, c]),
      f * POSE_FLOATS,
    );
  }
  return { name, fps, frames, parts: [{ name, joints, level: null, color: null }] };
}

describe("Playback", () => {
  const playing = (change: Partial<Playback> = {}) =>
    Object.assign(new Playback(), { duration: 10, playing: true, ...change });

  it("runs at its speed and loops, or stops at the end", () => {
    const p = playing({ speed: 0.5, time: 9 });
    p.tick(1);
    expect(p.time).toBe(9.5);
    p.tick(2);
    expect(p.time).toBeCloseTo(0.5);
    p.loop = false;
    p.tick(60);
    expect([p.time, p.playing]).toEqual([10, false]);
    p.toggle();
    expect([p.time, p.playing]).toEqual([0, true]);
  });

  it("steps by whole frames and stops", () => {
    const p = playing({ time: 1.03 });
    p.step(1, 25);
    expect([p.time, p.playing]).toEqual([1.04, false]);
    p.step(1, 25);
    expect(p.time).toBeCloseTo(1.08);
    p.step(-1, 25);
    p.step(-1, 25);
    expect(p.time).toBeCloseTo(1);
    p.seek(0);
    p.step(-1, 25);
    expect(p.time).toBe(0);
  });

  it("keeps its place where the rate changes", () => {
    const p = playing({ time: 5 });
    p.stretch(5);
    expect([p.time, p.duration]).toEqual([2.5, 5]);
  });

  it("does not start where there is nothing", () => {
    const p = new Playback();
    p.toggle();
    expect(p.playing).toBe(false);
  });
});

describe("readTime", () => {
  it("reads minutes and seconds, and nothing else", () => {
    expect(readTime("1:05")).toBe(65);
    expect(readTime(" 00:07.5 ")).toBe(7.5);
    expect(readTime("42")).toBe(42);
    for (const wrong of ["", "abc", "1:75", "-3", "1:2:3"]) expect(readTime(wrong)).toBeNull();
  });
});

describe("Playlist", () => {
  it("plays three together in red, green and blue, each at its rate", () => {
    const list = new Playlist();
    list.add(walking("a", 51, 50));
    list.add(walking("b", 26, 25, 2));
    list.add(walking("c", 26, 25, 4));
    expect(() => {
      list.add(walking("d", 2, 25));
    }).toThrow("d: found three sequences already");
    const frame = new Frame();
    list.fill(0.51, frame);
    expect(frame.count).toBe(3);
    [0.51, 2.51, 4.51].forEach((x, p) => {
      expect(frame.joints[p * POSE_FLOATS]).toBeCloseTo(x, 5);
      expect(frame.color[p * 3]).toBeCloseTo(COLORS[p][0], 5);
    });
    expect(list.duration).toBe(1);
    expect(list.stepRate).toBe(50);
  });

  it("gives a colour that is free again to the next", () => {
    const list = new Playlist();
    for (const name of ["a", "b", "c"]) list.add(walking(name, 5, 25));
    list.remove(1);
    list.add(walking("d", 5, 25));
    expect(list.sequences.map(({ sequence }) => sequence.name)).toEqual(["a", "d", "c"]);
  });

  it("plays at 25 or 50 fps whatever the file says", () => {
    const list = new Playlist();
    list.add(walking("a", 51, 25));
    expect(list.duration).toBe(2);
    list.fps = 50;
    expect(list.duration).toBe(1);
    const frame = new Frame();
    list.fill(0.5, frame);
    expect(frame.joints[0]).toBeCloseTo(1, 5);
  });

  it("lifts to the floor and sets apart", () => {
    const list = new Playlist();
    list.add(walking("a", 60, 25));
    list.add(walking("b", 60, 25));
    expect(list.crowded).toBe(true);
    list.lifted = true;
    list.apart = true;
    const frame = new Frame();
    list.fill(1, frame);
    expect(frame.joints[3 * 3 + 2]).toBeCloseTo(SOLE, 5);
    expect(frame.joints[POSE_FLOATS] - frame.joints[0]).toBeCloseTo(1.7, 5);
  });

  it("holds the last pose of the one that ends first", () => {
    const list = new Playlist();
    list.add(walking("a", 26, 25));
    list.add(walking("b", 76, 25, 3));
    const frame = new Frame();
    list.fill(2.5, frame);
    expect(frame.joints[0]).toBeCloseTo(1, 5);
    expect(frame.joints[POSE_FLOATS]).toBeCloseTo(5.5, 5);
  });
});
