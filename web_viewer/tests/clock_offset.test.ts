import { describe, expect, it } from "vitest";
import { ClockOffset } from "../src/show/clock_offset";

describe("ClockOffset", () => {
  it("knows nothing at first, then what the fastest frame tells, then the pings", () => {
    const offset = new ClockOffset();
    expect(offset.read(0)).toBeNaN();
    for (const way of [0.02, 0.005, 0.03]) offset.arrive(1000, way);
    expect(offset.read(0.1)).toBeCloseTo(999.995, 9);
    offset.pong(0.1, 0.14, 1000.12);
    expect(offset.read(0.14)).toBeGreaterThan(999.99);
    for (let t = 1; t < 6; t++) offset.read(t);
    expect(offset.read(6)).toBeCloseTo(1000, 9);
  });

  it("believes the ping that was fastest, and a later one as fast", () => {
    const offset = new ClockOffset();
    offset.pong(0, 0.1, 1000.09); // slow, and 40 ms wrong
    offset.pong(1, 1.01, 1001.005);
    offset.pong(2, 2.08, 1002.07);
    expect(offset.read(2.1)).toBeCloseTo(1000, 9);
    offset.pong(3, 3.0101, 1003.00605); // the clocks have drifted by 1 ms
    offset.read(3.1);
    expect(offset.read(4)).toBeCloseTo(1000.001, 6);
  });

  it("takes another engine's clock at once", () => {
    const offset = new ClockOffset();
    offset.pong(0, 0.01, 1000.005);
    offset.read(0.1);
    offset.pong(1, 1.02, 51.01);
    expect(offset.read(1.1)).toBeCloseTo(50, 9);
  });

  it("passes over what cannot be", () => {
    const offset = new ClockOffset();
    offset.pong(1, 0.5, 1000);
    offset.pong(1, 2, Number.NaN);
    expect(offset.read(3)).toBeNaN();
  });
});
