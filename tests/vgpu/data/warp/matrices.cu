// Products of matrices on tensor cores, as kernels do it: written for the tests of compute/vgpu/warp_ops.
#include <cuda_bf16.h>
#include <mma.h>

using namespace nvcuda;

// c = alpha * a * b + beta * c; a (m, k) row-major, b (k, n) column-major, c (m, n) row-major; multiples of 16. One warp a tile.
extern "C" __global__ void wmma_gemm(const half* a, const half* b, float* c, int m, int n, int k, float alpha, float beta) {
  const int row = blockIdx.y * 16;
  const int column = (blockIdx.x * blockDim.x + threadIdx.x) / 32 * 16;
  if (row >= m || column >= n) return;
  wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> left;
  wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::col_major> right;
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sum, old;
  wmma::fill_fragment(sum, 0.0f);
  for (int i = 0; i < k; i += 16) {
    wmma::load_matrix_sync(left, a + row * k + i, k);
    wmma::load_matrix_sync(right, b + column * k + i, k);
    wmma::mma_sync(sum, left, right, sum);
  }
  wmma::load_matrix_sync(old, c + row * n + column, n, wmma::mem_row_major);
  for (int i = 0; i < sum.num_elements; ++i) sum.x[i] = alpha * sum.x[i] + beta * old.x[i];
  wmma::store_matrix_sync(c + row * n + column, sum, n, wmma::mem_row_major);
}

// The same product of bytes, with tiles of 32 x 8 in shared memory.
extern "C" __global__ void wmma_bytes(const unsigned char* a, const unsigned char* b, int* c, int k) {
  __shared__ __align__(32) unsigned char left_tile[32 * 16];
  __shared__ __align__(32) unsigned char right_tile[16 * 16];  // columns of 16 bytes, 8 of them are used
  wmma::fragment<wmma::matrix_a, 32, 8, 16, unsigned char, wmma::row_major> left;
  wmma::fragment<wmma::matrix_b, 32, 8, 16, unsigned char, wmma::col_major> right;
  wmma::fragment<wmma::accumulator, 32, 8, 16, int> sum;
  wmma::fill_fragment(sum, 0);
  for (int first = 0; first < k; first += 16) {
    for (int i = threadIdx.x; i < 32 * 16; i += 32) left_tile[i] = a[i / 16 * k + first + i % 16];
    for (int i = threadIdx.x; i < 8 * 16; i += 32) right_tile[i] = b[i / 16 * k + first + i % 16];
    __syncwarp();
    wmma::load_matrix_sync(left, left_tile, 16);
    wmma::load_matrix_sync(right, right_tile, 16);
    wmma::mma_sync(sum, left, right, sum);
    __syncwarp();
  }
  wmma::store_matrix_sync(c, sum, 8, wmma::mem_row_major);
}

// c = a * b of bf16, one warp for 16 x 8: ldmatrix, and mma by hand. a (16, k) row-major, b (k, 8) row-major.
extern "C" __global__ void mma_bf16(const __nv_bfloat16* a, const __nv_bfloat16* b, float* c, int k) {
  __shared__ __align__(16) __nv_bfloat16 left_tile[16][16];
  __shared__ __align__(16) __nv_bfloat16 right_tile[16][8];
  const int lane = threadIdx.x;
  float d[4] = {0, 0, 0, 0};
  for (int first = 0; first < k; first += 16) {
    for (int i = lane; i < 256; i += 32) left_tile[i / 16][i % 16] = a[i / 16 * k + first + i % 16];
    for (int i = lane; i < 128; i += 32) right_tile[i / 8][i % 8] = b[(first + i / 8) * 8 + i % 8];
    __syncwarp();
    unsigned l[4], r[2];
    const unsigned left_row = __cvta_generic_to_shared(&left_tile[lane % 16][lane / 16 * 8]);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(l[0]), "=r"(l[1]), "=r"(l[2]), "=r"(l[3])
                 : "r"(left_row));
    const unsigned right_row = __cvta_generic_to_shared(&right_tile[lane % 16][0]);
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];" : "=r"(r[0]), "=r"(r[1]) : "r"(right_row));
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(l[0]), "r"(l[1]), "r"(l[2]), "r"(l[3]), "r"(r[0]), "r"(r[1]));
    __syncwarp();
  }
  const int group = lane / 4, pair = lane % 4 * 2;
  c[group * 8 + pair] = d[0];
  c[group * 8 + pair + 1] = d[1];
  c[(group + 8) * 8 + pair] = d[2];
  c[(group + 8) * 8 + pair + 1] = d[3];
}
