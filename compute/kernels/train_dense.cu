// The dense layer, forward and backward: every unit weighs all inputs.
//
// Forward, a thread computes one output of one sample: the sum of weight times input, plus the
// unit's bias. Backward, the gradient of the outputs is given, and two gradients follow from it.
// An input took part in every unit, so its gradient is a sum over the units. A weight took part
// in every sample of the batch, so its gradient is a sum over the samples. These three are
// products of matrices, each with another of the three sizes as the length of its sums.
//
// Look for: which loads of the inner loops run along a row of memory. Forward, neighbours read
//           weights of different units, a whole row apart; in the backward kernels they read side
//           by side.
// Expect:   16 sectors for a load of weights in dense_forward, one a unit; 2 in
//           dense_backward_data, which needs the same weights in the other order.

// Launch:   blocks of 16 x 16 threads, as many as cover the outputs: of dense_forward (units,
//           samples), of dense_backward_data (inputs, samples), of dense_backward_weights
//           (inputs + 1, units).

extern "C" __global__ void dense_forward(const float* __restrict__ input,   // (samples, inputs)
                                         const float* __restrict__ weight,  // (units, inputs)
                                         const float* __restrict__ bias,    // (units)
                                         float* __restrict__ output,        // (samples, units)
                                         int samples, int inputs, int units) {
  int unit = blockIdx.x * blockDim.x + threadIdx.x;
  int sample = blockIdx.y * blockDim.y + threadIdx.y;
  if (unit >= units || sample >= samples) {
    return;
  }
  float sum = 0.0f;
  for (int i = 0; i < inputs; ++i) {
    sum += input[sample * inputs + i] * weight[unit * inputs + i];
  }
  output[sample * units + unit] = sum + bias[unit];
}

extern "C" __global__ void dense_backward_data(
    const float* __restrict__ output_grad,  // (samples, units)
    const float* __restrict__ weight,       // (units, inputs)
    float* __restrict__ input_grad,         // (samples, inputs)
    int samples, int inputs, int units) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int sample = blockIdx.y * blockDim.y + threadIdx.y;
  if (i >= inputs || sample >= samples) {
    return;
  }
  float sum = 0.0f;
  for (int unit = 0; unit < units; ++unit) {
    sum += output_grad[sample * units + unit] * weight[unit * inputs + i];
  }
  input_grad[sample * inputs + i] = sum;
}

// The bias is a weight like the others, of an input that is always 1: the column after the last.
extern "C" __global__ void dense_backward_weights(
    const float* __restrict__ input,        // (samples, inputs)
    const float* __restrict__ output_grad,  // (samples, units)
    float* __restrict__ weight_grad,        // (units, inputs)
    float* __restrict__ bias_grad,          // (units)
    int samples, int inputs, int units) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int unit = blockIdx.y * blockDim.y + threadIdx.y;
  if (i > inputs || unit >= units) {
    return;
  }
  float sum = 0.0f;
  for (int sample = 0; sample < samples; ++sample) {
    float value = i < inputs ? input[sample * inputs + i] : 1.0f;
    sum += value * output_grad[sample * units + unit];
  }
  if (i < inputs) {
    weight_grad[unit * inputs + i] = sum;
  } else {
    bias_grad[unit] = sum;
  }
}
