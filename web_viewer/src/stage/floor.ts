/** The stage floor: dark and slightly wet, lit and shadowed by a picture seen from above. */

import { AdditiveBlending, GLSL3, Mesh, PlaneGeometry, ShaderMaterial } from "three";
import { type FloorLight, HALF } from "./floor_light";

const FLOOR_VERTEX = /* glsl */ `
out vec2 vFloor;
void main() {
  vFloor = position.xy;
  gl_Position = projectionMatrix * viewMatrix * vec4(position, 1.0);
}
`;

const FLOOR_FRAGMENT = /* glsl */ `
precision highp float;
in vec2 vFloor;
uniform sampler2D picture;
uniform vec2 center;
out vec4 fragment;

float hash(vec2 p) {
  vec3 q = fract(p.xyx * 0.1031);
  q += dot(q, q.yzx + 33.33);
  return fract((q.x + q.y) * q.z);
}

float noise(vec2 p) {
  vec2 i = floor(p), f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x),
             mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

void main() {
  vec2 uv = (vFloor - center) / ${(2 * HALF).toFixed(1)} + 0.5;
  vec2 inside = smoothstep(0.0, 0.12, uv) * smoothstep(0.0, 0.12, 1.0 - uv);
  vec4 seen = texture(picture, uv) * inside.x * inside.y;
  float grain = 0.82 + 0.36 * noise(vFloor * vec2(3.1, 9.0)) * noise(vFloor * 31.0);
  float far = exp(-dot(vFloor - center, vFloor - center) * 0.020);
  vec3 house = vec3(0.006, 0.0068, 0.0095) * far;
  vec3 light = seen.rgb * 0.085 + dot(seen.rgb, vec3(0.4)) * vec3(0.016, 0.017, 0.02);
  float shade = 1.0 - 0.93 * seen.a;
  fragment = vec4((house + light) * shade * grain, 1.0);
}
`;

/** Gives the floor; it adds its light to what it mirrors, which is drawn beneath it. */
export function floorMesh(light: FloorLight): Mesh {
  return new Mesh(
    new PlaneGeometry(60, 60),
    new ShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: FLOOR_VERTEX,
      fragmentShader: FLOOR_FRAGMENT,
      uniforms: { picture: { value: light.texture }, center: { value: light.center } },
      transparent: true,
      blending: AdditiveBlending,
      depthWrite: false,
    }),
  );
}
