// What stands between the layers of a network: relu lets through what is above zero, sigmoid
// presses every number between 0 and 1; without such a bend two layers would be no more than one.
//
// The way back needs only what came out: relu's slope is 1 where the output is above zero, and 0
// elsewhere; sigmoid's is output * (1 - output). Arrays may be written in place.
//
// Look for: a bend without a branch: all lanes do the same, whatever their number.
// Expect:   two or three memory accesses and a handful of additions: the memory sets the pace. A
//           kernel that makes the numbers can bend them on the way out, for nothing.

// Launch, for all four: grid ceil(count / 256), block 256.
extern "C" __global__ void relu_forward(const float* input, float* output, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float value = input[i];
  output[i] = value < 0.0f ? 0.0f : value;  // this way round, what is not a number stays one to see
}

extern "C" __global__ void relu_backward(const float* output, const float* output_grad,
                                         float* input_grad, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  input_grad[i] = output[i] > 0.0f ? output_grad[i] : 0.0f;
}

extern "C" __global__ void sigmoid_forward(const float* input, float* output, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  output[i] = 1.0f / (1.0f + expf(-input[i]));
}

extern "C" __global__ void sigmoid_backward(const float* output, const float* output_grad,
                                            float* input_grad, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  float bent = output[i];
  input_grad[i] = output_grad[i] * bent * (1.0f - bent);
}
