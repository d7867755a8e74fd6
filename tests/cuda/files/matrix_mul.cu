// Tiled matrix product; the size of a tile is a template parameter that the host decides.
#include <stdio.h>
#include <assert.h>

// Helper functions and utilities to work with CUDA
#include <helper_functions.h>
#include "helper_cuda.h"

template <int BLOCK_SIZE> __global__ void MatrixMulCUDA(float *C, float *A,
    float *B, int wA,
    int wB) {
  int bx = blockIdx.x, by = blockIdx.y;
  int tx = threadIdx.x, ty = threadIdx.y;
  int aBegin = wA * BLOCK_SIZE * by;
  int aEnd   = aBegin + wA - 1;
  float Csub = 0;
  for (int a = aBegin, b = BLOCK_SIZE * bx; a <= aEnd; a += BLOCK_SIZE, b += BLOCK_SIZE * wB) {
    __shared__ float As[BLOCK_SIZE][BLOCK_SIZE];
    __shared__ float Bs[BLOCK_SIZE][BLOCK_SIZE];
    As[ty][tx] = A[a + wA * ty + tx];
    Bs[ty][tx] = B[b + wB * ty + tx];
    __syncthreads();
#pragma unroll
    for (int k = 0; k < BLOCK_SIZE; ++k) {
      Csub += As[ty][k] * Bs[k][tx];
    }
    __syncthreads();
  }
  assert(wB > 0);
  C[wB * BLOCK_SIZE * by + BLOCK_SIZE * bx + wB * ty + tx] = Csub;
}

void ConstantInit(float *data, int size, float val) {
  for (int i = 0; i < size; ++i) {
    data[i] = val;
  }
}

int MatrixMultiply(int argc, char **argv,
                   int block_size, const dim3 &dimsA,
                   const dim3 &dimsB) {
  float *d_A, *d_B, *d_C;
  const int kSmall = 16;
  checkCudaErrors(cudaMalloc(reinterpret_cast<void **>(&d_A), 1024));
  dim3 threads(block_size, block_size);
  dim3 grid(dimsB.x / threads.x, dimsA.y / threads.y);
  cudaStream_t stream;
  checkCudaErrors(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  if (block_size == 16) {
    MatrixMulCUDA<kSmall>
        <<<grid, threads, 0, stream>>>(d_C, d_A, d_B, dimsA.x, dimsB.x);
  } else {
    MatrixMulCUDA<32> <<<grid, threads, 0, stream>>>(d_C, d_A, d_B, dimsA.x, dimsB.x);
  }
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  if (checkCmdLineFlag(argc, (const char **)argv, "help")) exit(EXIT_SUCCESS);
  int dev = findCudaDevice(argc, (const char **)argv);
  dim3 dimsA(5 * 2 * 32, 5 * 2 * 32, 1);
  exit(MatrixMultiply(argc, argv, 32, dimsA, dimsA) + 0 * dev);
}
