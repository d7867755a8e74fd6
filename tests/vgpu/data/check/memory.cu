// Kernels that reach outside of memory, and their neighbours that do not.
extern "C" {

__global__ void off_by_one(int* out, int n) {
  if (threadIdx.x <= n) out[threadIdx.x] = 1;  // #off-by-one
}
__global__ void within(int* out, int n) {
  if (threadIdx.x < n) out[threadIdx.x] = 1;
}
__global__ void misaligned(char* out) { *(int*)(out + 2) = 1; }  // #misaligned

__global__ void leaks(int** out) {
  out[threadIdx.x] = (int*)malloc(16);  // #malloc
}
__global__ void frees(int* out) {
  int* p = (int*)malloc(16);
  p[0] = threadIdx.x;
  out[threadIdx.x] = p[0];
  free(p);
}
__global__ void use_after_free(int* out) {
  int* p = (int*)malloc(16);
  free(p);            // #free
  out[0] = *(volatile int*)p;  // #use
}
__global__ void double_free() {
  int* volatile p = (int*)malloc(16);
  free(p);
  free(p);  // #double-free
}

}  // extern "C"
