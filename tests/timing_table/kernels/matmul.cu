// Products of matrices, c = a b, from the obvious one to one whose every thread has 64 results. Rows are `pitch` floats
// apart; the sums go over `depth` columns of a.

// Neighbouring lanes have neighbouring rows: they read scattered words of a, and write scattered words of c.
extern "C" __global__ void matmul_rows(const float* a, const float* b, float* c, int pitch, int depth) {
  const int row = blockIdx.x * blockDim.x + threadIdx.x, column = blockIdx.y * blockDim.y + threadIdx.y;
  float sum = 0;
  for (int k = 0; k < depth; ++k) sum += a[row * pitch + k] * b[k * pitch + column];
  c[row * pitch + column] = sum;
}

// Neighbouring lanes have neighbouring columns.
extern "C" __global__ void matmul_columns(const float* a, const float* b, float* c, int pitch, int depth) {
  const int row = blockIdx.x * 32 + threadIdx.x / 32, column = blockIdx.y * 32 + threadIdx.x % 32;
  float sum = 0;
  for (int k = 0; k < depth; ++k) sum += a[row * pitch + k] * b[k * pitch + column];
  c[row * pitch + column] = sum;
}

// Tiles of 32 x 32 in shared memory.
extern "C" __global__ void matmul_shared(const float* a, const float* b, float* c, int pitch, int depth) {
  __shared__ float a_tile[32 * 32], b_tile[32 * 32];
  const int x = threadIdx.x % 32, y = threadIdx.x / 32;
  const int row = blockIdx.x * 32 + y, column = blockIdx.y * 32 + x;
  float sum = 0;
  for (int first = 0; first < depth; first += 32) {
    a_tile[y * 32 + x] = a[row * pitch + first + x];
    b_tile[y * 32 + x] = b[(first + y) * pitch + column];
    __syncthreads();
    for (int k = 0; k < 32; ++k) sum += a_tile[y * 32 + k] * b_tile[k * 32 + x];
    __syncthreads();
  }
  c[row * pitch + column] = sum;
}

// Tiles of 64 x 64; every one of 512 threads has 8 results of a column.
extern "C" __global__ void __launch_bounds__(512) matmul_8(const float* a, const float* b, float* c, int pitch,
                                                            int depth) {
  constexpr int kSide = 64, kDepth = 8, kMine = 8;
  __shared__ float a_tile[kSide * kDepth], b_tile[kDepth * kSide];
  const int x = threadIdx.x % kSide, y = threadIdx.x / kSide;
  const float* a_at = a + (blockIdx.y * kSide + threadIdx.x / kDepth) * pitch + threadIdx.x % kDepth;
  const float* b_at = b + y * pitch + blockIdx.x * kSide + x;
  float sums[kMine] = {};
  for (int first = 0; first < depth; first += kDepth) {
    a_tile[threadIdx.x] = *a_at;
    b_tile[threadIdx.x] = *b_at;
    __syncthreads();
    a_at += kDepth;
    b_at += kDepth * pitch;
    for (int k = 0; k < kDepth; ++k) {
      const float right = b_tile[k * kSide + x];
      for (int i = 0; i < kMine; ++i) sums[i] += a_tile[(y * kMine + i) * kDepth + k] * right;
    }
    __syncthreads();
  }
  for (int i = 0; i < kMine; ++i) c[(blockIdx.y * kSide + y * kMine + i) * pitch + blockIdx.x * kSide + x] = sums[i];
}

// Tiles of 128 x 128; every one of 256 threads has 8 x 8 results.
extern "C" __global__ void __launch_bounds__(256) matmul_64(const float* a, const float* b, float* c, int pitch,
                                                             int depth) {
  constexpr int kSide = 128, kDepth = 8, kMine = 8;
  __shared__ float a_tile[kSide * kDepth], b_tile[kDepth * kSide];
  const int x = threadIdx.x % (kSide / kMine), y = threadIdx.x / (kSide / kMine);
  const int a_row = threadIdx.x / kDepth, a_column = threadIdx.x % kDepth;
  const int b_row = threadIdx.x / kSide, b_column = threadIdx.x % kSide;
  a += blockIdx.y * kSide * pitch;
  b += blockIdx.x * kSide;
  float sums[kMine * kMine] = {}, left[kMine], right[kMine];
  for (int first = 0; first < depth; first += kDepth) {
    for (int i = 0; i < kSide; i += 256 / kDepth)
      a_tile[(a_row + i) * kDepth + a_column] = a[(a_row + i) * pitch + a_column];
    for (int i = 0; i < kDepth; i += 256 / kSide)
      b_tile[(b_row + i) * kSide + b_column] = b[(b_row + i) * pitch + b_column];
    __syncthreads();
    a += kDepth;
    b += kDepth * pitch;
    for (int k = 0; k < kDepth; ++k) {
      for (int i = 0; i < kMine; ++i) left[i] = a_tile[(y * kMine + i) * kDepth + k];
      for (int i = 0; i < kMine; ++i) right[i] = b_tile[k * kSide + x * kMine + i];
      for (int i = 0; i < kMine; ++i)
        for (int j = 0; j < kMine; ++j) sums[i * kMine + j] += left[i] * right[j];
    }
    __syncthreads();
  }
  c += (blockIdx.y * kSide + y * kMine) * pitch + blockIdx.x * kSide + x * kMine;
  for (int i = 0; i < kMine; ++i)
    for (int j = 0; j < kMine; ++j) c[i * pitch + j] = sums[i * kMine + j];
}

// The same with four floats a load; the tile of a is turned round on the way, so that its columns can be read so too.
extern "C" __global__ void __launch_bounds__(256) matmul_vectors(const float* a, const float* b, float* c, int pitch,
                                                                  int depth) {
  constexpr int kSide = 128, kDepth = 8, kMine = 8;
  __shared__ __align__(16) float a_tile[kDepth * kSide];
  __shared__ __align__(16) float b_tile[kDepth * kSide];
  const int x = threadIdx.x % (kSide / kMine), y = threadIdx.x / (kSide / kMine);
  const int a_row = threadIdx.x / 2, a_column = threadIdx.x % 2 * 4;
  const int b_row = threadIdx.x / 32, b_column = threadIdx.x % 32 * 4;
  a += blockIdx.y * kSide * pitch;
  b += blockIdx.x * kSide;
  float sums[kMine * kMine] = {}, left[kMine], right[kMine];
  for (int first = 0; first < depth; first += kDepth) {
    const float4 four = *reinterpret_cast<const float4*>(&a[a_row * pitch + a_column]);
    a_tile[(a_column + 0) * kSide + a_row] = four.x;
    a_tile[(a_column + 1) * kSide + a_row] = four.y;
    a_tile[(a_column + 2) * kSide + a_row] = four.z;
    a_tile[(a_column + 3) * kSide + a_row] = four.w;
    *reinterpret_cast<float4*>(&b_tile[b_row * kSide + b_column]) =
        *reinterpret_cast<const float4*>(&b[b_row * pitch + b_column]);
    __syncthreads();
    a += kDepth;
    b += kDepth * pitch;
    for (int k = 0; k < kDepth; ++k) {
      for (int i = 0; i < kMine; ++i) left[i] = a_tile[k * kSide + y * kMine + i];
      for (int i = 0; i < kMine; ++i) right[i] = b_tile[k * kSide + x * kMine + i];
      for (int i = 0; i < kMine; ++i)
        for (int j = 0; j < kMine; ++j) sums[i * kMine + j] += left[i] * right[j];
    }
    __syncthreads();
  }
  c += (blockIdx.y * kSide + y * kMine) * pitch + blockIdx.x * kSide + x * kMine;
  for (int i = 0; i < kMine; ++i) {
    for (int j = 0; j < kMine; j += 4) {
      *reinterpret_cast<float4*>(&c[i * pitch + j]) = make_float4(
          sums[i * kMine + j], sums[i * kMine + j + 1], sums[i * kMine + j + 2], sums[i * kMine + j + 3]);
    }
  }
}
