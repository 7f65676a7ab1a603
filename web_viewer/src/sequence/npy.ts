/** NumPy's .npy format: numbers and texts, no pickles (NEP 1). */

export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | string[];
}

/** What is wrong with the bytes; the caller knows the file. */
export class NpyError extends Error {}

const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  f4: (view, at) => view.getFloat32(at, true),
  f8: (view, at) => view.getFloat64(at, true),
  i8: (view, at) => Number(view.getBigInt64(at, true)),
  i4: (view, at) => view.getInt32(at, true),
  i2: (view, at) => view.getInt16(at, true),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => view.getUint8(at),
};

/** Reads an array in C order. Throws NpyError where the bytes are none, or of another kind. */
export function readNpy(bytes: Uint8Array): NumpyArray {
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(1, 6)) !== "NUMPY") {
    throw new NpyError("no .npy array");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6] >= 2;
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const kind = /'descr':\s*'([<|=>]?)(\w)(\d+)'/.exec(header);
  const dimensions = /'shape':\s*\(([^)]*)\)/.exec(header);
  if (!kind || !dimensions) throw new NpyError("an .npy header that cannot be read");
  const [, order, letter, digits] = kind;
  if (order === ">" || /'fortran_order':\s*True/.test(header)) {
    throw new NpyError("a big-endian or Fortran-ordered array");
  }
  const shape = dimensions[1]
    .split(",")
    .filter((d) => d.trim())
    .map(Number);
  const count = shape.reduce((a, b) => a * b, 1);
  const size = Number(digits) * (letter === "U" ? 4 : 1);
  const from = start + length;
  if (bytes.length < from + count * size) {
    throw new NpyError(`${bytes.length - from} bytes of data where ${count * size} are announced`);
  }
  if (letter === "U") return { shape, data: texts(view, from, count, Number(digits)) };
  const read = READERS[letter + digits];
  if (!read) throw new NpyError(`an array of type ${letter}${digits}`);
  const data = letter === "f" && digits === "4" ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, from + i * size);
  return { shape, data };
}

function texts(view: DataView, from: number, count: number, length: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    let text = "";
    for (let i = 0; i < length; i++) {
      const code = view.getUint32(from + (n * length + i) * 4, true);
      if (code > 0) text += String.fromCodePoint(code);
    }
    return text;
  });
}
