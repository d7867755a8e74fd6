// A convolution layer of a network, forward and both ways back: every output pixel is a weighted
// window of all channels of the input, with weights of its own for each map.
//
// The plain version, to read; train_conv_pool.cu does the same work faster. Arrays lie as PyTorch
// has them: pictures (sample, channel, y, x), weights (map, channel, row, column). No padding: the
// output is size - 1 pixels narrower and lower than the input.
//
// Back by the data: what an input pixel did to the loss comes back through every window that it
// was in. Back by the weights: a weight met every output pixel of every sample, so its gradient is
// a sum over them all. A block makes one such sum, in the same order every time.
//
// Look for: in conv_forward, all lanes of a warp read the same weight at the same time; in
//           conv_backward_data, the lanes at the picture's edge, which are in fewer windows.
// Expect:   an input pixel is fetched maps * size * size times. The cache softens that; the
//           instructions remain.

const int kThreads = 256;

// What the block's threads bring, added up in a fixed order. Thread 0 has the sum.
__device__ float sum_of_block(float mine) {
  __shared__ float sums[kThreads];
  sums[threadIdx.x] = mine;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  return sums[0];
}

// Launch: grid (ceil(out_height * out_width / 256), maps, samples), block 256. A thread makes one
// output pixel.
extern "C" __global__ void conv_forward(const float* __restrict__ input,
                                        const float* __restrict__ weight,
                                        const float* __restrict__ bias, float* __restrict__ output,
                                        int channels, int height, int width, int maps, int size) {
  int out_height = height - size + 1, out_width = width - size + 1;
  int pixel = blockIdx.x * kThreads + threadIdx.x;
  if (pixel >= out_height * out_width) return;

  int map = blockIdx.y, sample = blockIdx.z;
  int y = pixel / out_width, x = pixel % out_width;
  const float* weights = weight + map * channels * size * size;
  float sum = bias[map];
  for (int channel = 0; channel < channels; ++channel) {
    const float* window = input + ((sample * channels + channel) * height + y) * width + x;
    for (int row = 0; row < size; ++row) {
      for (int column = 0; column < size; ++column) {
        sum += *weights * window[row * width + column];
        ++weights;
      }
    }
  }
  output[(sample * maps + map) * out_height * out_width + pixel] = sum;
}

// Launch: grid (ceil(height * width / 256), channels, samples), block 256. A thread makes the
// gradient of one input pixel.
extern "C" __global__ void conv_backward_data(const float* __restrict__ output_grad,
                                              const float* __restrict__ weight,
                                              float* __restrict__ input_grad, int channels,
                                              int height, int width, int maps, int size) {
  int pixel = blockIdx.x * kThreads + threadIdx.x;
  if (pixel >= height * width) return;

  int out_height = height - size + 1, out_width = width - size + 1;
  int channel = blockIdx.y, sample = blockIdx.z;
  int y = pixel / width, x = pixel % width;
  float sum = 0.0f;
  for (int map = 0; map < maps; ++map) {
    const float* weights = weight + (map * channels + channel) * size * size;
    const float* grad = output_grad + (sample * maps + map) * out_height * out_width;
    for (int row = 0; row < size; ++row) {
      for (int column = 0; column < size; ++column) {
        // The output whose window has this pixel at (row, column).
        int out_y = y - row, out_x = x - column;
        if (out_y < 0 || out_y >= out_height || out_x < 0 || out_x >= out_width) continue;
        sum += weights[row * size + column] * grad[out_y * out_width + out_x];
      }
    }
  }
  input_grad[(sample * channels + channel) * height * width + pixel] = sum;
}

// Launch: grid (channels * size * size + 1, maps), block 256. A block makes the gradient of one
// weight; the last of a row of blocks, that of the map's bias, whose input is always 1.
extern "C" __global__ void conv_backward_weights(const float* __restrict__ input,
                                                 const float* __restrict__ output_grad,
                                                 float* __restrict__ weight_grad,
                                                 float* __restrict__ bias_grad, int samples,
                                                 int channels, int height, int width, int maps,
                                                 int size) {
  int out_height = height - size + 1, out_width = width - size + 1;
  int pixels = out_height * out_width;
  int weights = channels * size * size;
  int weight = blockIdx.x, map = blockIdx.y;
  bool is_bias = weight == weights;
  int channel = weight / (size * size);
  int row = weight / size % size, column = weight % size;

  float sum = 0.0f;
  for (int sample = 0; sample < samples; ++sample) {
    const float* grad = output_grad + (sample * maps + map) * pixels;
    const float* window = input + ((sample * channels + channel) * height + row) * width + column;
    for (int pixel = threadIdx.x; pixel < pixels; pixel += kThreads) {
      int y = pixel / out_width, x = pixel % out_width;
      sum += is_bias ? grad[pixel] : grad[pixel] * window[y * width + x];
    }
  }
  sum = sum_of_block(sum);
  if (threadIdx.x != 0) return;
  if (is_bias) {
    bias_grad[map] = sum;
  } else {
    weight_grad[map * weights + weight] = sum;
  }
}
