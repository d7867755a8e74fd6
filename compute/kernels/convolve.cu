// Convolution in every way that the Convolve workspace shows: the same numbers, fetched differently.
//
// An output pixel is a sum of products: a small square of weights, the filter, is laid over the
// picture, and what lies under it is weighed and added up. As in neural networks, the filter is
// not turned round. Neighbours share most of their pixels, and all threads share all weights:
// the kernels below differ in nothing but how much of that they make use of. A block works on
// one plane (blockIdx.z); each plane of the picture goes through each filter of a bank.
//
// Look for: what a lane reads in the inner loop, and from which memory. At the edge of the
//           picture, pixel() decides what lies beyond it.
// Expect:   the same output of all of them. Those that add row by row agree in every bit; two
//           passes round in other places.

enum Border { kZero, kClamp, kMirror };  // mirror: the edge pixel itself is not repeated

struct Shape {
  int width, height;          // of a plane of the input
  int out_width, out_height;  // of a plane of the output
  int size;                   // the filter has size x size weights
  int stride;                 // pixels from output to output
  int dilation;               // pixels from weight to weight
  int padding;                // pixels added around the picture
  Border border;              // what they are
  int filters;                // of the bank
  int first_weight;           // where the bank begins among the weights
};

// Of all filters of a chain. A filter is its weights, row by row, then what the sum is divided by
// and what is added; one that is applied in two passes is its row, its column, and those two.
__constant__ float weights[4096];

// The place in a row or column of n that stands for place i; -1 where there is none.
__device__ int bordered(int i, int n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == kZero) return -1;
  if (border == kClamp) return i < 0 ? 0 : n - 1;
  if (n == 1) return 0;
  int period = 2 * (n - 1);
  i = (i % period + period) % period;
  return i < n ? i : period - i;
}

__device__ float pixel(const float* in, int x, int y, Shape shape) {
  x = bordered(x, shape.width, shape.border);
  y = bordered(y, shape.height, shape.border);
  return x < 0 || y < 0 ? 0.0f : in[y * shape.width + x];
}

// Pixels from the first to the last that a window covers, less one.
__device__ int reach(Shape shape) { return (shape.size - 1) * shape.dilation; }

// The SM that a block ran on, where somebody asks.
__device__ void note_place(unsigned* ran_on) {
  if (ran_on != nullptr && threadIdx.x == 0 && threadIdx.y == 0) {
    unsigned sm;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(sm));
    ran_on[(blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x] = sm;
  }
}

// Plane `plane` of pictures of width x height.
__device__ const float* plane_of(const float* in, int plane, int width, int height) {
  return in + (long long)plane * width * height;
}
__device__ float* plane_of(float* out, int plane, int width, int height) {
  return out + (long long)plane * width * height;
}

// The products of a window and a filter of constant memory, added up row by row. The window begins
// at `first`; a row further is `line` floats away. Here the compiler knows the size, and writes the
// loops out.
template <int kSize>
__device__ float sum_of_products(const float* first, int line, int filter) {
  float sum = 0.0f;
#pragma unroll
  for (int row = 0; row < kSize; ++row) {
#pragma unroll
    for (int column = 0; column < kSize; ++column) {
      sum += weights[filter + row * kSize + column] * first[row * line + column];
    }
  }
  return sum;
}

__device__ float sum_of_products(const float* first, int line, int filter, Shape shape) {
  if (shape.dilation == 1 && shape.size == 3) return sum_of_products<3>(first, line, filter);
  if (shape.dilation == 1 && shape.size == 5) return sum_of_products<5>(first, line, filter);
  if (shape.dilation == 1 && shape.size == 7) return sum_of_products<7>(first, line, filter);
  float sum = 0.0f;
  for (int row = 0; row < shape.size; ++row) {
    for (int column = 0; column < shape.size; ++column) {
      sum += weights[filter + row * shape.size + column] *
             first[row * shape.dilation * line + column * shape.dilation];
    }
  }
  return sum;
}

// ---- Everything from global memory: size * size pixels and as many weights for each output.

extern "C" __global__ void convolve_naive(const float* __restrict__ in, const float* __restrict__ bank,
                                          float* __restrict__ out, Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;

  int count = shape.size * shape.size;
  in = plane_of(in, blockIdx.z / shape.filters, shape.width, shape.height);
  const float* filter = bank + shape.first_weight + blockIdx.z % shape.filters * (count + 2);
  int first_x = x * shape.stride - shape.padding;
  int first_y = y * shape.stride - shape.padding;
  bool inside = first_x >= 0 && first_x + reach(shape) < shape.width && first_y >= 0 &&
                first_y + reach(shape) < shape.height;

  float sum = 0.0f;
  for (int row = 0; row < shape.size; ++row) {
    int from_y = first_y + row * shape.dilation;
    const float* weight = filter + row * shape.size;
    if (inside) {
      const float* line = in + from_y * shape.width + first_x;
      for (int column = 0; column < shape.size; ++column) {
        sum += weight[column] * line[column * shape.dilation];
      }
    } else {
      for (int column = 0; column < shape.size; ++column) {
        sum += weight[column] * pixel(in, first_x + column * shape.dilation, from_y, shape);
      }
    }
  }
  plane_of(out, blockIdx.z, shape.out_width, shape.out_height)[y * shape.out_width + x] =
      sum / filter[count] + filter[count + 1];
}

// ---- The weights, which all lanes read at the same time, from a cache made for just that.

extern "C" __global__ void convolve_constant(const float* __restrict__ in, float* __restrict__ out,
                                             Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;

  int count = shape.size * shape.size;
  in = plane_of(in, blockIdx.z / shape.filters, shape.width, shape.height);
  int filter = shape.first_weight + blockIdx.z % shape.filters * (count + 2);
  int first_x = x * shape.stride - shape.padding;
  int first_y = y * shape.stride - shape.padding;
  bool inside = first_x >= 0 && first_x + reach(shape) < shape.width && first_y >= 0 &&
                first_y + reach(shape) < shape.height;

  float sum = 0.0f;
  if (inside) {
    sum = sum_of_products(in + first_y * shape.width + first_x, shape.width, filter, shape);
  } else {
    for (int row = 0; row < shape.size; ++row) {
      for (int column = 0; column < shape.size; ++column) {
        sum += weights[filter + row * shape.size + column] *
               pixel(in, first_x + column * shape.dilation, first_y + row * shape.dilation, shape);
      }
    }
  }
  plane_of(out, blockIdx.z, shape.out_width, shape.out_height)[y * shape.out_width + x] =
      sum / weights[filter + count] + weights[filter + count + 1];
}

// ---- A block fetches the pixels that its threads have in common once, with a halo as wide as the
// filter reaches; the sum needs neither global memory nor a thought of the border.

extern "C" __global__ void convolve_tiled(const float* __restrict__ in, float* __restrict__ out,
                                          Shape shape, unsigned* ran_on) {
  extern __shared__ float tile[];  // (tile_height, tile_width)
  note_place(ran_on);
  int tile_width = (blockDim.x - 1) * shape.stride + reach(shape) + 1;
  int tile_height = (blockDim.y - 1) * shape.stride + reach(shape) + 1;
  int first_x = blockIdx.x * blockDim.x * shape.stride - shape.padding;
  int first_y = blockIdx.y * blockDim.y * shape.stride - shape.padding;
  in = plane_of(in, blockIdx.z / shape.filters, shape.width, shape.height);
  bool inside = first_x >= 0 && first_x + tile_width <= shape.width && first_y >= 0 &&
                first_y + tile_height <= shape.height;
  for (int row = threadIdx.y; row < tile_height; row += blockDim.y) {
    int from_y = inside ? first_y + row : bordered(first_y + row, shape.height, shape.border);
    for (int column = threadIdx.x; column < tile_width; column += blockDim.x) {
      int from_x = inside ? first_x + column : bordered(first_x + column, shape.width, shape.border);
      bool there = from_x >= 0 && from_y >= 0;
      tile[row * tile_width + column] = there ? in[from_y * shape.width + from_x] : 0.0f;
    }
  }
  __syncthreads();

  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;
  int count = shape.size * shape.size;
  int filter = shape.first_weight + blockIdx.z % shape.filters * (count + 2);
  const float* window = tile + (threadIdx.y * tile_width + threadIdx.x) * shape.stride;
  float sum = sum_of_products(window, tile_width, filter, shape);
  plane_of(out, blockIdx.z, shape.out_width, shape.out_height)[y * shape.out_width + x] =
      sum / weights[filter + count] + weights[filter + count + 1];
}

// ---- A filter that is a column times a row: 2 * size products an output instead of size * size.
// The first pass makes rows that are as many as the input's, and as long as the output's.

extern "C" __global__ void convolve_rows(const float* __restrict__ in, float* __restrict__ sums,
                                         Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.height) return;

  in = plane_of(in, blockIdx.z / shape.filters, shape.width, shape.height) + y * shape.width;
  int row = shape.first_weight + blockIdx.z % shape.filters * (2 * shape.size + 2);
  int first = x * shape.stride - shape.padding;
  bool inside = first >= 0 && first + reach(shape) < shape.width;
  float sum = 0.0f;
  if (inside) {
    for (int i = 0; i < shape.size; ++i) {
      sum += weights[row + i] * in[first + i * shape.dilation];
    }
  } else {
    for (int i = 0; i < shape.size; ++i) {
      int from = bordered(first + i * shape.dilation, shape.width, shape.border);
      sum += weights[row + i] * (from < 0 ? 0.0f : in[from]);
    }
  }
  plane_of(sums, blockIdx.z, shape.out_width, shape.height)[y * shape.out_width + x] = sum;
}

extern "C" __global__ void convolve_columns(const float* __restrict__ sums, float* __restrict__ out,
                                            Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;

  sums = plane_of(sums, blockIdx.z, shape.out_width, shape.height) + x;
  int column = shape.first_weight + blockIdx.z % shape.filters * (2 * shape.size + 2) + shape.size;
  int first = y * shape.stride - shape.padding;
  bool inside = first >= 0 && first + reach(shape) < shape.height;
  float sum = 0.0f;
  if (inside) {
    for (int i = 0; i < shape.size; ++i) {
      sum += weights[column + i] * sums[(first + i * shape.dilation) * shape.out_width];
    }
  } else {
    for (int i = 0; i < shape.size; ++i) {
      int from = bordered(first + i * shape.dilation, shape.height, shape.border);
      sum += weights[column + i] * (from < 0 ? 0.0f : sums[from * shape.out_width]);
    }
  }
  plane_of(out, blockIdx.z, shape.out_width, shape.out_height)[y * shape.out_width + x] =
      sum / weights[column + shape.size] + weights[column + shape.size + 1];
}

// ---- Four neighbouring outputs a thread, in registers: their windows overlap, so size + 3 pixels
// of a row serve 4 * size products, and those pixels come four at a time.

// The part of the four sums that one row of the filter adds. `line` holds three times four pixels:
// those of the four outputs themselves, four before and four after them.
template <int kSize>
__device__ void add_row(const float4* line, int weight, float sum[4]) {
  float4 before = line[-1], here = line[0], after = line[1];
  float around[12] = {before.x, before.y, before.z, before.w, here.x,  here.y,
                      here.z,   here.w,   after.x,  after.y,  after.z, after.w};
#pragma unroll
  for (int column = 0; column < kSize; ++column) {
    float w = weights[weight + column];
#pragma unroll
    for (int i = 0; i < 4; ++i) sum[i] += w * around[4 + i + column - kSize / 2];
  }
}

extern "C" __global__ void convolve_vectorised(const float* __restrict__ in, float* __restrict__ out,
                                               Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;

  int count = shape.size * shape.size;
  in = plane_of(in, blockIdx.z / shape.filters, shape.width, shape.height);
  int filter = shape.first_weight + blockIdx.z % shape.filters * (count + 2);
  int first_y = y * shape.stride - shape.padding;
  // Fours begin at multiples of 16 bytes where the rows do.
  bool fours = shape.stride == 1 && shape.dilation == 1 && shape.padding == shape.size / 2 &&
               shape.width % 4 == 0;
  bool inside = x >= 4 && x + 8 <= shape.width && first_y >= 0 && first_y + reach(shape) < shape.height;

  float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int row = 0; row < shape.size; ++row) {
    int from_y = first_y + row * shape.dilation;
    int weight = filter + row * shape.size;
    if (fours && inside) {
      const float4* line = reinterpret_cast<const float4*>(in + from_y * shape.width + x);
      if (shape.size == 1) add_row<1>(line, weight, sum);
      if (shape.size == 3) add_row<3>(line, weight, sum);
      if (shape.size == 5) add_row<5>(line, weight, sum);
      if (shape.size == 7) add_row<7>(line, weight, sum);
    } else {
      for (int column = 0; column < shape.size; ++column) {
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          int from_x = (x + i) * shape.stride - shape.padding + column * shape.dilation;
          sum[i] += weights[weight + column] * pixel(in, from_x, from_y, shape);
        }
      }
    }
  }
  float divide = weights[filter + count], add = weights[filter + count + 1];
  float* to = plane_of(out, blockIdx.z, shape.out_width, shape.out_height) + y * shape.out_width + x;
  if (shape.out_width % 4 == 0) {
    *reinterpret_cast<float4*>(to) = {sum[0] / divide + add, sum[1] / divide + add,
                                      sum[2] / divide + add, sum[3] / divide + add};
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (x + i < shape.out_width) to[i] = sum[i] / divide + add;
    }
  }
}

// ---- All filters of a bank at once, as a product of two matrices. First every window is written
// out as a column of size * size numbers, for each plane of the input.

extern "C" __global__ void unfold(const float* __restrict__ in, float* __restrict__ columns,
                                  Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;

  int count = shape.size * shape.size;
  long long outputs = (long long)shape.out_width * shape.out_height;
  in = plane_of(in, blockIdx.z, shape.width, shape.height);
  float* to = columns + blockIdx.z * count * outputs + y * shape.out_width + x;
  int first_x = x * shape.stride - shape.padding;
  int first_y = y * shape.stride - shape.padding;
  bool inside = first_x >= 0 && first_x + reach(shape) < shape.width && first_y >= 0 &&
                first_y + reach(shape) < shape.height;
  for (int row = 0; row < shape.size; ++row) {
    for (int column = 0; column < shape.size; ++column) {
      int from_x = first_x + column * shape.dilation;
      int from_y = first_y + row * shape.dilation;
      *to = inside ? in[from_y * shape.width + from_x] : pixel(in, from_x, from_y, shape);
      to += outputs;
    }
  }
}

// Then (filters, size * size) x (size * size, outputs). A block makes 8 filters' values of 32
// outputs, and walks along the weights 8 at a time.
extern "C" __global__ void filters_times_columns(const float* __restrict__ bank,
                                                 const float* __restrict__ columns,
                                                 float* __restrict__ out, Shape shape,
                                                 unsigned* ran_on) {
  const int kOutputs = 32, kFilters = 8;  // the block is kOutputs x kFilters threads
  __shared__ float weight_tile[kFilters][kFilters];
  __shared__ float column_tile[kFilters][kOutputs];
  note_place(ran_on);

  int count = shape.size * shape.size;
  int outputs = shape.out_width * shape.out_height;
  int output = blockIdx.x * kOutputs + threadIdx.x;
  int filter = blockIdx.y * kFilters + threadIdx.y;
  bank += shape.first_weight;
  columns += blockIdx.z * count * (long long)outputs;
  float sum = 0.0f;
  for (int first = 0; first < count; first += kFilters) {
    // Tiles that reach beyond the matrices are filled up with zeros, which add nothing.
    int row = first + threadIdx.y;
    column_tile[threadIdx.y][threadIdx.x] =
        row < count && output < outputs ? columns[(long long)row * outputs + output] : 0.0f;
    if (threadIdx.x < kFilters) {
      int weight = first + threadIdx.x;
      weight_tile[threadIdx.y][threadIdx.x] =
          filter < shape.filters && weight < count ? bank[filter * (count + 2) + weight] : 0.0f;
    }
    __syncthreads();
    for (int i = 0; i < kFilters; ++i) {
      sum += weight_tile[threadIdx.y][i] * column_tile[i][threadIdx.x];
    }
    __syncthreads();
  }
  if (filter < shape.filters && output < outputs) {
    const float* finish = bank + filter * (count + 2) + count;
    out[(blockIdx.z * shape.filters + filter) * (long long)outputs + output] =
        sum / finish[0] + finish[1];
  }
}

// ---- What stands between the filters of a chain.

extern "C" __global__ void relu(const float* __restrict__ in, float* __restrict__ out, Shape shape,
                                unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;
  long long at = ((long long)blockIdx.z * shape.out_height + y) * shape.out_width + x;
  out[at] = fmaxf(in[at], 0.0f);
}

// 2 x 2, stride 2.
extern "C" __global__ void max_pool(const float* __restrict__ in, float* __restrict__ out,
                                    Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;
  const float* upper = plane_of(in, blockIdx.z, shape.width, shape.height) + 2 * y * shape.width + 2 * x;
  const float* lower = upper + shape.width;
  plane_of(out, blockIdx.z, shape.out_width, shape.out_height)[y * shape.out_width + x] =
      fmaxf(fmaxf(upper[0], upper[1]), fmaxf(lower[0], lower[1]));
}

// Of each pair of planes: how long the arrow is whose two parts they are.
extern "C" __global__ void magnitude(const float* __restrict__ in, float* __restrict__ out,
                                     Shape shape, unsigned* ran_on) {
  note_place(ran_on);
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= shape.out_width || y >= shape.out_height) return;
  int at = y * shape.out_width + x;
  float a = plane_of(in, 2 * blockIdx.z, shape.out_width, shape.out_height)[at];
  float b = plane_of(in, 2 * blockIdx.z + 1, shape.out_width, shape.out_height)[at];
  plane_of(out, blockIdx.z, shape.out_width, shape.out_height)[at] = sqrtf(a * a + b * b);
}
