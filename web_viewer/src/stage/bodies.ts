/** The bodies of light: one skinned mesh, drawn once for each performer, and its reflection. */

import {
  BackSide,
  BufferAttribute,
  DataTexture,
  FloatType,
  FrontSide,
  GLSL3,
  Group,
  InstancedBufferGeometry,
  IntType,
  Mesh,
  NearestFilter,
  RGBAFormat,
  ShaderMaterial,
} from "three";
import { POSE_FLOATS } from "../skeleton";
import { type Frame, MAX_PERFORMERS } from "../wire";
import { meshBody } from "./body_mesh";
import { BodyPose, MATRIX_FLOATS } from "./body_pose";
import { linear } from "./color";

/** One row of the texture for each body: its matrices, then its colour and level. */
const ROW_FLOATS = MATRIX_FLOATS + 4;
const ROW_TEXELS = ROW_FLOATS / 4;

const VERTEX = /* glsl */ `
in uvec4 segment;
in vec4 weight;
uniform sampler2D poses;
uniform float mirror;
out vec3 vNormal;
out vec3 vPosition;
out vec3 vRest;
flat out vec4 vColor;

void main() {
  vec4 r0 = vec4(0.0), r1 = vec4(0.0), r2 = vec4(0.0);
  for (int i = 0; i < 4; i++) {
    float w = weight[i];
    if (w == 0.0) continue;
    int at = int(segment[i]) * 3;
    r0 += w * texelFetch(poses, ivec2(at, gl_InstanceID), 0);
    r1 += w * texelFetch(poses, ivec2(at + 1, gl_InstanceID), 0);
    r2 += w * texelFetch(poses, ivec2(at + 2, gl_InstanceID), 0);
  }
  vec4 rest = vec4(position, 1.0);
  vec3 at = vec3(dot(r0, rest), dot(r1, rest), dot(r2, rest));
  vec3 turned = vec3(dot(r0.xyz, normal), dot(r1.xyz, normal), dot(r2.xyz, normal));
  at.z *= mirror;
  turned.z *= mirror;
  vNormal = turned;
  vPosition = at;
  vRest = position;
  vColor = texelFetch(poses, ivec2(${ROW_TEXELS - 1}, gl_InstanceID), 0);
  gl_Position = projectionMatrix * viewMatrix * vec4(at, 1.0);
}
`;

const FRAGMENT = /* glsl */ `
precision highp float;
in vec3 vNormal;
in vec3 vPosition;
in vec3 vRest;
flat in vec4 vColor;
uniform float mirror;
out vec4 fragment;

float hash(vec3 p) {
  p = fract(p * vec3(0.1031, 0.1130, 0.1370));
  p += dot(p, p.yzx + 33.33);
  return fract((p.x + p.y) * p.z);
}

void main() {
  float level = vColor.a;
  // A fading body comes apart into flecks of light, so nothing needs to be sorted.
  float fleck = hash(floor(vRest * 140.0));
  if (fleck >= level * 1.001) discard;
  vec3 n = normalize(vNormal);
  vec3 toEye = cameraPosition - vPosition;
  float range = length(toEye);
  vec3 v = toEye / range;
  float facing = clamp(dot(n, v), 0.0, 1.0);
  float edge = pow(1.0 - facing, 2.2);
  float above = max(0.0, dot(n, normalize(vec3(-0.35, -0.35, 0.85))));
  float wrap = 0.5 + 0.5 * dot(n, normalize(vec3(0.3, -0.8, 0.45)));
  vec3 color = vColor.rgb;
  vec3 pale = mix(color, vec3(dot(color, vec3(0.3, 0.5, 0.2)) + 0.25), 0.26);
  vec3 light = color * (0.02 + 0.24 * pow(wrap, 4.0));
  light += pale * pow(above, 4.0) * 0.7;
  light += mix(color, pale, edge) * edge * 3.0;
  vec3 heart = vRest - vec3(0.0, 0.0, 1.28);
  light += mix(color, pale, 0.3) * facing * facing * 0.42 * exp(-dot(heart, heart) * 9.0);
  light /= 1.0 + 0.22 * max(light.r, max(light.g, light.b));
  light *= 0.35 + 0.65 * level;
  light *= exp(-range * range * 0.0016);
  if (mirror < 0.0) light *= 0.26 * exp(vPosition.z * 2.4) * pow(1.0 - abs(v.z), 2.0);
  fragment = vec4(light, 1.0);
}
`;

export class Bodies {
  readonly group = new Group();
  private readonly rows = new Float32Array(ROW_FLOATS * MAX_PERFORMERS);
  private readonly texture = new DataTexture(
    this.rows,
    ROW_TEXELS,
    MAX_PERFORMERS,
    RGBAFormat,
    FloatType,
  );
  private readonly pose = new BodyPose();
  private readonly geometry = new InstancedBufferGeometry();
  readonly reflection: Mesh;

  /** cell: edge in metres of the grid that the skin is meshed on. */
  constructor(readonly cell: number) {
    this.texture.magFilter = NearestFilter;
    this.texture.minFilter = NearestFilter;
    const mesh = meshBody(cell);
    const segment = new BufferAttribute(mesh.segment, 4);
    segment.gpuType = IntType;
    this.geometry.setAttribute("position", new BufferAttribute(mesh.position, 3));
    this.geometry.setAttribute("normal", new BufferAttribute(mesh.normal, 3));
    this.geometry.setAttribute("segment", segment);
    this.geometry.setAttribute("weight", new BufferAttribute(mesh.weight, 4));
    this.geometry.setIndex(new BufferAttribute(mesh.index, 1));
    this.geometry.instanceCount = 0;
    this.reflection = this.body(-1);
    this.group.add(this.body(1), this.reflection);
  }

  private body(mirror: 1 | -1): Mesh {
    const mesh = new Mesh(
      this.geometry,
      new ShaderMaterial({
        glslVersion: GLSL3,
        vertexShader: VERTEX,
        fragmentShader: FRAGMENT,
        uniforms: { poses: { value: this.texture }, mirror: { value: mirror } },
        side: mirror > 0 ? FrontSide : BackSide,
      }),
    );
    mesh.frustumCulled = false;
    return mesh;
  }

  /** Takes the performers that are to be seen. `visible` holds their numbers. */
  update(frame: Frame, visible: Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const p = visible[i];
      this.pose.solve(frame.joints, p * POSE_FLOATS, this.rows, i * ROW_FLOATS);
      const at = i * ROW_FLOATS + MATRIX_FLOATS;
      for (let c = 0; c < 3; c++) this.rows[at + c] = linear(frame.color[p * 3 + c]);
      this.rows[at + 3] = frame.level[p];
    }
    this.geometry.instanceCount = count;
    this.texture.needsUpdate = true;
    this.group.visible = count > 0;
  }

  dispose(): void {
    this.geometry.dispose();
    this.texture.dispose();
  }
}
