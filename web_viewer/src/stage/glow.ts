/**
 * From the scene's light to the screen: a soft glow (the picture halved again and again and
 * added back with a tent filter), a shoulder for the highlights, the grey of a stale stream,
 * and sRGB with a grain that hides bands in the dark.
 */

import {
  AddEquation,
  CustomBlending,
  GLSL3,
  HalfFloatType,
  LinearFilter,
  Mesh,
  NoBlending,
  OneFactor,
  OrthographicCamera,
  PlaneGeometry,
  Scene,
  ShaderMaterial,
  type Texture,
  Vector2,
  type WebGLRenderer,
  WebGLRenderTarget,
} from "three";
import type { Quality } from "./quality";

const VERTEX = /* glsl */ `
out vec2 uv2;
void main() {
  uv2 = position.xy * 0.5 + 0.5;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}
`;

/** Thirteen taps that do not flicker (Jimenez 2014, "Next generation post processing"). */
const DOWN = /* glsl */ `
precision highp float;
in vec2 uv2;
uniform sampler2D source;
uniform vec2 texel;
uniform float knee;
out vec4 fragment;
vec3 at(float x, float y) {
  return min(texture(source, uv2 + vec2(x, y) * texel).rgb, vec3(8.0));
}
void main() {
#ifdef FINE
  vec3 inner = at(-1.0, -1.0) + at(1.0, -1.0) + at(-1.0, 1.0) + at(1.0, 1.0);
  vec3 corners = at(-2.0, -2.0) + at(2.0, -2.0) + at(-2.0, 2.0) + at(2.0, 2.0);
  vec3 sides = at(0.0, -2.0) + at(-2.0, 0.0) + at(2.0, 0.0) + at(0.0, 2.0);
  vec3 sum = at(0.0, 0.0) * 0.125 + inner * 0.125 + corners * 0.03125 + sides * 0.0625;
#else
  vec3 sum = (at(-1.0, -1.0) + at(1.0, -1.0) + at(-1.0, 1.0) + at(1.0, 1.0)) * 0.25;
#endif
  float bright = max(sum.r, max(sum.g, sum.b));
  fragment = vec4(sum * (knee > 0.0 ? bright / (bright + knee) : 1.0), 1.0);
}
`;

const UP = /* glsl */ `
precision highp float;
in vec2 uv2;
uniform sampler2D source;
uniform vec2 texel;
out vec4 fragment;
vec3 at(float x, float y) { return texture(source, uv2 + vec2(x, y) * texel).rgb; }
void main() {
#ifdef FINE
  vec3 sum = at(0.0, 0.0) * 4.0
    + (at(-1.0, 0.0) + at(1.0, 0.0) + at(0.0, -1.0) + at(0.0, 1.0)) * 2.0
    + at(-1.0, -1.0) + at(1.0, -1.0) + at(-1.0, 1.0) + at(1.0, 1.0);
  fragment = vec4(sum / 16.0, 1.0);
#else
  vec3 sum = at(-0.75, -0.75) + at(0.75, -0.75) + at(-0.75, 0.75) + at(0.75, 0.75);
  fragment = vec4(sum / 4.0, 1.0);
#endif
}
`;

const OUTPUT = /* glsl */ `
precision highp float;
in vec2 uv2;
uniform sampler2D source;
uniform sampler2D glow;
uniform float strength;
uniform float grey;
uniform float aspect;
out vec4 fragment;
float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}
void main() {
  vec3 light = texture(source, uv2).rgb + texture(glow, uv2).rgb * strength;
  vec2 off = (uv2 - 0.5) * vec2(min(aspect, 1.8), 1.0);
  light *= 1.0 - 0.38 * smoothstep(0.25, 1.1, dot(off, off) * 1.6);
  light = mix(light, vec3(dot(light, vec3(0.3, 0.5, 0.2)) * 0.32), grey);
  vec3 soft = 1.0 - exp(-light * 1.25);
  vec3 srgb = mix(soft * 12.92, 1.055 * pow(max(soft, 1e-5), vec3(1.0 / 2.4)) - 0.055,
                  step(0.0031308, soft));
  float grain = hash(gl_FragCoord.xy) + hash(gl_FragCoord.xy + 71.7) - 1.0;
  fragment = vec4(srgb + grain * step(1e-4, max(srgb.r, max(srgb.g, srgb.b))) / 255.0, 1.0);
}
`;

const target = (samples = 0, depthBuffer = false) =>
  new WebGLRenderTarget(1, 1, {
    type: HalfFloatType,
    minFilter: LinearFilter,
    magFilter: LinearFilter,
    depthBuffer,
    samples,
  });

function material(fragmentShader: string, uniforms: Record<string, unknown>): ShaderMaterial {
  return new ShaderMaterial({
    glslVersion: GLSL3,
    vertexShader: VERTEX,
    fragmentShader,
    uniforms: Object.fromEntries(Object.entries(uniforms).map(([k, value]) => [k, { value }])),
    depthTest: false,
    depthWrite: false,
    blending: NoBlending,
  });
}

export class Glow {
  /** The scene is drawn into this. */
  scene = target();
  /** 0 shows the colours, 1 the dim grey of a stale stream. */
  grey = 0;
  private levels: WebGLRenderTarget[] = [];
  private readonly quad = new Mesh(new PlaneGeometry(2, 2));
  private readonly pass = new Scene().add(this.quad);
  private readonly camera = new OrthographicCamera();
  private readonly down = material(DOWN, { source: null, texel: new Vector2(), knee: 0 });
  private readonly up = material(UP, { source: null, texel: new Vector2() });
  private readonly output = material(OUTPUT, {
    source: null,
    glow: null,
    strength: 0,
    grey: 0,
    aspect: 1,
  });

  constructor() {
    this.quad.frustumCulled = false;
    this.up.blending = CustomBlending;
    this.up.blendEquation = AddEquation;
    this.up.blendSrc = OneFactor;
    this.up.blendDst = OneFactor;
    this.up.transparent = true;
  }

  /** Sets the picture's size in pixels. */
  resize(width: number, height: number, { samples, halvings, fine }: Quality): void {
    for (const pass of [this.down, this.up]) {
      pass.defines = fine ? { FINE: "" } : {};
      pass.needsUpdate = true;
    }
    this.scene.dispose();
    this.scene = target(samples, true);
    this.scene.setSize(width, height);
    for (const level of this.levels) level.dispose();
    this.levels = [];
    for (let i = 1; i <= halvings; i++) {
      const level = target();
      level.setSize(Math.max(1, width >> i), Math.max(1, height >> i));
      this.levels.push(level);
    }
    this.output.uniforms.aspect.value = width / height;
  }

  /** Shows the scene's light on the screen. */
  show(renderer: WebGLRenderer): void {
    let source: WebGLRenderTarget = this.scene;
    for (let i = 0; i < this.levels.length; i++) {
      this.use(this.down, source);
      this.down.uniforms.knee.value = i === 0 ? 0.35 : 0;
      this.draw(renderer, this.levels[i]);
      source = this.levels[i];
    }
    for (let i = this.levels.length - 1; i > 0; i--) {
      this.use(this.up, this.levels[i]);
      this.draw(renderer, this.levels[i - 1]);
    }
    this.output.uniforms.source.value = this.scene.texture;
    this.output.uniforms.glow.value = (this.levels[0] ?? this.scene).texture;
    this.output.uniforms.strength.value = this.levels.length > 0 ? 1.3 / this.levels.length : 0;
    this.output.uniforms.grey.value = this.grey;
    this.quad.material = this.output;
    this.draw(renderer, null);
  }

  private use(pass: ShaderMaterial, source: { texture: Texture; width: number; height: number }) {
    pass.uniforms.source.value = source.texture;
    (pass.uniforms.texel.value as Vector2).set(1 / source.width, 1 / source.height);
    this.quad.material = pass;
  }

  private draw(renderer: WebGLRenderer, to: WebGLRenderTarget | null): void {
    renderer.setRenderTarget(to);
    renderer.render(this.pass, this.camera);
  }
}
