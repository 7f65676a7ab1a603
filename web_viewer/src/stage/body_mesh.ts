/** The resting body's skin: a mesh around the shape, each vertex bound to four segments. */

import { BOUNDS, distance, SEGMENTS, segmentDistances } from "./body_shape";

export interface BodyMesh {
  /** x, y, z of each vertex in metres, and its normal. */
  readonly position: Float32Array;
  readonly normal: Float32Array;
  /** Four segments of each vertex and their weights, which add up to 1. */
  readonly segment: Uint8Array;
  readonly weight: Float32Array;
  readonly index: Uint32Array;
}

/** Skin moves with another segment as well within this distance of its surface, in metres. */
const REACH = 0.075;

/** Values of the shape on a grid, computed only where the skin can be near. */
function sample(cell: number): { values: Float32Array; size: [number, number, number] } {
  const [low, high] = BOUNDS;
  const size = [0, 1, 2].map((i) => Math.ceil((high[i] - low[i]) / cell) + 1) as [
    number,
    number,
    number,
  ];
  const [nx, ny, nz] = size;
  const values = new Float32Array(nx * ny * nz).fill(1);
  const block = 6;
  const reach = block * cell;
  for (let k = 0; k < nz; k += block) {
    for (let j = 0; j < ny; j += block) {
      for (let i = 0; i < nx; i += block) {
        const half = (block / 2) * cell;
        const middle = distance(
          low[0] + i * cell + half,
          low[1] + j * cell + half,
          low[2] + k * cell + half,
        );
        if (Math.abs(middle) > reach * 1.5) {
          if (middle < 0) fillBlock(values, size, i, j, k, block, -1);
          continue;
        }
        for (let c = k; c < Math.min(k + block, nz); c++) {
          for (let b = j; b < Math.min(j + block, ny); b++) {
            for (let a = i; a < Math.min(i + block, nx); a++) {
              values[(c * ny + b) * nx + a] = distance(
                low[0] + a * cell,
                low[1] + b * cell,
                low[2] + c * cell,
              );
            }
          }
        }
      }
    }
  }
  return { values, size };
}

function fillBlock(
  values: Float32Array,
  [nx, ny, nz]: readonly number[],
  i: number,
  j: number,
  k: number,
  block: number,
  value: number,
): void {
  for (let c = k; c < Math.min(k + block, nz); c++) {
    for (let b = j; b < Math.min(j + block, ny); b++) {
      values.fill(value, (c * ny + b) * nx + i, (c * ny + b) * nx + Math.min(i + block, nx));
    }
  }
}

/**
 * Meshes the skin by naive surface nets (Gibson 1998): one vertex in each cell that the
 * surface crosses, one quad around each grid edge that it crosses; then moves the vertices
 * onto the surface. cell: edge of a grid cell in metres.
 */
export function meshBody(cell: number): BodyMesh {
  const { values, size } = sample(cell);
  const [nx, ny, nz] = size;
  const [low] = BOUNDS;
  const at = (i: number, j: number, k: number) => (k * ny + j) * nx + i;
  const vertexOf = new Int32Array(values.length).fill(-1);
  const points: number[] = [];
  for (let k = 0; k < nz - 1; k++) {
    for (let j = 0; j < ny - 1; j++) {
      for (let i = 0; i < nx - 1; i++) {
        let inside = 0;
        for (let c = 0; c < 8; c++) {
          if (values[at(i + (c & 1), j + ((c >> 1) & 1), k + (c >> 2))] < 0) inside++;
        }
        if (inside === 0 || inside === 8) continue;
        vertexOf[at(i, j, k)] = points.length / 3;
        points.push(
          low[0] + (i + 0.5) * cell,
          low[1] + (j + 0.5) * cell,
          low[2] + (k + 0.5) * cell,
        );
      }
    }
  }
  const index: number[] = [];
  const quad = (a: number, b: number, c: number, d: number, flip: boolean) => {
    if (flip) index.push(a, c, b, a, d, c);
    else index.push(a, b, c, a, c, d);
  };
  for (let k = 1; k < nz - 1; k++) {
    for (let j = 1; j < ny - 1; j++) {
      for (let i = 1; i < nx - 1; i++) {
        const inside = values[at(i, j, k)] < 0;
        const v = (di: number, dj: number, dk: number) => vertexOf[at(i - di, j - dj, k - dk)];
        if (inside !== values[at(i + 1, j, k)] < 0) {
          quad(v(0, 1, 1), v(0, 0, 1), v(0, 0, 0), v(0, 1, 0), !inside);
        }
        if (inside !== values[at(i, j + 1, k)] < 0) {
          quad(v(1, 0, 1), v(1, 0, 0), v(0, 0, 0), v(0, 0, 1), !inside);
        }
        if (inside !== values[at(i, j, k + 1)] < 0) {
          quad(v(1, 1, 0), v(0, 1, 0), v(0, 0, 0), v(1, 0, 0), !inside);
        }
      }
    }
  }
  const position = Float32Array.from(points);
  const normal = settle(position);
  return { position, normal, ...bind(position), index: Uint32Array.from(index) };
}

/** Moves the points onto the surface and gives the normals there. */
function settle(position: Float32Array): Float32Array {
  const normal = new Float32Array(position.length);
  const e = 0.002;
  for (let p = 0; p < position.length; p += 3) {
    for (let round = 0; round < 3; round++) {
      const [x, y, z] = [position[p], position[p + 1], position[p + 2]];
      const gx = distance(x + e, y, z) - distance(x - e, y, z);
      const gy = distance(x, y + e, z) - distance(x, y - e, z);
      const gz = distance(x, y, z + e) - distance(x, y, z - e);
      const length = Math.hypot(gx, gy, gz) || 1;
      const slope = Math.max(0.3, length / (2 * e));
      const step = distance(x, y, z) / slope;
      normal[p] = gx / length;
      normal[p + 1] = gy / length;
      normal[p + 2] = gz / length;
      position[p] -= normal[p] * step;
      position[p + 1] -= normal[p + 1] * step;
      position[p + 2] -= normal[p + 2] * step;
    }
  }
  return normal;
}

/** True where skin may be shared: at most two joints apart and not left with right. */
function neighbours(): boolean[][] {
  const parents = SEGMENTS.map((segment) => segment.parent);
  return SEGMENTS.map((one, a) =>
    SEGMENTS.map((other, b) => {
      if (one.side * other.side < 0) return false;
      const near = (x: number, y: number) => x === y || parents[x] === y || parents[y] === x;
      return near(a, b) || SEGMENTS.some((_, m) => near(a, m) && near(m, b));
    }),
  );
}

/** Gives the four segments and weights of each point. */
function bind(position: Float32Array): { segment: Uint8Array; weight: Float32Array } {
  const count = position.length / 3;
  const segment = new Uint8Array(count * 4);
  const weight = new Float32Array(count * 4);
  const distances = new Float64Array(SEGMENTS.length);
  const order = SEGMENTS.map((_, s) => s);
  const near = neighbours();
  for (let v = 0; v < count; v++) {
    segmentDistances(position[v * 3], position[v * 3 + 1], position[v * 3 + 2], distances);
    order.sort((a, b) => distances[a] - distances[b]);
    const nearest = order[0];
    let taken = 0;
    let sum = 0;
    for (const s of order) {
      const share = 1 - (distances[s] - distances[nearest]) / REACH;
      if (share <= 0 || taken === 4) break;
      if (!near[nearest][s]) continue;
      segment[v * 4 + taken] = s;
      weight[v * 4 + taken] = share * share;
      sum += share * share;
      taken++;
    }
    for (let i = 0; i < taken; i++) weight[v * 4 + i] /= sum;
  }
  return { segment, weight };
}
