// What Python put into the page, unpacked: no DOM.
import { build } from "./net.js";

function bytes(text) {
  const letters = atob(text);
  const values = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) values[i] = letters.charCodeAt(i);
  return values;
}

// Weights are float32, images bytes, both in base64.
export function unpack(text) {
  const { net, samples } = JSON.parse(text);
  return {
    net: build(net, new Float32Array(bytes(net.weights).buffer)),
    labels: net.labels,
    fields: net.fields,
    samples: { ...samples, images: bytes(samples.images) },
  };
}
