// The dense layer in tiles: the same three products as train_dense.cu, with fewer loads.
//
// A block computes 64 x 64 results. It walks along their sums 32 terms at a time: all threads
// fetch what those terms need into two tiles of shared memory, wait, and multiply. A thread owns
// 4 x 4 results and keeps them in registers. For each term it loads four numbers of either tile,
// one load each, and makes 16 products of them: eight times as many for a load as a thread with
// one result. Tiles lie with one term's numbers side by side, whichever way the matrix lies.
//
// Look for: the two loads and 16 multiplications of a term; the warps of rows that do not exist,
//           which help to fetch and then skip the multiplications.
// Expect:   no bank conflicts in the inner loop: 16 threads read 64 numbers in a row, the others
//           of the warp the same ones.

// Launch:   blocks of 16 x 16 threads. dense_forward_tiled: grid (ceil(samples / 64),
//           ceil(units / 64), splits), inputs_per_split a multiple of 32 and splits =
//           ceil(inputs / inputs_per_split); with more than one split then dense_finish: grid
//           ceil(samples * units / 256), block 256. dense_backward_data_tiled: grid
//           (ceil(inputs / 64), ceil(samples / 64)). dense_backward_weights_tiled: grid
//           (ceil(inputs / 64), ceil(units / 64)).

const int kSide = 64;     // results of a block: kSide x kSide
const int kDepth = 32;    // terms of each sum between two barriers
const int kOwn = 4;       // results of a thread: kOwn x kOwn
const int kThreads = 16;  // the block is kThreads x kThreads; kThreads * kOwn = kSide

const int kRelu = 1, kSigmoid = 2;  // activations; 0 is none

__device__ float activate(float value, int activation) {
  if (activation == kRelu) {
    return value < 0.0f ? 0.0f : value;  // this way round, what is not a number stays one to see
  }
  if (activation == kSigmoid) {
    return 1.0f / (1.0f + expf(-value));
  }
  return value;
}

// How much more comes out of an activation for a little more going in, told by what came out.
__device__ float slope(float came_out, int activation) {
  if (activation == kRelu) {
    return came_out > 0.0f ? 1.0f : 0.0f;
  }
  return activation == kSigmoid ? came_out * (1.0f - came_out) : 1.0f;
}

// Whether four numbers that begin at a multiple of four in a row can be moved at once.
__device__ bool moves_fours(const float* matrix, int columns) {
  return columns % 4 == 0 && reinterpret_cast<size_t>(matrix) % 16 == 0;
}

// Four numbers of a row. Beyond the matrix there are zeros, which add nothing.
__device__ float4 load_four(const float* matrix, int row, int column, int rows, int columns) {
  float four[4] = {};
  const float* from = matrix + row * columns + column;
  if (row < rows && column < columns) {
    if (moves_fours(matrix, columns)) {
      return *reinterpret_cast<const float4*>(from);
    }
    for (int i = 0; i < 4 && column + i < columns; ++i) four[i] = from[i];
  }
  return {four[0], four[1], four[2], four[3]};
}

// Of four numbers, those that lie within the matrix.
__device__ void store_four(float* matrix, int row, int column, int rows, int columns, float4 four) {
  float* to = matrix + row * columns + column;
  if (row >= rows || column >= columns) {
    return;
  }
  if (moves_fours(matrix, columns)) {
    *reinterpret_cast<float4*>(to) = four;
    return;
  }
  float each[4] = {four.x, four.y, four.z, four.w};
  for (int i = 0; i < 4 && column + i < columns; ++i) to[i] = each[i];
}

// A tile of a matrix whose rows are terms: they are moved as they are, the thread's own columns of
// every 16th of them.
__device__ void fetch_rows(const float* matrix, int first_term, int own_column, int rows,
                           int columns, float (*tile)[kSide]) {
  for (int round = 0; round < kDepth / kThreads; ++round) {
    int term = round * kThreads + threadIdx.y;
    *reinterpret_cast<float4*>(&tile[term][kOwn * threadIdx.x]) =
        load_four(matrix, first_term + term, own_column, rows, columns);
  }
}

// A tile of a matrix whose columns are terms: they are turned into rows. Neighbours take different
// rows of the matrix, so that what they store lies side by side.
__device__ void fetch_columns(const float* matrix, int first_row, int first_term, int rows,
                              int columns, float (*tile)[kSide]) {
  int thread = threadIdx.y * kThreads + threadIdx.x;
  int row = thread % kSide;
  for (int round = 0; round < kDepth / kThreads; ++round) {
    int term = round * kThreads + thread / kSide * 4;
    float4 four = load_four(matrix, first_row + row, first_term + term, rows, columns);
    tile[term][row] = four.x;
    tile[term + 1][row] = four.y;
    tile[term + 2][row] = four.z;
    tile[term + 3][row] = four.w;
  }
}

// Adds the terms of two tiles to the thread's own results.
__device__ void multiply(const float (*a_tile)[kSide], const float (*b_tile)[kSide],
                         float (&sums)[kOwn][kOwn]) {
#pragma unroll 16
  for (int term = 0; term < kDepth; ++term) {
    float4 a = *reinterpret_cast<const float4*>(&a_tile[term][kOwn * threadIdx.y]);
    float4 b = *reinterpret_cast<const float4*>(&b_tile[term][kOwn * threadIdx.x]);
    float a_of[kOwn] = {a.x, a.y, a.z, a.w};
    for (int row = 0; row < kOwn; ++row) {
      sums[row][0] += a_of[row] * b.x;
      sums[row][1] += a_of[row] * b.y;
      sums[row][2] += a_of[row] * b.z;
      sums[row][3] += a_of[row] * b.w;
    }
  }
}

// Rows of a block's results are units, columns are samples. A few units with many inputs are few
// blocks with long sums: then the sums are cut, and a block of its own adds up each part.
extern "C" __global__ void dense_forward_tiled(
    const float* __restrict__ input,   // (samples, inputs)
    const float* __restrict__ weight,  // (units, inputs)
    const float* __restrict__ bias,    // (units)
    float* __restrict__ output,        // (samples, units); not written where sums are cut
    float* __restrict__ partial,       // (splits, samples, units); may be null where they are not
    int samples, int inputs, int units, int inputs_per_split, int activation) {
  __shared__ __align__(16) float weight_tile[kDepth][kSide];
  __shared__ __align__(16) float input_tile[kDepth][kSide];
  int first_sample = blockIdx.x * kSide;
  int first_unit = blockIdx.y * kSide;
  int unit = first_unit + kOwn * threadIdx.y;
  int begin = blockIdx.z * inputs_per_split;
  int end = min(inputs, begin + inputs_per_split);
  float sums[kOwn][kOwn] = {};

  for (int first = begin; first < end; first += kDepth) {
    fetch_columns(weight, first_unit, first, units, inputs, weight_tile);
    fetch_columns(input, first_sample, first, samples, inputs, input_tile);
    __syncthreads();
    if (unit < units) {
      multiply(weight_tile, input_tile, sums);
    }
    __syncthreads();
  }

  bool is_whole = gridDim.z == 1;
  float* out = is_whole ? output : partial + blockIdx.z * samples * units;
  float4 added = is_whole ? load_four(bias, 0, unit, 1, units) : float4{0.0f, 0.0f, 0.0f, 0.0f};
  int bend = is_whole ? activation : 0;
  for (int i = 0; i < kOwn; ++i) {
    int sample = first_sample + kOwn * threadIdx.x + i;
    float4 four = {activate(sums[0][i] + added.x, bend), activate(sums[1][i] + added.y, bend),
                   activate(sums[2][i] + added.z, bend), activate(sums[3][i] + added.w, bend)};
    store_four(out, sample, unit, samples, units, four);
  }
}

// Puts together the sums that were cut: always in the same order, so that the bits are the same.
extern "C" __global__ void dense_finish(const float* __restrict__ partial,  // (splits, samples,
                                                                            // units)
                                        const float* __restrict__ bias,     // (units)
                                        float* __restrict__ output,         // (samples, units)
                                        int splits, int samples, int units, int activation) {
  int count = samples * units;
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) {
    return;
  }
  float sum = 0.0f;
#pragma unroll 8
  for (int split = 0; split < splits; ++split) {
    sum += partial[split * count + i];
  }
  output[i] = activate(sum + bias[i % units], activation);
}

// Rows are samples, columns are inputs, terms are units. The activation is the one that made
// `below`, the layer's inputs: its slope is multiplied in on the way out.
extern "C" __global__ void dense_backward_data_tiled(
    const float* __restrict__ output_grad,  // (samples, units)
    const float* __restrict__ weight,       // (units, inputs)
    const float* __restrict__ below,        // (samples, inputs); may be null without activation
    float* __restrict__ input_grad,         // (samples, inputs)
    int samples, int inputs, int units, int activation) {
  __shared__ __align__(16) float grad_tile[kDepth][kSide];
  __shared__ __align__(16) float weight_tile[kDepth][kSide];
  int first_sample = blockIdx.y * kSide;
  int own_input = blockIdx.x * kSide + kOwn * threadIdx.x;
  float sums[kOwn][kOwn] = {};

  for (int first = 0; first < units; first += kDepth) {
    fetch_columns(output_grad, first_sample, first, samples, units, grad_tile);
    fetch_rows(weight, first, own_input, units, inputs, weight_tile);
    __syncthreads();
    if (first_sample + kOwn * threadIdx.y < samples) {
      multiply(grad_tile, weight_tile, sums);
    }
    __syncthreads();
  }

  for (int i = 0; i < kOwn; ++i) {
    int sample = first_sample + kOwn * threadIdx.y + i;
    float4 four = {sums[i][0], sums[i][1], sums[i][2], sums[i][3]};
    if (activation != 0) {
      float4 came_out = load_four(below, sample, own_input, samples, inputs);
      four.x *= slope(came_out.x, activation);
      four.y *= slope(came_out.y, activation);
      four.z *= slope(came_out.z, activation);
      four.w *= slope(came_out.w, activation);
    }
    store_four(input_grad, sample, own_input, samples, inputs, four);
  }
}

// Rows are units, columns are inputs, terms are samples. The first blocks of the rows also add up
// the gradients of the biases: they have all they need in their tile.
extern "C" __global__ void dense_backward_weights_tiled(
    const float* __restrict__ input,        // (samples, inputs)
    const float* __restrict__ output_grad,  // (samples, units)
    float* __restrict__ weight_grad,        // (units, inputs)
    float* __restrict__ bias_grad,          // (units)
    int samples, int inputs, int units) {
  __shared__ __align__(16) float grad_tile[kDepth][kSide];
  __shared__ __align__(16) float input_tile[kDepth][kSide];
  int first_unit = blockIdx.y * kSide;
  int own_unit = first_unit + kOwn * threadIdx.x;  // in its part of the tiles
  int own_input = blockIdx.x * kSide + kOwn * threadIdx.x;
  int thread = threadIdx.y * kThreads + threadIdx.x;
  bool sums_bias = blockIdx.x == 0 && thread < kSide;
  float bias_sum = 0.0f;
  float sums[kOwn][kOwn] = {};

  for (int first = 0; first < samples; first += kDepth) {
    fetch_rows(output_grad, first, own_unit, samples, units, grad_tile);
    fetch_rows(input, first, own_input, samples, inputs, input_tile);
    __syncthreads();
    if (first_unit + kOwn * threadIdx.y < units) {
      multiply(grad_tile, input_tile, sums);
    }
    for (int term = 0; sums_bias && term < kDepth; ++term) {
      bias_sum += grad_tile[term][thread];
    }
    __syncthreads();
  }

  for (int i = 0; i < kOwn; ++i) {
    store_four(weight_grad, first_unit + kOwn * threadIdx.y + i, own_input, units, inputs,
               {sums[i][0], sums[i][1], sums[i][2], sums[i][3]});
  }
  if (sums_bias && first_unit + thread < units) {
    bias_grad[first_unit + thread] = bias_sum;
  }
}
