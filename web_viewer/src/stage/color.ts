/** Linear light of an sRGB value 0..1 (IEC 61966-2-1). */
export function linear(srgb: number): number {
  return srgb <= 0.04045 ? srgb / 12.92 : ((srgb + 0.055) / 1.055) ** 2.4;
}
