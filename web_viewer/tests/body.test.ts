import { describe, expect, it } from "vitest";
import { meshBody } from "../src/stage/body_mesh";
import { BodyPose, MATRIX_FLOATS } from "../src/stage/body_pose";
import { distance, LEFT, type Point, RIGHT, SEGMENTS } from "../src/stage/body_shape";
import { STANDING } from "./figure";

const solve = (joints: readonly (readonly number[])[]) => {
  const out = new Float32Array(MATRIX_FLOATS);
  new BodyPose().solve(Float32Array.from(joints.flat()), 0, out, 0);
  return out;
};

const move = (matrices: Float32Array, segment: number, [x, y, z]: Point) =>
  [0, 1, 2].map((row) => {
    const at = segment * 12 + row * 4;
    const [a, b, c, d] = matrices.subarray(at, at + 4);
    return a * x + b * y + c * z + d;
  });

const near = (a: readonly number[], b: readonly number[], metres: number) => {
  expect(Math.hypot(...a.map((value, i) => value - b[i]))).toBeLessThan(metres);
};

describe("the skin", () => {
  const mesh = meshBody(0.034);

  it("lies on the body's surface and closes around it", () => {
    const edges = new Map<string, number>();
    for (let i = 0; i < mesh.index.length; i += 3) {
      for (const [a, b] of [
        [0, 1],
        [1, 2],
        [2, 0],
      ]) {
        const [from, to] = [mesh.index[i + a], mesh.index[i + b]];
        edges.set(`${from} ${to}`, (edges.get(`${from} ${to}`) ?? 0) + 1);
      }
    }
    for (const edge of edges.keys()) {
      expect(edges.has(edge.split(" ").reverse().join(" "))).toBe(true);
    }
    for (let v = 0; v < mesh.position.length; v += 3) {
      const [x, y, z] = mesh.position.subarray(v, v + 3);
      expect(Math.abs(distance(x, y, z))).toBeLessThan(0.004);
    }
  });

  it("faces outwards", () => {
    const { position, normal, index } = mesh;
    let outwards = 0;
    for (let i = 0; i < index.length; i += 3) {
      const [a, b, c] = [0, 1, 2].map((n) =>
        position.subarray(index[i + n] * 3, index[i + n] * 3 + 3),
      );
      const u = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
      const w = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
      const n = normal.subarray(index[i] * 3, index[i] * 3 + 3);
      const cross = [
        u[1] * w[2] - u[2] * w[1],
        u[2] * w[0] - u[0] * w[2],
        u[0] * w[1] - u[1] * w[0],
      ];
      if (cross[0] * n[0] + cross[1] * n[1] + cross[2] * n[2] > 0) outwards++;
    }
    expect(outwards / (index.length / 3)).toBeGreaterThan(0.995);
  });

  it("is bound with weights that add up to 1, a limb's never to the other side", () => {
    for (let v = 0; v < mesh.weight.length; v += 4) {
      const sides = new Set<number>();
      let sum = 0;
      for (let i = v; i < v + 4; i++) {
        sum += mesh.weight[i];
        if (mesh.weight[i] > 0) sides.add(SEGMENTS[mesh.segment[i]].side);
      }
      expect(sum).toBeCloseTo(1, 5);
      const { side } = SEGMENTS[mesh.segment[v]];
      if (side !== 0) expect(sides.has(-side)).toBe(false);
    }
  });
});

describe("a pose", () => {
  it("leaves the resting body where it is", () => {
    const matrices = solve(STANDING);
    SEGMENTS.forEach((segment, s) => {
      near(move(matrices, s, segment.from), segment.from, 0.02);
      near(move(matrices, s, segment.to), segment.to, 0.02);
    });
  });

  it("turns and moves with the dancer", () => {
    const turn = ([x, y, z]: readonly number[]) => [-y + 2, x - 1, z];
    const matrices = solve(STANDING.map(turn));
    const rest = solve(STANDING);
    SEGMENTS.forEach(({ to }, s) => {
      near(move(matrices, s, to), turn(move(rest, s, to)), 1e-4);
    });
  });

  it("brings limbs from joint to joint, whatever their length", () => {
    const joints = STANDING.map((p) => [...p]);
    joints[12] = [0.3, -0.25, 1.5];
    joints[13] = [0.2, -0.3, 1.8];
    joints[5] = [0.1, -0.45, 0.9];
    joints[6] = [0.1, -0.4, 0.4];
    const matrices = solve(joints);
    const limbs: [number, number, number][] = [
      [LEFT + 1, 11, 12],
      [LEFT + 2, 12, 13],
      [LEFT + 4, 4, 5],
      [LEFT + 5, 5, 6],
      [RIGHT + 5, 2, 3],
    ];
    for (const [segment, start, end] of limbs) {
      near(move(matrices, segment, SEGMENTS[segment].from), joints[start], 1e-3);
      near(move(matrices, segment, SEGMENTS[segment].to), joints[end], 1e-3);
    }
  });

  it("keeps standing feet flat and points those in the air", () => {
    const toe = SEGMENTS[LEFT + 6].to;
    expect(move(solve(STANDING), LEFT + 6, toe)[2]).toBeCloseTo(0.03, 2);
    const joints = STANDING.map((p) => [...p]);
    joints[5] = [0.12, -0.38, 0.9];
    joints[6] = [0.12, -0.38, 0.5];
    expect(move(solve(joints), LEFT + 6, toe)[2]).toBeLessThan(0.41);
  });

  it("stays finite where joints fall together", () => {
    const matrices = solve(STANDING.map(() => [0, 0, 0]));
    expect(matrices.every(Number.isFinite)).toBe(true);
  });
});
