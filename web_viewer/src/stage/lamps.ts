/** The pixels of the rig: points of light with a halo, each where it hangs. */

import {
  AdditiveBlending,
  GLSL3,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  Mesh,
  PlaneGeometry,
  ShaderMaterial,
} from "three";

/** Metres: radius of a pixel's halo, and of the lens in its middle. */
const HALO = 0.34;
const LENS = 0.034;

const VERTEX = /* glsl */ `
in vec3 place;
in vec3 light;
out vec2 vAt;
out vec3 vLight;
void main() {
  vAt = position.xy;
  vLight = light;
  vec4 center = viewMatrix * vec4(place, 1.0);
  vec4 lying = viewMatrix * vec4(place + vec3(position.xy * ${HALO.toFixed(2)}, 0.004), 1.0);
  vec4 facing = center + vec4(position.xy * ${HALO.toFixed(2)}, 0.02, 0.0);
  gl_Position = projectionMatrix * (place.z < 0.05 ? lying : facing);
  if (dot(light, vec3(1.0)) < 0.0005) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
`;

const FRAGMENT = /* glsl */ `
precision highp float;
in vec2 vAt;
in vec3 vLight;
out vec4 fragment;
void main() {
  float d = length(vAt);
  if (d > 1.0) discard;
  float lens = exp(-d * d * ${((HALO * HALO) / (LENS * LENS)).toFixed(1)});
  float halo = pow(1.0 - d, 2.0) / (1.0 + 40.0 * d * d);
  fragment = vec4(vLight * (lens * 2.2 + halo * 0.5), 1.0);
}
`;

export class Lamps {
  readonly mesh: Mesh;
  private readonly light: InstancedBufferAttribute;

  /** positions: x, y, z of each pixel. light: linear colors, 3 each, read at every update. */
  constructor(positions: Float32Array, light: Float32Array) {
    const plane = new PlaneGeometry(2, 2);
    const geometry = new InstancedBufferGeometry();
    geometry.setAttribute("position", plane.getAttribute("position"));
    geometry.setIndex(plane.getIndex());
    geometry.setAttribute("place", new InstancedBufferAttribute(positions, 3));
    this.light = new InstancedBufferAttribute(light, 3);
    geometry.setAttribute("light", this.light);
    geometry.instanceCount = positions.length / 3;
    this.mesh = new Mesh(
      geometry,
      new ShaderMaterial({
        glslVersion: GLSL3,
        vertexShader: VERTEX,
        fragmentShader: FRAGMENT,
        transparent: true,
        blending: AdditiveBlending,
        depthWrite: false,
      }),
    );
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 2;
  }

  update(): void {
    this.light.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    (this.mesh.material as ShaderMaterial).dispose();
  }
}
