// SAXPY, y = a * x + y, with a grid-stride loop: a grid of any size handles an array of any
// size.
//
// A thread starts at its own index and moves on by the number of threads in the whole grid. In
// every round neighbouring lanes still touch neighbouring elements, and a grid that just fills
// the GPU replaces one that grows with the data: what a thread works out once, before the loop,
// it uses for many elements.
//
// Look for: all warps go round the loop equally often, but for the last round, which only some
//           of them begin.
// Expect:   4 sectors a request, as in vector_add; one fused multiply-add for each element.

extern "C" __global__ void saxpy(float a, const float* __restrict__ x, float* __restrict__ y,
                                 int n) {
  int threads_in_grid = gridDim.x * blockDim.x;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads_in_grid) {
    y[i] = a * x[i] + y[i];
  }
}
