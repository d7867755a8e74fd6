// The beginning of a step: the pictures of its batch, out of all pictures, as the network reads
// them.
//
// All pictures are in the GPU's memory once, as bytes. The host says for many steps in advance
// which of them a batch takes (order), and counter[0] is the step: so a step needs nothing of
// the host. gather_plain makes numbers from 0 to 1 of the bytes. gather_changed moves, turns,
// bends and thickens each picture on the way, so that no two epochs show the same one.
//
// A change says where a pixel of the result comes from: an affine map, plus a smooth field of
// displacements given at knots 7 pixels apart, whose cubic B-spline runs through all between.
// changes (steps, batch, change_stride): {xx, xy, x0, yx, yy, y0, thickness in pixels, 1 where
// there is a field else 0, knots_x (down, across), knots_y (down, across)}.
//
// Look for: pictures lie anywhere, but the 32 lanes of a warp always read within one.

const int kSpacing = 7;  // of the knots, in pixels

// A thread takes four pixels, then the next four that no other thread takes.
// Launch: grid (any, n), block any: (ceil(pixels / 1024), n) and 256 have four pixels a thread.
extern "C" __global__ void gather_plain(const unsigned char* __restrict__ pictures,
                                        const unsigned* __restrict__ order,
                                        const unsigned char* __restrict__ order_labels,
                                        const int* __restrict__ counter, float* __restrict__ images,
                                        unsigned char* __restrict__ labels, int batch, int pixels) {
  int sample = blockIdx.y;
  int place = counter[0] * batch + sample;
  const unsigned char* picture = pictures + static_cast<long long>(order[place]) * pixels;
  float* image = images + sample * pixels;
  int first = blockIdx.x * blockDim.x + threadIdx.x;
  if (first == 0) {
    labels[sample] = order_labels[place];
  }
  int step = gridDim.x * blockDim.x;
  if (pixels % 4 == 0) {  // every picture begins at a multiple of 4
    const uchar4* bytes = reinterpret_cast<const uchar4*>(picture);
    float4* out = reinterpret_cast<float4*>(image);
#pragma unroll 1
    for (int i = first; i < pixels / 4; i += step) {
      uchar4 b = bytes[i];
      out[i] = make_float4(b.x / 255.0f, b.y / 255.0f, b.z / 255.0f, b.w / 255.0f);
    }
  } else {
#pragma unroll 1
    for (int i = first; i < pixels; i += step) {
      image[i] = picture[i] / 255.0f;
    }
  }
}

// A channel with zeros around it, so that reading beside it needs no question: one column before
// and two after, and rows likewise. Pixel (x, y) is at (x + 1, y + 1).
struct Padded {
  int width;
  int height;
  __device__ int stride() const { return width + 3; }
  __device__ int count() const { return (width + 3) * (height + 3); }
  __device__ bool is_pixel(int x, int y) const {
    return x >= 1 && x <= width && y >= 1 && y <= height;
  }
};

// Where a thread is: its lane takes columns, its warp takes rows, of which each of `warps` warps
// has every so many-th.
struct Place {
  int lane;
  int warp;
  int warps;
};

// How much each of the four knots around a pixel counts: one entry for each pixel between knots.
__device__ void fill_spline(float4* spline) {
  if (threadIdx.x < kSpacing) {
    float t = static_cast<float>(threadIdx.x) / kSpacing;
    float rest = 1.0f - t;
    spline[threadIdx.x] = make_float4(
        rest * rest * rest / 6.0f, (3.0f * t * t * t - 6.0f * t * t + 4.0f) / 6.0f,
        (3.0f * rest * rest * rest - 6.0f * rest * rest + 4.0f) / 6.0f, t * t * t / 6.0f);
  }
}

__device__ float weighted(float4 weights, const float* __restrict__ values, int step) {
  return weights.x * values[0] + weights.y * values[step] + weights.z * values[2 * step] +
         weights.w * values[3 * step];
}

// Bytes as numbers from 0 to 1, or their negative, with zeros around them.
__device__ void read_channel(const unsigned char* __restrict__ channel, Padded padded, Place at,
                             float sign, float* __restrict__ plane) {
  for (int x = at.lane; x < padded.stride(); x += 32) {
#pragma unroll 1
    for (int y = at.warp; y < padded.height + 3; y += at.warps) {
      float value = 0.0f;
      if (padded.is_pixel(x, y)) {
        value = sign * channel[(y - 1) * padded.width + x - 1] / 255.0f;
      }
      plane[y * padded.stride() + x] = value;
    }
  }
}

// Strokes that are one pixel larger on each side are halfway between the lightest of the cross
// around a pixel and that of the square; `amount` of the way to it. Thinner strokes are thicker
// ones of the negative, which is what `in` holds then: `sign` makes the picture of it again.
__device__ void grow(const float* __restrict__ in, Padded padded, Place at, float amount,
                     float sign, float* __restrict__ out) {
  int stride = padded.stride();
  for (int x = at.lane; x < stride; x += 32) {
#pragma unroll 1
    for (int y = at.warp; y < padded.height + 3; y += at.warps) {
      float result = 0.0f;
      if (padded.is_pixel(x, y)) {
        const float* p = in + y * stride + x;
        float row = fmaxf(p[0], fmaxf(p[-1], p[1]));
        float cross = fmaxf(row, fmaxf(p[-stride], p[stride]));
        float above = fmaxf(p[-stride - 1], p[-stride + 1]);
        float below = fmaxf(p[stride - 1], p[stride + 1]);
        float square = fmaxf(cross, fmaxf(above, below));
        result = sign * ((1.0f - amount) * p[0] + 0.5f * amount * (cross + square));
      }
      out[y * stride + x] = result;
    }
  }
}

// The field's knots, summed up for each row: rows (2, height, across).
__device__ void sum_knots(const float* __restrict__ knots, const float4* spline, Padded padded,
                          int down, int across, float* __restrict__ rows) {
  int count = padded.height * across;
#pragma unroll 1
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    int y = i / across;
    float4 weights = spline[y % kSpacing];
    const float* first = knots + y / kSpacing * across + i - y * across;
    rows[i] = weighted(weights, first, across);
    rows[count + i] = weighted(weights, first + down * across, across);
  }
}

// Between the four pixels around (x, y), counted in the padded plane; beyond it all is 0.
__device__ float read_between(const float* __restrict__ plane, Padded padded, float x, float y) {
  x = fminf(fmaxf(x, 0.0f), padded.width + 1.0f);
  y = fminf(fmaxf(y, 0.0f), padded.height + 1.0f);
  int column = static_cast<int>(x);
  int row = static_cast<int>(y);
  float right = x - column;
  float down = y - row;
  const float* at = plane + row * padded.stride() + column;
  const float* below = at + padded.stride();
  float top = at[0] + right * (at[1] - at[0]);
  float bottom = below[0] + right * (below[1] - below[0]);
  return top + down * (bottom - top);
}

// Launch: grid (n, channels), block any multiple of 32 (256 on a GPU); with
// across = (width - 1) / 7 + 4 knots, bytes of dynamic shared memory:
// 8 * (width + 3) * (height + 3) + 8 * height * across.
// A block makes one channel of one picture.
extern "C" __global__ void gather_changed(
    const unsigned char* __restrict__ pictures, const unsigned* __restrict__ order,
    const unsigned char* __restrict__ order_labels, const float* __restrict__ changes,
    const int* __restrict__ counter, float* __restrict__ images, unsigned char* __restrict__ labels,
    int batch, int channels, int height, int width, int change_stride) {
  extern __shared__ float shared[];
  __shared__ float4 spline[kSpacing];
  Padded padded = {width, height};
  Place at = {static_cast<int>(threadIdx.x % 32), static_cast<int>(threadIdx.x / 32),
              static_cast<int>(blockDim.x / 32)};
  float* plane = shared;
  float* rows = shared + 2 * padded.count();
  int across = (width - 1) / kSpacing + 4;

  int sample = blockIdx.x;
  int place = counter[0] * batch + sample;
  const float* change = changes + static_cast<long long>(place) * change_stride;
  long long picture = order[place];
  float thickness = change[6];
  bool bent = change[7] != 0.0f;
  float sign = thickness < 0.0f ? -1.0f : 1.0f;
  read_channel(pictures + (picture * channels + blockIdx.y) * (height * width), padded, at, sign,
               plane);
  if (bent) {
    fill_spline(spline);
  }
  __syncthreads();

  if (bent) {
    int down = (height - 1) / kSpacing + 4;
    sum_knots(change + 8, spline, padded, down, across, rows);
  }
  if (thickness != 0.0f) {
    float amount = fminf(0.5f * fabsf(thickness), 1.0f);  // a stroke has two sides
    plane += padded.count();
    grow(shared, padded, at, amount, sign, plane);
  }
  __syncthreads();

  float* image = images + (sample * channels + blockIdx.y) * (height * width);
  for (int x = at.lane; x < width; x += 32) {
    float4 weights = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    if (bent) {
      weights = spline[x % kSpacing];
    }
    float from_x = change[0] * x + change[2] + 1.0f;
    float from_y = change[3] * x + change[5] + 1.0f;
#pragma unroll 1
    for (int y = at.warp; y < height; y += at.warps) {
      float x_there = from_x + change[1] * y;
      float y_there = from_y + change[4] * y;
      if (bent) {
        const float* row = rows + y * across + x / kSpacing;
        x_there += weighted(weights, row, 1);
        y_there += weighted(weights, row + height * across, 1);
      }
      image[y * width + x] = read_between(plane, padded, x_there, y_there);
    }
  }
  if (blockIdx.y == 0 && threadIdx.x == 0) {
    labels[sample] = order_labels[place];
  }
}
