// The trained network as a list of operations: forward through them, and backward. No DOM.
import { averagePool, conv, fc, maxPool, norm, relu, tensor, unshuffle } from "./operations.js";

// The network of a model {layers, shape, mean, sd} whose numbers lie in `weights`, one tensor
// after another in the literal order of the layers.
export function build(model, weights) {
  let used = 0;
  const take = (count) => weights.subarray(used, (used += count));
  const { layers, shape, mean, sd } = model;
  const ops = [];
  let x = tensor(...shape); // an empty image walks along, so that every size is derived
  const shapes = [x];
  const ends = layers.map((layer) => {
    const add = (op) => {
      ops.push(op);
      shapes.push((x = op.forward(x)));
    };
    const post = (letters) => {
      for (const letter of letters) {
        if (letter === "r") add(relu());
        if (letter === "b") add(norm(take(x.c), take(x.c), take(x.c), take(x.c)));
      } // Dropout ("d") does nothing in a trained network.
    };
    switch (layer.layer) {
      case "Conv": {
        const { out, kernel, padding, bias } = layer;
        const weight = take(out * x.c * kernel * kernel);
        add(conv(weight, bias ? take(out) : null, out, kernel, padding));
        post(layer.post);
        break;
      }
      case "Fc":
        add(fc(take(layer.out * x.v.length), take(layer.out), layer.out));
        post(layer.post);
        break;
      case "MaxPool":
        add(maxPool(layer.size));
        break;
      case "AvgPool":
        add(averagePool(layer.size));
        break;
      case "GlobalAvg":
        add(averagePool(0));
        break;
      case "Unshuffle":
        add(unshuffle(layer.block));
        break;
      case "Post":
        post(layer.post);
        break;
      default:
        throw new Error(`a layer of a kind unknown here: ${layer.layer}`);
    }
    return ops.length;
  });
  if (used !== weights.length) throw new Error(`${weights.length} weights given, ${used} used`);
  return { ops, ends, shapes, mean, sd };
}

// Every value of the network for an image of bytes: values[0] is the normalised image,
// values[i + 1] what operation i makes of values[i].
export function forward(net, image) {
  const { c, h, w } = net.shapes[0];
  const x = tensor(c, h, w);
  for (let i = 0; i < image.length; i++) x.v[i] = (image[i] / 255 - net.mean) / net.sd;
  const values = [x];
  for (const op of net.ops) values.push(op.forward(values[values.length - 1]));
  return values;
}

// The chain rule from the score (logit) of a class back to the image: gradients[i] has the shape
// of values[i].
export function backward(net, values, chosen) {
  const last = values[values.length - 1];
  const gradients = [tensor(last.c, last.h, last.w)];
  gradients[0].v[chosen] = 1;
  for (let i = net.ops.length - 1; i >= 0; i--)
    gradients.unshift(net.ops[i].backward(gradients[0], values[i]));
  return gradients;
}

export function softmax(scores) {
  const top = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - top));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

export function argmax(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

// Grad-CAM (Selvaraju et al. 2017): maps weighted by their mean gradient, what is below 0 dropped.
export function gradCam(value, gradient) {
  const area = value.h * value.w;
  const heat = tensor(1, value.h, value.w);
  for (let c = 0; c < value.c; c++) {
    let weight = 0;
    for (let i = 0; i < area; i++) weight += gradient.v[c * area + i] / area;
    for (let i = 0; i < area; i++) heat.v[i] += weight * value.v[c * area + i];
  }
  heat.v = heat.v.map((v) => Math.max(0, v));
  return heat;
}
