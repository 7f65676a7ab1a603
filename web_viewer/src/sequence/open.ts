/** Opens a file by what is in it, whatever it is called. */

import { readClip } from "./clip";
import { readDeepDance } from "./deepdance";
import { readRecording } from "./recording";
import { type Sequence, SequenceError } from "./sequence";

/** Reads a sequence of any kind. Throws SequenceError where the file is none. */
export function openSequence(file: string, bytes: Uint8Array): Sequence {
  if (bytes.length === 0) throw new SequenceError(file, "an empty file", "a sequence");
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readClip(file, bytes);
  if (bytes[0] === 0x89 && bytes[1] === 0x4d) return readRecording(file, bytes);
  const text = new TextDecoder().decode(bytes);
  if (text.trimStart().startsWith("{")) return readDeepDance(file, text);
  throw new SequenceError(
    file,
    "an unknown format",
    "a clip (.npz), a recording (.mcap) or a Deep.Dance sequence (.json)",
  );
}
