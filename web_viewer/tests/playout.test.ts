import { describe, expect, it } from "vitest";
import { Playout, STALE_AFTER } from "../src/show/playout";
import { FLAG_BLACKOUT, Frame } from "../src/wire";
import { frameBytes } from "./figure";

const RATE = 50;
const ENGINE = 1000; // engine clock where the page's clock is 0

/** Sends frames whose performer walks at 1 m/s to stage left; `late` is each one's delay. */
function play(from: number, to: number, playout: Playout, late: (n: number) => number = () => 0) {
  for (let n = Math.round(from * RATE); n < to * RATE; n++) {
    const t = n / RATE;
    playout.push(frameBytes({ index: n, showTime: t, clock: ENGINE + t, x: t }), t + late(n));
  }
}

function started(delay = 0): Playout {
  const playout = new Playout();
  playout.start(RATE, delay);
  return playout;
}

describe("Playout", () => {
  it("has nothing to show before the first frame, and is stale", () => {
    const playout = started();
    expect(playout.sample(0, new Frame())).toBe(false);
    expect(playout.stale(0)).toBe(true);
  });

  it("blends between frames, one to two intervals behind the engine", () => {
    const playout = started();
    const frame = new Frame();
    const seen: number[] = [];
    for (let n = 0; n < 200; n++) {
      play(n / RATE, (n + 0.5) / RATE, playout);
      for (const part of [0.1, 0.4, 0.7]) {
        const now = (n + part) / RATE;
        playout.sample(now, frame);
        if (n > 20) {
          expect(now - frame.joints[0]).toBeGreaterThan(1 / RATE);
          expect(now - frame.joints[0]).toBeLessThan(2 / RATE);
          expect(frame.showTime).toBeCloseTo(frame.joints[0], 4);
          seen.push(frame.joints[0]);
        }
      }
    }
    const steps = seen.slice(1).map((x, i) => x - seen[i]);
    expect(Math.min(...steps)).toBeGreaterThan(0.9 * (0.3 / RATE));
    expect(Math.max(...steps)).toBeLessThan(1.1 * (0.4 / RATE));
  });

  it("shows every frame at its clock plus the show's delay, however long it was on its way", () => {
    const screens = [0.001, 0.02, 0.045].map((way) => ({ way, playout: started(0.1) }));
    const picture = new Frame();
    for (const { way, playout } of screens) {
      let next = 0;
      let pinged = 0;
      for (let now = 0; now < 6; now += 1 / 60) {
        const jitter = (n: number) => way + 0.005 * Math.abs(Math.sin(n * 7));
        for (; next / RATE + jitter(next) <= now; next++) {
          const t = next / RATE;
          playout.push(frameBytes({ showTime: t, clock: ENGINE + t, x: t }), t + jitter(next));
        }
        if (now - pinged > 0.4) {
          playout.pong(now - 2 * way, now, ENGINE + now - way);
          pinged = now;
        }
        playout.sample(now, picture);
        if (now > 4) expect(now - picture.joints[0]).toBeCloseTo(0.1, 3);
      }
      expect(playout.delay).toBe(0.1);
    }
  });

  it("waits longer where frames come too late for the show's delay", () => {
    const playout = started(0.03);
    const picture = new Frame();
    for (let n = 0; n < 200; n++) {
      const t = n / RATE;
      playout.pong(t - 0.06, t, ENGINE + t - 0.03);
      playout.push(frameBytes({ showTime: t, clock: ENGINE + t, x: t }), t + 0.03);
      playout.sample(t + 0.035, picture);
    }
    expect(playout.delay).toBeGreaterThan(0.05);
    expect(playout.delay).toBeLessThan(0.03 + 2 / RATE);
  });

  it("moves evenly although frames come late by turns", () => {
    const playout = started();
    const frame = new Frame();
    const late = (n: number) => (n % 7 === 3 ? 0.012 : (n % 3) * 0.003);
    const arrivals: number[] = [];
    for (let n = 0; n < 300; n++) arrivals.push(n / RATE + late(n));
    let next = 0;
    const seen: number[] = [];
    for (let now = 0; now < 5.9; now += 1 / 60) {
      for (; next < 300 && arrivals[next] <= now; next++) {
        const t = next / RATE;
        playout.push(frameBytes({ showTime: t, clock: ENGINE + t, x: t }), arrivals[next]);
      }
      if (playout.sample(now, frame) && now > 2) seen.push(frame.joints[0]);
    }
    const steps = seen.slice(1).map((x, i) => x - seen[i]);
    expect(Math.min(...steps)).toBeGreaterThan(0.8 / 60);
    expect(Math.max(...steps)).toBeLessThan(1.2 / 60);
  });

  it("stands still on the last frame when no more come, and says that it is stale", () => {
    const playout = started();
    const frame = new Frame();
    play(0, 2, playout);
    const last = playout.lastArrival;
    playout.sample(last + 0.2, frame);
    const x = frame.joints[0];
    expect(x).toBeCloseTo(1.98, 5);
    expect(playout.stale(last + STALE_AFTER - 0.01)).toBe(false);
    expect(playout.stale(last + STALE_AFTER + 0.01)).toBe(true);
    playout.sample(last + 5, frame);
    expect(frame.joints[0]).toBe(x);
  });

  it("cuts at a locate and blends nothing across it, forwards or back", () => {
    for (const jump of [-1.5, 30]) {
      const playout = started();
      const frame = new Frame();
      play(0, 2, playout);
      const seen = new Set<number>();
      for (let n = 0; n < 50; n++) {
        const t = 2 + n / RATE;
        const showTime = t + jump;
        playout.push(frameBytes({ showTime, clock: ENGINE + t, x: jump > 0 ? 9 : -9 }), t);
        playout.sample(t + 0.006, frame);
        seen.add(Math.sign(jump) * frame.joints[0] > 8.9 ? 1 : frame.joints[0] < 2 ? 0 : -1);
      }
      expect(playout.cuts).toBe(1);
      expect([...seen]).toEqual([0, 1]);
      expect(frame.showTime).toBeGreaterThan(2 + jump);
    }
  });

  it("takes a hold, in which show time stands, for no locate", () => {
    const playout = started();
    const frame = new Frame();
    play(0, 1, playout);
    for (let n = 0; n < 100; n++) {
      const t = 1 + n / RATE;
      playout.push(frameBytes({ showTime: 1, clock: ENGINE + t, flags: 1 }), t);
      playout.sample(t, frame);
    }
    expect(playout.cuts).toBe(0);
    expect(frame.showTime).toBe(1);
    expect(frame.flags).toBe(1);
  });

  it("starts anew with another clock, as after a restart of the engine", () => {
    const playout = started();
    const frame = new Frame();
    play(0, 3, playout);
    playout.sample(3, frame);
    for (let n = 0; n < 20; n++) {
      const t = 3.5 + n / RATE;
      playout.push(frameBytes({ showTime: n / RATE, clock: 5 + n / RATE, x: -n / RATE }), t);
      playout.sample(t + 0.01, frame);
    }
    expect(frame.clock).toBeGreaterThan(5.3);
    expect(frame.clock).toBeLessThan(5.4);
    expect(frame.joints[0]).toBeLessThan(-0.3);
    expect(playout.stale(3.9)).toBe(false);
  });

  it("asks for black as soon as a frame does", () => {
    const playout = started();
    play(0, 1, playout);
    expect(playout.blackout).toBe(false);
    playout.push(frameBytes({ showTime: 1, clock: ENGINE + 1, flags: FLAG_BLACKOUT }), 1);
    expect(playout.blackout).toBe(true);
  });

  it("lets nobody fly across the stage between two frames", () => {
    const playout = started();
    const frame = new Frame();
    for (let n = 0; n < 60; n++) {
      const t = n / RATE;
      playout.push(frameBytes({ showTime: t, clock: ENGINE + t, x: n < 30 ? 0 : 3 }), t);
      playout.sample(t + 0.005, frame);
      expect([0, 3]).toContain(frame.joints[0]);
    }
    expect(frame.joints[0]).toBe(3);
  });
});
