import { describe, expect, it } from "vitest";
import { clockText } from "../src/clock_text";
import { backoff } from "../src/show/line";
import { QUALITIES, QualityWatch } from "../src/stage/quality";

describe("backoff", () => {
  it("waits longer each time, up to three seconds, never as long as another page", () => {
    expect(backoff(0, 1)).toBe(200);
    expect(backoff(3, 1)).toBe(1600);
    expect(backoff(20, 1)).toBe(3000);
    expect(backoff(20, 0)).toBe(1500);
  });
});

describe("clockText", () => {
  it("gives minutes, seconds and tenths", () => {
    expect(clockText(0)).toBe("00:00.0");
    expect(clockText(65.29)).toBe("01:05.2");
    expect(clockText(3600.05)).toBe("60:00.0");
    expect(clockText(0.3)).toBe("00:00.3");
    expect(clockText(-2)).toBe("00:00.0");
  });
});

describe("QualityWatch", () => {
  const run = (watch: QualityWatch, seconds: (level: number) => number) => {
    for (let n = 0; n < 1000; n++) watch.tick(seconds(watch.level));
    return watch.level;
  };

  it("keeps the best where the display keeps up", () => {
    expect(run(new QualityWatch(0), () => 1 / 60)).toBe(0);
  });

  it("goes down as far as it takes", () => {
    const costs = [0.05, 0.03, 0.016, 0.008, 0.004];
    expect(run(new QualityWatch(0), (level) => costs[level])).toBe(2);
    expect(run(new QualityWatch(0), (level) => costs[level] * 10)).toBe(QUALITIES.length - 1);
  });

  it("blames a display of 30 Hz and not itself", () => {
    expect(run(new QualityWatch(0), () => 1 / 30)).toBe(0);
  });
});
