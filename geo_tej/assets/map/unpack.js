/* Reads what geo_tej/maps/columns.py packs: base64 of one zlib block with a header and byte-planed columns. */
"use strict";
var geoTej = {};

geoTej.unpack = async function (base64) {
  const text = atob(base64.trim());
  const deflated = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) deflated[i] = text.charCodeAt(i);
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const headLength = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headLength)));
  const columns = {};
  let at = 4 + headLength;
  for (const [name, type, count] of header.columns) {
    const Kind = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array }[type];
    const width = Kind.BYTES_PER_ELEMENT;
    const whole = new Uint8Array(count * width);
    for (let plane = 0; plane < width; plane += 1) {
      const from = at + plane * count;
      for (let i = 0; i < count; i += 1) whole[i * width + plane] = bytes[from + i];
    }
    columns[name] = new Kind(whole.buffer);
    at += count * width;
  }
  return { header, columns };
};
