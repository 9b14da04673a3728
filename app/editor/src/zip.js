// Packs texts into one zip file (PKWARE APPNOTE 6.3, without its 64-bit forms: neither 65,535 files nor 4 GB are ever near).
const encoder = new TextEncoder();

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});
const crc32 = (bytes) => ~bytes.reduce((crc, byte) => table[(crc ^ byte) & 0xff] ^ (crc >>> 8), ~0) >>> 0;

const deflate = async (bytes) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer());

/** Little-endian fields, each given as [bytes, value]. */
function record(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

/**
 * The bytes of a zip file with these `[name, text]` pairs, in this order; names may hold `/`.
 *
 * @param {[string, string][]} files
 * @param {Date} now the date every entry gets, in local time as the format wants it
 * @returns {Promise<Uint8Array>}
 */
export async function zip(files, now = new Date()) {
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const date = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const [body, directory] = [[], []];
  const length = (parts) => parts.reduce((sum, part) => sum + part.length, 0);

  for (const [name, text] of files) {
    const [path, bytes] = [encoder.encode(name), encoder.encode(text)];
    const packed = await deflate(bytes);
    // Version 2.0, names in UTF-8 (bit 11), deflate; both headers share these fields.
    const common = [[2, 20], [2, 1 << 11], [2, 8], [2, time], [2, date], [4, crc32(bytes)], [4, packed.length], [4, bytes.length], [2, path.length], [2, 0]];
    directory.push(record([4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, length(body)]), path);
    body.push(record([4, 0x04034b50], ...common), path, packed);
  }
  const end = record([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, length(directory)], [4, length(body)], [2, 0]);
  return new Uint8Array(await new Blob([...body, ...directory, end]).arrayBuffer());
}
