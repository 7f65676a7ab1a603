/** Minutes, seconds and tenths of a time in seconds. */
export function clockText(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
  const minutes = Math.floor(tenths / 600);
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return `${String(minutes).padStart(2, "0")}:${rest}`;
}

/** Hours, minutes, seconds and frames of a timecode, as hh:mm:ss:ff. */
export function timecodeText(timecode: Uint8Array): string {
  return Array.from(timecode, (part) => String(part).padStart(2, "0")).join(":");
}
