// Matrix product, the obvious way: each thread computes one element of C = A * B.
//
// Every thread walks along a row of A and down a column of B. Neighbouring threads walk along
// the same row or down the same column, and each fetches all of it again: every element of A
// and B is read n times from global memory.
//
// Look for: the loop's two loads. For a warp of two rows of 16 threads, the one from A has only
//           two different addresses.
// Expect:   2 sectors a load from A (each broadcast to 16 lanes), 2 or 3 from B, for one
//           multiply-add.

extern "C" __global__ void matmul_naive(const float* __restrict__ a, const float* __restrict__ b,
                                        float* __restrict__ c, int n) {  // all (n, n)
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int column = blockIdx.x * blockDim.x + threadIdx.x;
  if (row < n && column < n) {
    float sum = 0.0f;
    for (int k = 0; k < n; ++k) {
      sum += a[row * n + k] * b[k * n + column];
    }
    c[row * n + column] = sum;
  }
}
