// The update: every parameter moves a little against its gradient. One launch for all parameters
// of the network, which lie in one array, as do their gradients and moments.
//
// SGD moves by rate * gradient. Momentum remembers where it was going: `first` is a sum of all
// gradients, older ones counting less. Adam keeps two running means, of the gradient (first) and
// of its square (second), and moves by their ratio, so that every parameter takes steps of about
// the same size. Both means begin at 0, and are divided by 1 - beta^t, which makes up for that.
//
// rates (steps, 4): {rate, 1 - beta1^t, 1 - beta2^t, loss scale}; counter[0] is the step. Nothing
// changes where state[0] (the loss) or state[1] (a gradient) says that a number is not finite.
// All but finish_step: block 256, grid ceil(count / 256). Threads of check_gradients and
// adam_update_vector have four elements, then the next four that no other thread has: a grid of
// any size will do, of ceil(count / 1024) blocks at the most.
//
// Look for: adam_update is all traffic: 16 bytes in, 12 out, for a dozen instructions of
//           arithmetic. adam_update_vector asks for 16 bytes at a time.

struct Step {
  float rate;
  float correction1;  // 1 - beta1^t
  float correction2;
  float loss_scale;
};

__device__ Step step_of(const float* __restrict__ rates, const int* __restrict__ counter) {
  const float* row = rates + 4 * counter[0];
  return {row[0], row[1], row[2], row[3]};
}

__device__ bool is_skipped(const int* __restrict__ state) {
  return (state[0] | state[1]) != 0;
}

// 0 times any finite number is 0; times infinity, or times what is no number, it is no number.
// gradients: 16-byte aligned.
extern "C" __global__ void check_gradients(const float* __restrict__ gradients,
                                           int* __restrict__ state, int count) {
  int first = blockIdx.x * blockDim.x + threadIdx.x;
  float zero = 0.0f;
#pragma unroll 1
  for (int i = first; i < count / 4; i += gridDim.x * blockDim.x) {
    float4 g = reinterpret_cast<const float4*>(gradients)[i];
    zero = fmaf(0.0f, g.x, zero);
    zero = fmaf(0.0f, g.y, zero);
    zero = fmaf(0.0f, g.z, zero);
    zero = fmaf(0.0f, g.w, zero);
  }
  if (first < count % 4) {  // what is left over
    zero = fmaf(0.0f, gradients[count - 1 - first], zero);
  }
  if (!(zero == 0.0f)) {
    state[1] = 1;
  }
}

extern "C" __global__ void sgd_update(float* __restrict__ parameters,
                                      const float* __restrict__ gradients,
                                      const float* __restrict__ rates,
                                      const int* __restrict__ counter,
                                      const int* __restrict__ state, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count || is_skipped(state)) {
    return;
  }
  Step step = step_of(rates, counter);
  float gradient = gradients[i] / step.loss_scale;
  parameters[i] -= step.rate * gradient;
}

extern "C" __global__ void momentum_update(
    float* __restrict__ parameters, const float* __restrict__ gradients, float* __restrict__ first,
    const float* __restrict__ rates, const int* __restrict__ counter, const int* __restrict__ state,
    float momentum, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count || is_skipped(state)) {
    return;
  }
  Step step = step_of(rates, counter);
  float gradient = gradients[i] / step.loss_scale;
  float velocity = momentum * first[i] + gradient;
  first[i] = velocity;
  parameters[i] -= step.rate * velocity;
}

extern "C" __global__ void adam_update(
    float* __restrict__ parameters, const float* __restrict__ gradients, float* __restrict__ first,
    float* __restrict__ second, const float* __restrict__ rates, const int* __restrict__ counter,
    const int* __restrict__ state, float beta1, float beta2, float epsilon, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count || is_skipped(state)) {
    return;
  }
  Step step = step_of(rates, counter);
  float gradient = gradients[i] / step.loss_scale;
  float mean = beta1 * first[i] + (1.0f - beta1) * gradient;
  float square = beta2 * second[i] + (1.0f - beta2) * gradient * gradient;
  first[i] = mean;
  second[i] = square;
  float rate = step.rate / step.correction1;
  parameters[i] -= rate * mean / (sqrtf(square) / sqrtf(step.correction2) + epsilon);
}

// What is the same for every parameter, worked out once a thread.
struct AdamFactors {
  float beta1;
  float beta2;
  float new1;     // how much a new gradient counts in the mean, its loss scale divided out
  float new2;     // likewise of its square in the mean of squares
  float back;     // minus the rate, times sqrt(1 - beta2^t): a division less for every element
  float epsilon;  // likewise
};

__device__ void adam_element(const AdamFactors& k, float gradient, float& parameter, float& mean,
                             float& square) {
  mean = k.beta1 * mean + k.new1 * gradient;
  square = k.beta2 * square + k.new2 * gradient * gradient;
  parameter += k.back * (mean / (sqrtf(square) + k.epsilon));
}

// As adam_update, four parameters at a time. count: a multiple of 4; arrays: 16-byte aligned.
extern "C" __global__ void adam_update_vector(
    float* __restrict__ parameters, const float* __restrict__ gradients, float* __restrict__ first,
    float* __restrict__ second, const float* __restrict__ rates, const int* __restrict__ counter,
    const int* __restrict__ state, float beta1, float beta2, float epsilon, int count) {
  Step step = step_of(rates, counter);  // before the question: then both are on their way at once
  if (is_skipped(state)) {
    return;
  }
  float unscale = 1.0f / step.loss_scale;
  float correction = sqrtf(step.correction2);
  AdamFactors k = {beta1,
                   beta2,
                   (1.0f - beta1) * unscale,
                   (1.0f - beta2) * unscale * unscale,
                   -step.rate / step.correction1 * correction,
                   epsilon * correction};
#pragma unroll 1
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count / 4; i += gridDim.x * blockDim.x) {
    float4 gradient = reinterpret_cast<const float4*>(gradients)[i];
    float4 parameter = reinterpret_cast<float4*>(parameters)[i];
    float4 mean = reinterpret_cast<float4*>(first)[i];
    float4 square = reinterpret_cast<float4*>(second)[i];
    adam_element(k, gradient.x, parameter.x, mean.x, square.x);
    adam_element(k, gradient.y, parameter.y, mean.y, square.y);
    adam_element(k, gradient.z, parameter.z, mean.z, square.z);
    adam_element(k, gradient.w, parameter.w, mean.w, square.w);
    reinterpret_cast<float4*>(first)[i] = mean;
    reinterpret_cast<float4*>(second)[i] = square;
    reinterpret_cast<float4*>(parameters)[i] = parameter;
  }
}

// Ends the step: one thread. Tells whether its update was skipped, and goes on to the next. After a
// skipped step the later ones change nothing either, until the host has cleared `state`: it makes
// them again, with other rates.
extern "C" __global__ void finish_step(int* __restrict__ counter, int* __restrict__ state,
                                       float* __restrict__ metrics) {
  int skipped = (state[0] | state[1]) != 0 ? 1 : 0;
  metrics[4 * counter[0] + 2] = skipped;
  state[0] = 0;
  state[1] = skipped;
  ++counter[0];
}
