/**
 * The floor seen from above: a small picture of the light that falls on it (rgb) and of the
 * shadow that bodies throw (alpha).
 */

import {
  AddEquation,
  CustomBlending,
  GLSL3,
  HalfFloatType,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  LinearFilter,
  MaxEquation,
  Mesh,
  OneFactor,
  OrthographicCamera,
  PlaneGeometry,
  Scene,
  ShaderMaterial,
  type Texture,
  Vector2,
  type WebGLRenderer,
  WebGLRenderTarget,
  ZeroFactor,
} from "three";
import { HIP, POSE_FLOATS } from "../skeleton";
import { type Frame, MAX_PERFORMERS } from "../wire";
import { castLamps, castShadows, LAMPS_EACH, SHADOWS_EACH } from "./cast";
import { MOST_POOLS, type RigLight } from "./rig_light";

/** Half the edge of the picture in metres; beyond it the floor is dark. */
export const HALF = 7;

/** A shadow spans the capsule from start to end; a lamp is at start and `end` its light. */
const quadVertex = (bounds: string) => /* glsl */ `
in vec4 start;
in vec4 end;
uniform vec2 center;
out vec2 vFloor;
flat out vec4 vStart;
flat out vec4 vEnd;
void main() {
  vStart = start;
  vEnd = end;
  ${bounds}
  vFloor = mix(low, high, position.xy * 0.5 + 0.5);
  gl_Position = vec4((vFloor - center) / ${HALF.toFixed(1)}, 0.0, 1.0);
}
`;

/** Metres that a shadow moves for each metre of height: the light hangs upstage. */
const SLANT = [0.1, -0.42];

const SHADOW_VERTEX = quadVertex(`
  vec2 slant = vec2(${SLANT.join(", ")});
  vStart.xy += slant * start.z;
  vEnd.xy += slant * end.z;
  float margin = 0.3 * max(start.z, end.z) + start.w * 2.0 + 0.12;
  vec2 low = min(vStart.xy, vEnd.xy) - margin;
  vec2 high = max(vStart.xy, vEnd.xy) + margin;`);

const LAMP_VERTEX = quadVertex(`
  vec2 low = start.xy - start.w;
  vec2 high = start.xy + start.w;`);

const SHADOW_FRAGMENT = /* glsl */ `
precision highp float;
in vec2 vFloor;
flat in vec4 vStart;
flat in vec4 vEnd;
out vec4 fragment;
void main() {
  vec2 line = vEnd.xy - vStart.xy;
  float t = clamp(dot(vFloor - vStart.xy, line) / max(dot(line, line), 1e-6), 0.0, 1.0);
  float height = max(0.0, mix(vStart.z, vEnd.z, t));
  float radius = vStart.w;
  float blur = 0.03 + 0.20 * height;
  float d = length(vFloor - vStart.xy - line * t);
  float strength = vEnd.w * radius / (radius + 0.085 * height);
  float dark = strength * (1.0 - smoothstep(max(0.0, radius - blur * 0.7), radius + blur, d));
  fragment = vec4(0.0, 0.0, 0.0, dark);
}
`;

const LIGHT_FRAGMENT = /* glsl */ `
precision highp float;
in vec2 vFloor;
flat in vec4 vStart;
flat in vec4 vEnd;
out vec4 fragment;
void main() {
  vec2 d = vFloor - vStart.xy;
  float height = max(vStart.z, 0.05) + 0.06;
  float r2 = dot(d, d) + height * height;
  float edge = length(d) / vStart.w;
  float fall = height / (r2 * sqrt(r2));
  fragment = vec4(vEnd.rgb * fall * pow(max(0.0, 1.0 - edge * edge), 2.0), 0.0);
}
`;

/** Instanced quads over the floor, each with a start and an end. */
class Quads {
  readonly geometry = new InstancedBufferGeometry();
  readonly start: Float32Array;
  readonly end: Float32Array;
  private readonly attributes: InstancedBufferAttribute[];

  constructor(capacity: number) {
    const plane = new PlaneGeometry(2, 2);
    this.geometry.setAttribute("position", plane.getAttribute("position"));
    this.geometry.setIndex(plane.getIndex());
    this.start = new Float32Array(capacity * 4);
    this.end = new Float32Array(capacity * 4);
    this.attributes = [this.start, this.end].map((a) => new InstancedBufferAttribute(a, 4));
    this.geometry.setAttribute("start", this.attributes[0]);
    this.geometry.setAttribute("end", this.attributes[1]);
  }

  changed(count: number): void {
    this.geometry.instanceCount = count;
    for (const attribute of this.attributes) attribute.needsUpdate = true;
  }
}

export class FloorLight {
  /** Middle of the picture on the floor, in metres. */
  readonly center = new Vector2();
  private readonly picture = new WebGLRenderTarget(512, 512, {
    type: HalfFloatType,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
    depthBuffer: false,
  });
  private readonly shadows = new Quads(MAX_PERFORMERS * SHADOWS_EACH);
  private readonly lamps = new Quads(MAX_PERFORMERS * LAMPS_EACH);
  private readonly pools = new Quads(MOST_POOLS);
  private rig: RigLight | null = null;
  private readonly scene = new Scene();
  private readonly camera = new OrthographicCamera();

  constructor() {
    this.scene.add(
      this.mesh(this.shadows, SHADOW_VERTEX, SHADOW_FRAGMENT),
      this.mesh(this.lamps, LAMP_VERTEX, LIGHT_FRAGMENT),
      this.mesh(this.pools, LAMP_VERTEX, LIGHT_FRAGMENT),
    );
    this.pools.changed(0);
  }

  /** Light adds up; of shadows that overlap the darkest counts. */
  private mesh(quads: Quads, vertexShader: string, fragmentShader: string): Mesh {
    const mesh = new Mesh(
      quads.geometry,
      new ShaderMaterial({
        glslVersion: GLSL3,
        vertexShader,
        fragmentShader,
        uniforms: { center: { value: this.center } },
        transparent: true,
        depthTest: false,
        depthWrite: false,
        blending: CustomBlending,
        blendEquation: AddEquation,
        blendSrc: quads === this.shadows ? ZeroFactor : OneFactor,
        blendDst: OneFactor,
        blendEquationAlpha: MaxEquation,
        blendSrcAlpha: OneFactor,
        blendDstAlpha: OneFactor,
      }),
    );
    mesh.frustumCulled = false;
    return mesh;
  }

  get texture(): Texture {
    return this.picture.texture;
  }

  /** Sets the edge of the picture in pixels. */
  resolution(pixels: number): void {
    this.picture.setSize(pixels, pixels);
  }

  /** Lets the pixels of a rig light the floor, or none. */
  show(rig: RigLight | null): void {
    this.rig = rig;
    this.pools.changed(0);
    rig?.place(this.pools.start);
  }

  /** Draws the picture around the performers that are to be seen. */
  update(renderer: WebGLRenderer, frame: Frame, visible: Uint8Array, count: number): void {
    const { shadows, lamps, center } = this;
    if (count > 0) center.set(0, 0);
    for (let i = 0; i < count; i++) {
      const hip = visible[i] * POSE_FLOATS + HIP * 3;
      center.x += frame.joints[hip] / count;
      center.y += frame.joints[hip + 1] / count;
      castShadows(frame, visible[i], i * SHADOWS_EACH, shadows.start, shadows.end);
      castLamps(frame, visible[i], i * LAMPS_EACH, lamps.start, lamps.end);
    }
    shadows.changed(count * SHADOWS_EACH);
    lamps.changed(count * LAMPS_EACH);
    if (this.rig) this.pools.changed(this.rig.shine(this.pools.end));
    renderer.setRenderTarget(this.picture);
    renderer.setClearColor(0x000000, 0);
    renderer.clear();
    if (count > 0 || this.rig) renderer.render(this.scene, this.camera);
    renderer.setRenderTarget(null);
  }
}
