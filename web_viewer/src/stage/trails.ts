/** Ribbons of light that hands and feet leave behind. */

import {
  AdditiveBlending,
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  DynamicDrawUsage,
  GLSL3,
  Mesh,
  ShaderMaterial,
} from "three";
import * as joint from "../skeleton";
import { type Frame, MAX_PERFORMERS } from "../wire";
import { linear } from "./color";

const TIPS = [joint.LEFT_WRIST, joint.RIGHT_WRIST, joint.LEFT_FOOT, joint.RIGHT_FOOT];
const RIBBONS = MAX_PERFORMERS * TIPS.length;
/** Points of a ribbon, and the seconds between two of them. */
const POINTS = 48;
const INTERVAL = 1 / 40;
/** A tip that moves faster than this has jumped, in metres a second. */
const JUMP = 14;

const VERTEX = /* glsl */ `
in vec3 along;
in vec4 light;
in vec2 place;
centroid out vec4 vLight;
centroid out float vAcross;
void main() {
  vec3 toEye = normalize(cameraPosition - position);
  vec3 across = cross(along, toEye);
  float size = length(across);
  float width = (0.004 + 0.02 * place.y) * smoothstep(0.0, 0.02, length(along));
  vec3 at = position + (size > 1e-6 ? across / size : vec3(0.0)) * place.x * width;
  vLight = light;
  vAcross = place.x;
  gl_Position = projectionMatrix * viewMatrix * vec4(at, 1.0);
}
`;

const FRAGMENT = /* glsl */ `
precision highp float;
centroid in vec4 vLight;
centroid in float vAcross;
out vec4 fragment;
void main() {
  float body = max(0.0, 1.0 - vAcross * vAcross);
  fragment = vec4(clamp(vLight.rgb * vLight.a, 0.0, 1.0) * body * body, 1.0);
}
`;

export class Trails {
  readonly mesh: Mesh;
  /** Positions of each ribbon's points, newest first, and how many of them there are. */
  private readonly points = new Float32Array(RIBBONS * POINTS * 3);
  private readonly used = new Uint16Array(RIBBONS);
  private since = 0;
  private readonly position = dynamic(RIBBONS * POINTS * 2, 3);
  private readonly along = dynamic(RIBBONS * POINTS * 2, 3);
  private readonly light = dynamic(RIBBONS * POINTS * 2, 4);

  constructor() {
    const geometry = new BufferGeometry();
    this.mesh = new Mesh(
      geometry,
      new ShaderMaterial({
        glslVersion: GLSL3,
        vertexShader: VERTEX,
        fragmentShader: FRAGMENT,
        transparent: true,
        blending: AdditiveBlending,
        depthWrite: false,
        side: DoubleSide,
      }),
    );
    const place = new Float32Array(RIBBONS * POINTS * 4);
    const index: number[] = [];
    for (let r = 0; r < RIBBONS; r++) {
      for (let i = 0; i < POINTS; i++) {
        const v = (r * POINTS + i) * 2;
        const young = 1 - i / (POINTS - 1);
        place.set([-1, young, 1, young], v * 2);
        if (i > 0) index.push(v - 2, v - 1, v, v - 1, v + 1, v);
      }
    }
    geometry.setAttribute("position", this.position);
    geometry.setAttribute("along", this.along);
    geometry.setAttribute("light", this.light);
    geometry.setAttribute("place", new BufferAttribute(place, 2));
    geometry.setIndex(index);
    this.mesh.frustumCulled = false;
    this.mesh.visible = false;
  }

  get shown(): boolean {
    return this.mesh.visible;
  }

  /** Shows or hides the ribbons; they begin anew. */
  show(on: boolean): void {
    this.mesh.visible = on;
    this.clear();
  }

  /** Cuts the ribbons off, as after a jump in show time. */
  clear(): void {
    this.used.fill(0);
  }

  /** Moves the ribbons on by `seconds`; 0 leaves them as they are. */
  update(frame: Frame, seconds: number): void {
    if (!this.mesh.visible || seconds <= 0) return;
    this.since += seconds;
    const pushes = Math.min(POINTS - 1, Math.floor(this.since / INTERVAL));
    this.since %= INTERVAL;
    for (let p = 0; p < MAX_PERFORMERS; p++) {
      const level = p < frame.count && frame.state[p] !== 0 ? frame.level[p] : 0;
      for (let t = 0; t < TIPS.length; t++) {
        const ribbon = p * TIPS.length + t;
        const tip = p * joint.POSE_FLOATS + TIPS[t] * 3;
        if (level <= 0) this.used[ribbon] = 0;
        else this.grow(ribbon, frame.joints, tip, pushes, seconds);
        this.lay(ribbon, frame.color, p, level);
      }
    }
    this.position.needsUpdate = true;
    this.along.needsUpdate = true;
    this.light.needsUpdate = true;
  }

  private grow(
    ribbon: number,
    joints: Float32Array,
    tip: number,
    pushes: number,
    seconds: number,
  ): void {
    const { points, used } = this;
    const at = ribbon * POINTS * 3;
    if (used[ribbon] > 0) {
      const moved = Math.hypot(
        joints[tip] - points[at],
        joints[tip + 1] - points[at + 1],
        joints[tip + 2] - points[at + 2],
      );
      if (moved > JUMP * Math.max(seconds, INTERVAL)) used[ribbon] = 0;
    }
    if (used[ribbon] > 0 && pushes > 0) {
      points.copyWithin(at + pushes * 3, at, at + (POINTS - pushes) * 3);
      for (let n = 1; n < pushes; n++) {
        for (let i = 0; i < 3; i++) {
          const old = points[at + pushes * 3 + i];
          points[at + n * 3 + i] = joints[tip + i] + (old - joints[tip + i]) * (n / pushes);
        }
      }
      used[ribbon] = Math.min(POINTS, used[ribbon] + pushes);
    }
    if (used[ribbon] === 0) used[ribbon] = 1;
    for (let i = 0; i < 3; i++) points[at + i] = joints[tip + i];
  }

  /** Writes a ribbon's vertices: two for each point, black where there is none. */
  private lay(ribbon: number, color: Float32Array, p: number, level: number): void {
    const { points } = this;
    const position = this.position.array as Float32Array;
    const along = this.along.array as Float32Array;
    const light = this.light.array as Float32Array;
    const last = this.used[ribbon] - 1;
    for (let i = 0; i < POINTS; i++) {
      const here = (ribbon * POINTS + Math.max(0, Math.min(i, last))) * 3;
      const newer = (ribbon * POINTS + Math.max(0, Math.min(i - 1, last))) * 3;
      const older = (ribbon * POINTS + Math.max(0, Math.min(i + 1, last))) * 3;
      const fade = last > 0 && i <= last ? (1 - i / (POINTS - 1)) ** 2 : 0;
      for (let s = 0; s < 2; s++) {
        const v = (ribbon * POINTS + i) * 2 + s;
        for (let c = 0; c < 3; c++) {
          position[v * 3 + c] = points[here + c];
          along[v * 3 + c] = points[newer + c] - points[older + c];
          light[v * 4 + c] = linear(color[p * 3 + c]);
        }
        light[v * 4 + 3] = fade * level * 0.9;
      }
    }
  }
}

function dynamic(vertices: number, size: number): BufferAttribute {
  const attribute = new BufferAttribute(new Float32Array(vertices * size), size);
  attribute.setUsage(DynamicDrawUsage);
  return attribute;
}
