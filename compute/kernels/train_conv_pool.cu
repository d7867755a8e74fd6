// Convolution 3 x 3, relu and max pool 2 x 2 of a network in one, forward and both ways back: what
// the pool throws away is never written to memory, and on the way back never multiplied.
//
// A window is the 2 x 2 outputs of the convolution that the pool makes one of. Of its four only
// the largest goes on, and only if it is above zero: `chosen` says which it was (0 to 3, row * 2 +
// column), or 4: none, relu was off. Layouts are train_conv.cu's; pooled values and `chosen` are
// (sample, map, y, x) of the windows.
//
// Forward: a thread keeps the 4 x 4 inputs of its window in registers and weighs them with the
// weights of several maps. Back: a window has one gradient in place of four, and none where relu
// was off. Gradients of weights: a lane is a map, and picks the 3 x 3 inputs of its chosen output
// from a tile. Gradients of inputs: a lane is a channel, and all lanes take the same of four ways.
//
// Look for: the loads of weights, 16 bytes that all lanes share; the gather from the tile, where
//           the lanes of a warp read at most five places; the switch, on which no warp ever splits.
// Expect:   a tenth of the instructions of the plain kernels one after the other.

const int kLanes = 32;
const int kTaps = 9;

// Copies to shared memory: thread `me` of so many. First a few loads, then their stores: so the
// loads wait for memory together.
template <class T>
__device__ void copy(T* to, const T* from, int count, int me, int threads) {
  const int kAtOnce = 3;
#pragma unroll 1
  for (int first = me; first < count; first += kAtOnce * threads) {
    T held[kAtOnce];
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      if (first + i * threads < count) held[i] = from[first + i * threads];
    }
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      if (first + i * threads < count) to[first + i * threads] = held[i];
    }
  }
}

// The same, 16 bytes at a time where they begin at a multiple of 16.
template <class T>
__device__ void fetch(T* to, const T* from, int count, int me, int threads) {
  const int kOfPack = 16 / sizeof(T);
  bool aligned = (reinterpret_cast<size_t>(from) & 15) == 0;
  int packs = aligned ? count / kOfPack : 0, done = packs * kOfPack;
  copy(reinterpret_cast<uint4*>(to), reinterpret_cast<const uint4*>(from), packs, me, threads);
  copy(to + done, from + done, count - done, me, threads);
}

// The 4 x 4 inputs that a window of 2 x 2 outputs is made of.
__device__ void load_patch(float (&patch)[4][4], const float* corner, int width) {
#pragma unroll
  for (int y = 0; y < 4; ++y) {
#pragma unroll
    for (int x = 0; x < 4; ++x) patch[y][x] = corner[y * width + x];
  }
}

__device__ void add_weighed(float (&sums)[4], const float (&patch)[4][4], const float* weights) {
  const float4* fours = reinterpret_cast<const float4*>(weights);
  float4 a = fours[0], b = fours[1];
  float taps[kTaps] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w, weights[8]};
#pragma unroll
  for (int tap = 0; tap < kTaps; ++tap) {
#pragma unroll
    for (int place = 0; place < 4; ++place) {  // four sums in turn: none waits for itself
      sums[place] += taps[tap] * patch[place / 2 + tap / 3][place % 2 + tap % 3];
    }
  }
}

__device__ void keep_largest(const float (&sums)[4], float* pooled, unsigned char* chosen) {
  float largest = sums[0];
  int which = 0;
#pragma unroll
  for (int place = 1; place < 4; ++place) {
    bool larger = sums[place] > largest;
    largest = larger ? sums[place] : largest;
    which = larger ? place : which;
  }
  bool off = largest <= 0.0f;  // what is not a number is not off: it goes on, to be seen
  *pooled = off ? 0.0f : largest;
  *chosen = off ? 4 : which;
}

const int kMaps = 4;       // of a thread; the block has as many warps: each fetches a map's weights
const int kChannels = 32;  // whose weights are in shared memory at a time
const int kPacked = 12;    // nine weights and three gaps, so that each map's begin at 16 bytes

// Launch: grid (ceil(samples * windows / 128), ceil(maps / 4)), block 128, with windows =
// ((height - 2) / 2) * ((width - 2) / 2). A thread makes one window of four maps. Of one channel
// the grid may have fewer rows, down to ceil(maps / 128): a thread then makes its share of the
// maps, all from the same 16 inputs.
extern "C" __global__ void conv_relu_pool_forward(
    const float* __restrict__ input, const float* __restrict__ weight,
    const float* __restrict__ bias, float* __restrict__ pooled,
    unsigned char* __restrict__ chosen, int samples, int channels, int height, int width,
    int maps) {
  __shared__ __align__(16) float weights[kMaps * kChannels][kPacked];

  int pool_width = (width - 2) / 2;
  int windows = (height - 2) / 2 * pool_width;
  int thread = blockIdx.x * blockDim.x + threadIdx.x;
  bool is_window = thread < samples * windows;
  int mine = is_window ? thread : 0;
  int sample = mine / windows, window = mine % windows;
  const float* corner = input + (sample * channels * height + window / pool_width * 2) * width +
                        window % pool_width * 2;
  float patch[4][4];

  if (channels == 1) {
    int of_block = (maps + gridDim.y - 1) / gridDim.y;
    int first_map = blockIdx.y * of_block;
    int count = min(of_block, maps - first_map);
#pragma unroll 1
    for (int i = threadIdx.x; i < count * (kTaps + 1); i += blockDim.x) {
      int map = i / (kTaps + 1), tap = i % (kTaps + 1);  // the bias stands behind the weights
      weights[map][tap] =
          tap < kTaps ? weight[(first_map + map) * kTaps + tap] : bias[first_map + map];
    }
    __syncthreads();
    if (!is_window) return;
    load_patch(patch, corner, width);
    pooled += (sample * maps + first_map) * windows + window;
    chosen += (sample * maps + first_map) * windows + window;
#pragma unroll 1
    for (int map = 0; map < count; ++map) {
      float start = weights[map][kTaps];
      float sums[4] = {start, start, start, start};
      add_weighed(sums, patch, weights[map]);
      keep_largest(sums, pooled, chosen);
      pooled += windows;
      chosen += windows;
    }
    return;
  }

  int first_map = blockIdx.y * kMaps;
  int warp = threadIdx.x / kLanes, lane = threadIdx.x % kLanes;
  float sums[kMaps][4];
#pragma unroll
  for (int m = 0; m < kMaps; ++m) {
    float start = bias[min(first_map + m, maps - 1)];
#pragma unroll
    for (int place = 0; place < 4; ++place) sums[m][place] = start;
  }
  for (int first = 0; first < channels; first += kChannels) {
    int count = min(kChannels, channels - first);
    __syncthreads();  // everybody is done with the weights before
    const float* from = weight + (min(first_map + warp, maps - 1) * channels + first) * kTaps;
#pragma unroll 1
    for (int i = lane; i < count * kTaps; i += kLanes) {
      weights[warp * kChannels + i / kTaps][i % kTaps] = from[i];
    }
    __syncthreads();
#pragma unroll 2
    for (int channel = 0; channel < count; ++channel) {
      load_patch(patch, corner, width);
#pragma unroll
      for (int m = 0; m < kMaps; ++m) {
        add_weighed(sums[m], patch, weights[m * kChannels + channel]);
      }
      corner += height * width;
    }
  }
  if (!is_window) return;
#pragma unroll
  for (int m = 0; m < kMaps; ++m) {
    int at = (sample * maps + first_map + m) * windows + window;
    if (first_map + m < maps) keep_largest(sums[m], pooled + at, chosen + at);
  }
}

// The same pixel of so many channels, side by side: one load brings them all.
template <int kCount>
struct __align__(4 * kCount) Pack {
  float of[kCount];
};

// Adds the gradient of one output to those of the weights of the 3 x 3 inputs it was made of.
template <int kCount>
__device__ void add_window(float (&sums)[kCount][kTaps], const Pack<kCount>* at, float grad,
                           int width) {
#pragma unroll
  for (int tap = 0; tap < kTaps; ++tap) {
    Pack<kCount> pack = at[tap / 3 * width + tap % 3];
#pragma unroll
    for (int channel = 0; channel < kCount; ++channel) {
      sums[channel][tap] += grad * pack.of[channel];
    }
  }
}

// What a block works on; all of it lies in shared memory for one sample after the other.
struct Part {
  int samples, channels, height, width, maps;  // of the layer
  int first_sample, end_sample;
  int first_map, map_count;
  int first_channel, channel_count, most_channels;  // most: of any block
};

// With kCount channels a thread.
template <int kCount>
__device__ void sum_over_samples(const float* input, const float* pooled_grad,
                                 const unsigned char* chosen, float* partial, const Part& part,
                                 float* memory) {
  int plane = part.height * part.width;
  int pool_width = (part.width - 2) / 2, pool_height = (part.height - 2) / 2;
  int windows = pool_height * pool_width;
  int packs = part.channel_count / kCount * plane;
  int spare = part.width + 4;  // packs of zeros: where a window that is off may look
  Pack<kCount>* tile = reinterpret_cast<Pack<kCount>*>(memory);
  float* grads = memory + ((packs + spare) * kCount + 3) / 4 * 4;
  unsigned char* places =
      reinterpret_cast<unsigned char*>(grads + (part.map_count * windows + 3) / 4 * 4);

  // Warps share the channels among them; if that leaves warps over, the windows' rows too.
  int warp = threadIdx.x / kLanes, lane = threadIdx.x % kLanes;
  int warps = blockDim.x / kLanes;
  int groups = part.most_channels / kCount;
  int slices = warps / groups;
  int group = warp % groups, slice = warp / groups;
  bool works = slice < slices && group * kCount < part.channel_count;
  int map = min(lane, part.map_count - 1);

  for (int i = threadIdx.x; i < spare * kCount; i += blockDim.x) memory[packs * kCount + i] = 0.0f;
  float sums[kCount][kTaps] = {};
  float bias_sum = 0.0f;
#pragma unroll 1
  for (int sample = part.first_sample; sample < part.end_sample; ++sample) {
    int first_window = (sample * part.maps + part.first_map) * windows;
    const float* from = input + (sample * part.channels + part.first_channel) * plane;
    __syncthreads();  // everybody is done with the sample before
    if (kCount == 1) {
      fetch(memory, from, packs, threadIdx.x, blockDim.x);
    } else {
      for (int i = threadIdx.x; i < packs; i += blockDim.x) {
        const float* first = from + i + i / plane * (kCount - 1) * plane;
        Pack<kCount> pack;
#pragma unroll
        for (int c = 0; c < kCount; ++c) pack.of[c] = first[c * plane];
        tile[i] = pack;
      }
    }
    fetch(grads, pooled_grad + first_window, part.map_count * windows, threadIdx.x, blockDim.x);
    fetch(places, chosen + first_window, part.map_count * windows, threadIdx.x, blockDim.x);
    __syncthreads();
#pragma unroll 1
    for (int row = slice; works && row < pool_height; row += slices) {
      const Pack<kCount>* corner = tile + group * plane + 2 * row * part.width;
      const float* grad_at = grads + map * windows + row * pool_width;
      const unsigned char* place_at = places + map * windows + row * pool_width;
      for (int column = 0; column < pool_width; ++column) {
        int place = place_at[column];
        float value = grad_at[column];
        float grad = place == 4 ? 0.0f : value;
        bias_sum += grad;
        // row * width + column of the chosen output; of 4, "off", a place that adds nothing.
        int shift = place + (place >> 1) * (part.width - 2);
        add_window<kCount>(sums, corner + 2 * column + shift, grad, part.width);
      }
    }
  }

  // The warps' sums side by side in shared memory, map by map, to be added up in order.
  int weights = part.channel_count * kTaps;
  int pitch = (weights + 1) | 1;  // odd: the lanes' sums lie in different banks
  __syncthreads();
  if (works) {
    float* results = memory + (slice * kLanes + lane) * pitch;
#pragma unroll
    for (int i = 0; i < kCount * kTaps; ++i) {
      results[group * kCount * kTaps + i] = sums[i / kTaps][i % kTaps];
    }
    if (group == 0) results[weights] = bias_sum;
  }
  __syncthreads();
  int layer_weights = part.maps * part.channels * kTaps;
  partial += blockIdx.x * (layer_weights + part.maps);
  int results = part.first_channel == 0 ? weights + 1 : weights;  // the bias once
  for (int item = threadIdx.x; item < part.map_count * results; item += blockDim.x) {
    int m = item / results, i = item % results;
    float sum = 0.0f;
    for (int s = 0; s < slices; ++s) sum += memory[(s * kLanes + m) * pitch + i];
    int to = ((part.first_map + m) * part.channels + part.first_channel) * kTaps + i;
    partial[i < weights ? to : layer_weights + part.first_map + m] = sum;
  }
}

// Launch: grid (splits, ceil(maps / 32), parts), block 256; splits = ceil(samples /
// samples_per_split). A thread has k = 4 channels where channels is a multiple of 4, else k = 1; a
// block at most 8 * k: parts = ceil(channels / (8 * k)), or more, to need less shared memory. With
// c = ceil(channels / k / parts) * k and slices = 8 / (c / k), both whole numbers, dynamic shared
// memory is the larger of
//   4 * (up4(c * height * width + k * (width + 4)) + up4(32 * windows)) + 32 * windows
//   4 * 32 * slices * ((9 * c + 1) | 1)                         (up4: to a multiple of 4)
// partial: (splits, maps * (channels * 9 + 1)), first the weights, then the biases.
extern "C" __global__ void conv_relu_pool_backward_weights(
    const float* __restrict__ input, const float* __restrict__ pooled_grad,
    const unsigned char* __restrict__ chosen, float* __restrict__ partial, int samples,
    int channels, int height, int width, int maps, int samples_per_split) {
  extern __shared__ float4 aligned_memory[];  // of fours, so that it begins at a multiple of 16
  float* memory = reinterpret_cast<float*>(aligned_memory);

  int of_thread = channels % 4 == 0 ? 4 : 1;
  int parts = gridDim.z;
  int of_block = (channels / of_thread + parts - 1) / parts * of_thread;
  Part part = {samples, channels, height, width, maps};
  part.first_sample = blockIdx.x * samples_per_split;
  part.end_sample = min(part.first_sample + samples_per_split, samples);
  part.first_map = blockIdx.y * kLanes;
  part.map_count = min(kLanes, maps - part.first_map);
  part.first_channel = blockIdx.z * of_block;
  part.channel_count = min(of_block, channels - part.first_channel);
  part.most_channels = of_block;
  if (part.channel_count <= 0) return;
  if (of_thread == 4) {
    sum_over_samples<4>(input, pooled_grad, chosen, partial, part, memory);
  } else {
    sum_over_samples<1>(input, pooled_grad, chosen, partial, part, memory);
  }
}

// Launch: grid ceil(count / 256), block 256. A thread adds up one number of all splits, in order.
extern "C" __global__ void sum_partials(const float* __restrict__ partial,
                                        float* __restrict__ out, int splits, int count,
                                        int stride) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float sum = 0.0f;
#pragma unroll 8
  for (int split = 0; split < splits; ++split) sum += partial[split * stride + i];
  out[i] = sum;
}

const int kColumns = 5;  // windows of a row that a warp has in registers: 4 x 12 inputs
const int kSlices = 2;   // warps that share the maps of a row
const int kRound = 4;    // maps of a slice between two barriers

// Adds what one output, at (kRow, kColumn) of its window, hands to the 3 x 3 inputs it was made of.
template <int kRow, int kColumn>
__device__ void hand_back(float (&sums)[4][2 * kColumns + 2], const float (&taps)[kTaps],
                          float grad, int first) {
#pragma unroll
  for (int tap = 0; tap < kTaps; ++tap) {
    sums[kRow + tap / 3][first + kColumn + tap % 3] += taps[tap] * grad;
  }
}

struct __align__(8) Choice {
  float grad;
  int place;
};

// Launch: grid (samples, ceil(channels / 32)), block 64 * min(windows' rows, 5). A lane is a
// channel, a warp a row of windows and half of the maps. Dynamic shared memory:
//   4 * (up4(33 * height * width) + 8 * 288) + 8 * maps * rows * up5(columns)
// with windows of so many rows and columns; up4, up5: to a multiple of 4, of 5.
extern "C" __global__ void conv_relu_pool_backward_data(
    const float* __restrict__ pooled_grad, const unsigned char* __restrict__ chosen,
    const float* __restrict__ weight, float* __restrict__ input_grad, int channels, int height,
    int width, int maps) {
  const int kPitch = kLanes + 1;  // of a pixel's channels: neighbours lie in different banks
  extern __shared__ float4 aligned_memory[];
  int pool_height = (height - 2) / 2, pool_width = (width - 2) / 2;
  int plane = height * width;
  float* tile = reinterpret_cast<float*>(aligned_memory);
  float* weights = tile + (kPitch * plane + 3) / 4 * 4;
  Choice* choices = reinterpret_cast<Choice*>(weights + kSlices * kRound * kLanes * kTaps);

  int sample = blockIdx.x, first_channel = blockIdx.y * kLanes;
  int count = min(kLanes, channels - first_channel);
  int warp = threadIdx.x / kLanes, lane = threadIdx.x % kLanes;
  int warps = blockDim.x / kLanes;
  int rows = warps / kSlices, slice = warp / rows;
  // Rows are filled up to whole steps of kColumns with windows that are off.
  int pitch = (pool_width + kColumns - 1) / kColumns * kColumns;
  for (int i = threadIdx.x; i < maps * pool_height * pitch; i += blockDim.x) {
    int column = i % pitch, from = (sample * maps * pool_height + i / pitch) * pool_width + column;
    bool is_window = column < pool_width;
    choices[i] = {is_window ? pooled_grad[from] : 0.0f, is_window ? chosen[from] : 4};
  }
  for (int i = threadIdx.x; i < kPitch * plane; i += blockDim.x) tile[i] = 0.0f;

  for (int first_row = 0; first_row < pool_height; first_row += rows) {
    for (int first_column = 0; first_column < pool_width; first_column += kColumns) {
      int row = first_row + warp % rows;
      int columns = min(kColumns, pool_width - first_column);
      const float* own = weights + (slice * kRound * kLanes + min(lane, count - 1)) * kTaps;
      const Choice* choice = choices + (slice * kRound * pool_height + row) * pitch + first_column;
      float sums[4][2 * kColumns + 2] = {};
#pragma unroll 1
      for (int first_map = 0; first_map < maps; first_map += kSlices * kRound) {
        __syncthreads();  // everybody is done with the weights before
        for (int m = warp; m < kSlices * kRound && first_map + m < maps; m += warps) {
          fetch(weights + m * kLanes * kTaps,
                weight + ((first_map + m) * channels + first_channel) * kTaps, count * kTaps, lane,
                kLanes);
        }
        __syncthreads();
        int here = row < pool_height ? min(kRound, maps - first_map - slice * kRound) : 0;
#pragma unroll 1
        for (int m = 0; m < here; ++m) {
          float taps[kTaps];
#pragma unroll
          for (int tap = 0; tap < kTaps; ++tap) taps[tap] = own[m * kLanes * kTaps + tap];
          const Choice* of_map = choice + (first_map + m) * pool_height * pitch;
#pragma unroll
          for (int column = 0; column < kColumns; ++column) {
            Choice chose = of_map[column];
            switch (chose.place) {
              case 0: hand_back<0, 0>(sums, taps, chose.grad, 2 * column); break;
              case 1: hand_back<0, 1>(sums, taps, chose.grad, 2 * column); break;
              case 2: hand_back<1, 0>(sums, taps, chose.grad, 2 * column); break;
              case 3: hand_back<1, 1>(sums, taps, chose.grad, 2 * column); break;
              case 4: break;
              default: __builtin_unreachable();
            }
          }
        }
      }
      // Rows of windows overlap by two rows of inputs: first everybody's upper two, then the lower,
      // one slice after the other. So no input has two writers at a time, and sums have an order.
      float* corner = tile + (2 * row * width + 2 * first_column) * kPitch + lane;
      for (int turn = 0; turn < kSlices; ++turn) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          if (turn == slice && row < pool_height) {
#pragma unroll
            for (int y = 2 * half; y < 2 * half + 2; ++y) {
#pragma unroll
              for (int x = 0; x < 2 * kColumns + 2; ++x) {
                if (x < 2 * columns + 2) corner[(y * width + x) * kPitch] += sums[y][x];
              }
            }
          }
          __syncthreads();
        }
      }
    }
  }
  for (int channel = warp; channel < count; channel += warps) {
    float* to = input_grad + (sample * channels + first_channel + channel) * plane;
    for (int i = lane; i < plane; i += kLanes) to[i] = tile[i * kPitch + channel];
  }
}
