// Tiled matrix product: a block loads what its threads have in common once, and shares it.
//
// The 16 x 16 threads of a block need the same 16 rows of A and 16 columns of B. They walk
// along them tile by tile: each thread fetches one element of either tile, all wait until the
// tiles are complete, and then every thread takes 16 steps of its sum from shared memory. An
// element of A or B is read n / 16 times from global memory instead of n times.
//
// Look for: the two barriers. Without the first, threads read what is not there yet; without
//           the second, a fast warp overwrites what a slow one still reads.
// Expect:   1 wavefront for each access to the tiles: 16 lanes read the same word of A, and all
//           read one row of B.

const int kTile = 16;  // the block is kTile x kTile threads

extern "C" __global__ void matmul_tiled(const float* __restrict__ a, const float* __restrict__ b,
                                        float* __restrict__ c, int n) {  // all (n, n)
  __shared__ float a_tile[kTile][kTile];
  __shared__ float b_tile[kTile][kTile];

  int row = blockIdx.y * kTile + threadIdx.y;
  int column = blockIdx.x * kTile + threadIdx.x;
  float sum = 0.0f;

  for (int first = 0; first < n; first += kTile) {
    int a_column = first + threadIdx.x;
    int b_row = first + threadIdx.y;
    // Tiles that reach beyond the matrix are filled up with zeros, which add nothing.
    a_tile[threadIdx.y][threadIdx.x] = row < n && a_column < n ? a[row * n + a_column] : 0.0f;
    b_tile[threadIdx.y][threadIdx.x] = b_row < n && column < n ? b[b_row * n + column] : 0.0f;
    __syncthreads();

    for (int k = 0; k < kTile; ++k) {
      sum += a_tile[threadIdx.y][k] * b_tile[k][threadIdx.x];
    }
    __syncthreads();
  }

  if (row < n && column < n) {
    c[row * n + column] = sum;
  }
}
