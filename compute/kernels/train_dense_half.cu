// The dense layer on tensor cores: numbers of 16 bits are multiplied, their products summed in 32.
//
// A tensor core multiplies two matrices of 16 x 16 numbers in one instruction of a whole warp. It
// takes halves (f16: 11 bits of significand, up to 65,504), so everything is rounded on its way
// into shared memory; sums and results stay floats. A block computes 64 x 64 results, 32 terms of
// their sums at a time, and each of its 8 warps 32 x 16 of them: two matrices of sums, which lie
// spread over the registers of its lanes. Which lane holds what is nobody's business: a matrix is
// loaded, multiplied and stored as a whole.
//
// Look for: wmma.load and wmma.mma, which all lanes of a warp execute together; the rounding, on
//           the way to the tiles; no tile is turned, for a matrix may be loaded by rows or columns.
// Expect:   three loads and two multiplications for 8,192 products; gradients below 6e-8 become 0,
//           which is why the loss is scaled.

// Launch:   as in train_dense_tiled.cu: blocks of 16 x 16 threads. dense_forward_half: grid
//           (ceil(samples / 64), ceil(units / 64), splits), inputs_per_split a multiple of 32 and
//           splits = ceil(inputs / inputs_per_split), with more than one then dense_finish.
//           dense_backward_data_half: grid (ceil(inputs / 64), ceil(samples / 64)).
//           dense_backward_weights_half: grid (ceil(inputs / 64), ceil(units / 64)).

#include <cuda_fp16.h>
#include <mma.h>

using nvcuda::wmma::col_major;
using nvcuda::wmma::row_major;

using Number = half;
__device__ Number rounded(float value) {
  return __float2half_rn(value);
}

const int kSide = 64;     // results of a block: kSide x kSide
const int kDepth = 32;    // terms of each sum between two barriers
const int kThreads = 16;  // the block is kThreads x kThreads; kThreads * 4 = kSide
const int kMatrix = 16;   // side of what a tensor core multiplies
const int kOwn = 2;       // matrices of results of a warp, one above the other
// Rows begin a few banks apart, so that those of a matrix do not meet in the same ones.
const int kPad = 8;

const int kRelu = 1, kSigmoid = 2;  // activations; 0 is none

using Sums = nvcuda::wmma::fragment<nvcuda::wmma::accumulator, kMatrix, kMatrix, kMatrix, float>;

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

__device__ unsigned thread_of_block() {
  return threadIdx.y * kThreads + threadIdx.x;
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

struct __align__(8) FourNumbers {
  Number x, y, z, w;
};

// A tile of a matrix, rounded. It lies as the matrix does.
template <int kRows, int kColumns>
__device__ void fetch(const float* matrix, int first_row, int first_column, int rows, int columns,
                      Number (&tile)[kRows][kColumns + kPad]) {
  const int kFours = kColumns / 4;  // of a row
  for (int round = 0; round < kRows * kFours / (kThreads * kThreads); ++round) {
    unsigned at = round * kThreads * kThreads + thread_of_block();
    int row = at / kFours, column = at % kFours * 4;
    float4 four = load_four(matrix, first_row + row, first_column + column, rows, columns);
    *reinterpret_cast<FourNumbers*>(&tile[row][column]) = {rounded(four.x), rounded(four.y),
                                                           rounded(four.z), rounded(four.w)};
  }
}

// Where an element lies in a tile that holds its matrix by rows, or turned, by columns.
template <class Layout>
__device__ int place(int row, int column, int pitch);
template <>
__device__ int place<row_major>(int row, int column, int pitch) {
  return row * pitch + column;
}
template <>
__device__ int place<col_major>(int row, int column, int pitch) {
  return column * pitch + row;
}

// The warp's own results begin here among those of the block.
__device__ int own_row() {
  return thread_of_block() / warpSize / 4 * (kOwn * kMatrix);
}
__device__ int own_column() {
  return thread_of_block() / warpSize % 4 * kMatrix;
}

// Adds the terms of two tiles, a of (result's row, term) and b of (term, result's column).
template <class ALayout, class BLayout, int kRowsA, int kPitchA, int kRowsB, int kPitchB>
__device__ void multiply(const Number (&a_tile)[kRowsA][kPitchA],
                         const Number (&b_tile)[kRowsB][kPitchB], Sums (&sums)[kOwn]) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, kMatrix, kMatrix, kMatrix, Number, ALayout> a;
  fragment<matrix_b, kMatrix, kMatrix, kMatrix, Number, BLayout> b;
  for (int term = 0; term < kDepth; term += kMatrix) {
    load_matrix_sync(b, b_tile[0] + place<BLayout>(term, own_column(), kPitchB), kPitchB);
    for (int i = 0; i < kOwn; ++i) {
      load_matrix_sync(a, a_tile[0] + place<ALayout>(own_row() + i * kMatrix, term, kPitchA),
                       kPitchA);
      mma_sync(sums[i], a, b, sums[i]);
    }
  }
}

// Puts the results of all warps side by side.
__device__ void collect(const Sums (&sums)[kOwn], float (*results)[kSide + kPad]) {
  for (int i = 0; i < kOwn; ++i) {
    nvcuda::wmma::store_matrix_sync(&results[own_row() + i * kMatrix][own_column()], sums[i],
                                    kSide + kPad, nvcuda::wmma::mem_row_major);
  }
  __syncthreads();
}

__device__ void clear(Sums (&sums)[kOwn]) {
  for (int i = 0; i < kOwn; ++i) nvcuda::wmma::fill_fragment(sums[i], 0.0f);
}

// Rows of a block's results are samples, columns are units.
extern "C" __global__ void dense_forward_half(
    const float* __restrict__ input,   // (samples, inputs)
    const float* __restrict__ weight,  // (units, inputs)
    const float* __restrict__ bias,    // (units)
    float* __restrict__ output,        // (samples, units); not written where sums are cut
    float* __restrict__ partial,       // (splits, samples, units); may be null where they are not
    int samples, int inputs, int units, int inputs_per_split, int activation) {
  __shared__ __align__(32) Number input_tile[kSide][kDepth + kPad];
  __shared__ __align__(32) Number weight_tile[kSide][kDepth + kPad];
  __shared__ __align__(32) float results[kSide][kSide + kPad];
  int first_sample = blockIdx.x * kSide;
  int first_unit = blockIdx.y * kSide;
  int begin = blockIdx.z * inputs_per_split;
  int end = min(inputs, begin + inputs_per_split);
  bool multiplies = first_sample + own_row() < samples && first_unit + own_column() < units;
  Sums sums[kOwn];
  clear(sums);

  for (int first = begin; first < end; first += kDepth) {
    fetch<kSide, kDepth>(input, first_sample, first, samples, inputs, input_tile);
    fetch<kSide, kDepth>(weight, first_unit, first, units, inputs, weight_tile);
    __syncthreads();
    if (multiplies) {
      multiply<row_major, col_major>(input_tile, weight_tile, sums);
    }
    __syncthreads();
  }

  collect(sums, results);
  bool is_whole = gridDim.z == 1;
  float* out = is_whole ? output : partial + blockIdx.z * samples * units;
  int column = threadIdx.x * 4;
  float4 added = {0.0f, 0.0f, 0.0f, 0.0f};
  if (is_whole) {
    added = load_four(bias, 0, first_unit + column, 1, units);
  }
  int bend = is_whole ? activation : 0;
  for (int row = threadIdx.y; row < kSide; row += kThreads) {
    float4 four = *reinterpret_cast<float4*>(&results[row][column]);
    four = {activate(four.x + added.x, bend), activate(four.y + added.y, bend),
            activate(four.z + added.z, bend), activate(four.w + added.w, bend)};
    store_four(out, first_sample + row, first_unit + column, samples, units, four);
  }
}

// Rows are samples, columns are inputs, terms are units. The activation is the one that made
// `below`, the layer's inputs: its slope is multiplied in on the way out.
extern "C" __global__ void dense_backward_data_half(
    const float* __restrict__ output_grad,  // (samples, units)
    const float* __restrict__ weight,       // (units, inputs)
    const float* __restrict__ below,        // (samples, inputs); may be null without activation
    float* __restrict__ input_grad,         // (samples, inputs)
    int samples, int inputs, int units, int activation) {
  __shared__ __align__(32) Number grad_tile[kSide][kDepth + kPad];
  __shared__ __align__(32) Number weight_tile[kDepth][kSide + kPad];
  __shared__ __align__(32) float results[kSide][kSide + kPad];
  int first_input = blockIdx.x * kSide;
  int first_sample = blockIdx.y * kSide;
  bool multiplies = first_sample + own_row() < samples && first_input + own_column() < inputs;
  Sums sums[kOwn];
  clear(sums);

  for (int first = 0; first < units; first += kDepth) {
    fetch<kSide, kDepth>(output_grad, first_sample, first, samples, units, grad_tile);
    fetch<kDepth, kSide>(weight, first, first_input, units, inputs, weight_tile);
    __syncthreads();
    if (multiplies) {
      multiply<row_major, row_major>(grad_tile, weight_tile, sums);
    }
    __syncthreads();
  }

  collect(sums, results);
  int column = threadIdx.x * 4;
  for (int row = threadIdx.y; row < kSide; row += kThreads) {
    float4 four = *reinterpret_cast<float4*>(&results[row][column]);
    if (activation != 0) {
      float4 came_out = load_four(below, first_sample + row, first_input + column, samples, inputs);
      four.x *= slope(came_out.x, activation);
      four.y *= slope(came_out.y, activation);
      four.z *= slope(came_out.z, activation);
      four.w *= slope(came_out.w, activation);
    }
    store_four(input_grad, first_sample + row, first_input + column, samples, inputs, four);
  }
}

// Rows are units, columns are inputs, terms are samples. The first blocks of the rows also add up
// the gradients of the biases, of numbers that nobody rounds.
extern "C" __global__ void dense_backward_weights_half(
    const float* __restrict__ input,        // (samples, inputs)
    const float* __restrict__ output_grad,  // (samples, units)
    float* __restrict__ weight_grad,        // (units, inputs)
    float* __restrict__ bias_grad,          // (units)
    int samples, int inputs, int units) {
  __shared__ __align__(32) Number grad_tile[kDepth][kSide + kPad];
  __shared__ __align__(32) Number input_tile[kDepth][kSide + kPad];
  __shared__ __align__(32) float results[kSide][kSide + kPad];
  int first_input = blockIdx.x * kSide;
  int first_unit = blockIdx.y * kSide;
  bool multiplies = first_unit + own_row() < units && first_input + own_column() < inputs;
  Sums sums[kOwn];
  clear(sums);

  for (int first = 0; first < samples; first += kDepth) {
    fetch<kDepth, kSide>(output_grad, first, first_unit, samples, units, grad_tile);
    fetch<kDepth, kSide>(input, first, first_input, samples, inputs, input_tile);
    __syncthreads();
    if (multiplies) {
      multiply<col_major, row_major>(grad_tile, input_tile, sums);
    }
    __syncthreads();
  }

  int unit = first_unit + thread_of_block();
  if (blockIdx.x == 0 && thread_of_block() < kSide && unit < units) {
    float sum = 0.0f;
#pragma unroll 8
    for (int sample = 0; sample < samples; ++sample) {
      sum += output_grad[sample * units + unit];
    }
    bias_grad[unit] = sum;
  }

  collect(sums, results);
  int column = threadIdx.x * 4;
  for (int row = threadIdx.y; row < kSide; row += kThreads) {
    float4 four = *reinterpret_cast<float4*>(&results[row][column]);
    store_four(weight_grad, first_unit + row, first_input + column, units, inputs, four);
  }
}
