// The end of the forward pass and the beginning of the backward pass: logits become
// probabilities, a loss for each sample, and the loss's gradient.
//
// The network ends with ten numbers a sample, the logits. Softmax makes probabilities of them,
// and the loss is -log of the probability that the true class has. Its gradient is the simplest
// formula of all: probability minus 1 for the true class, probability for the others. The first
// three kernels do this in three launches. The fused one keeps a sample's ten numbers in
// registers from the logits to the gradient, and takes the loss from the logits themselves:
// log of the sum - logit. That stays finite where the probability has become 0.
//
// Look for: a thread has a whole sample; lanes read 40 bytes apart.
// Expect:   the same numbers from softmax_cross_entropy as from the three, in one launch.

const int kClasses = 10;
const unsigned kAllLanes = 0xffffffffu;

// samples (n): grid ceil(n / 256), block 256. Subtracting the largest logit changes no
// probability, since it cancels out, and keeps expf from overflowing.
extern "C" __global__ void softmax_forward(const float* __restrict__ logits,
                                           float* __restrict__ probabilities, int samples) {
  int sample = blockIdx.x * blockDim.x + threadIdx.x;
  if (sample >= samples) {
    return;
  }
  const float* row = logits + sample * kClasses;
  float* out = probabilities + sample * kClasses;

  float largest = row[0];
  for (int c = 1; c < kClasses; ++c) {
    largest = fmaxf(largest, row[c]);
  }
  float sum = 0.0f;
  for (int c = 0; c < kClasses; ++c) {
    sum += expf(row[c] - largest);
  }
  for (int c = 0; c < kClasses; ++c) {
    out[c] = expf(row[c] - largest) / sum;
  }
}

// samples (n): grid ceil(n / 256), block 256. Infinite where the true class has probability 0.
extern "C" __global__ void cross_entropy(const float* __restrict__ probabilities,
                                         const unsigned char* __restrict__ labels,
                                         float* __restrict__ losses, int samples) {
  int sample = blockIdx.x * blockDim.x + threadIdx.x;
  if (sample < samples) {
    losses[sample] = -logf(probabilities[sample * kClasses + labels[sample]]);
  }
}

// A thread for each logit: grid ceil(n * 10 / 256), block 256. The loss of the batch is the mean,
// hence the division; the loss scale (rates[4 * step + 3]) lifts gradients above what a half can
// hold, and is divided out again by the update.
extern "C" __global__ void cross_entropy_backward(const float* __restrict__ probabilities,
                                                  const unsigned char* __restrict__ labels,
                                                  const float* __restrict__ rates,
                                                  const int* __restrict__ counter,
                                                  float* __restrict__ logit_grad, int samples) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= samples * kClasses) {
    return;
  }
  int sample = i / kClasses;
  float wanted = i % kClasses == labels[sample] ? 1.0f : 0.0f;
  float loss_scale = rates[4 * counter[0] + 3];
  logit_grad[i] = (probabilities[i] - wanted) / samples * loss_scale;
}

// All three at once. samples (n): grid ceil(n / 64), block 64.
extern "C" __global__ void softmax_cross_entropy(const float* __restrict__ logits,
                                                 const unsigned char* __restrict__ labels,
                                                 const float* __restrict__ rates,
                                                 const int* __restrict__ counter,
                                                 float* __restrict__ probabilities,
                                                 float* __restrict__ losses,
                                                 float* __restrict__ logit_grad, int samples) {
  int sample = blockIdx.x * blockDim.x + threadIdx.x;
  if (sample >= samples) {
    return;
  }
  // A row is 40 bytes: pairs are aligned, and halve the loads.
  const float2* row = reinterpret_cast<const float2*>(logits + sample * kClasses);
  float2* out = reinterpret_cast<float2*>(probabilities + sample * kClasses);
  float2* gradient = reinterpret_cast<float2*>(logit_grad + sample * kClasses);
  int label = labels[sample];
  float true_logit = logits[sample * kClasses + label];

  float2 values[kClasses / 2];
#pragma unroll
  for (int i = 0; i < kClasses / 2; ++i) {
    values[i] = row[i];
  }
  float largest = fmaxf(values[0].x, values[0].y);
#pragma unroll
  for (int i = 1; i < kClasses / 2; ++i) {
    largest = fmaxf(largest, fmaxf(values[i].x, values[i].y));
  }
  float sum = 0.0f;
#pragma unroll
  for (int i = 0; i < kClasses / 2; ++i) {
    values[i].x = expf(values[i].x - largest);
    values[i].y = expf(values[i].y - largest);
    sum += values[i].x + values[i].y;
  }
  losses[sample] = logf(sum) - (true_logit - largest);

  float share = 1.0f / sum;
  float scale = rates[4 * counter[0] + 3] / samples;
#pragma unroll
  for (int i = 0; i < kClasses / 2; ++i) {
    float2 p = make_float2(values[i].x * share, values[i].y * share);
    out[i] = p;
    float first = p.x - (label == 2 * i ? 1.0f : 0.0f);
    float second = p.y - (label == 2 * i + 1 ? 1.0f : 0.0f);
    gradient[i] = make_float2(first * scale, second * scale);
  }
}

// What a step reports: the sum of its losses and how many it read right, in metrics[step]; and
// one count for each sample in confusion (true class, class read). grid 1, block 256.
// The losses are always added in the same order, so that a run can be repeated bit by bit; counts
// are whole numbers, and atomics may add them in any order.
extern "C" __global__ void training_metrics(const float* __restrict__ losses,
                                            const float* __restrict__ probabilities,
                                            const unsigned char* __restrict__ labels,
                                            const int* __restrict__ counter,
                                            float* __restrict__ metrics,
                                            unsigned* __restrict__ confusion,
                                            int* __restrict__ state, int samples) {
  __shared__ float warp_sums[8];

  float sum = 0.0f;
  int correct = 0;
  for (int first = 0; first < samples; first += blockDim.x) {
    int sample = first + threadIdx.x;
    bool right = false;
    if (sample < samples) {
      const float* p = probabilities + sample * kClasses;
      int read = 0;
      float most = p[0];
      for (int c = 1; c < kClasses; ++c) {
        if (p[c] > most) {
          most = p[c];
          read = c;
        }
      }
      int label = labels[sample];
      right = read == label;
      atomicAdd(&confusion[label * kClasses + read], 1u);
      sum += losses[sample];
    }
    correct += __syncthreads_count(right);
  }

  int warp = threadIdx.x / 32;
  if (warp * 32 < samples) {  // the whole warp, or none of it
    for (int offset = 16; offset > 0; offset /= 2) {
      sum += __shfl_down_sync(kAllLanes, sum, offset);
    }
  }
  if (threadIdx.x % 32 == 0) {
    warp_sums[warp] = sum;
  }
  __syncthreads();

  if (threadIdx.x == 0) {
    for (int other = 1; other < 8; ++other) {
      sum += warp_sums[other];
    }
    float* row = metrics + 4 * counter[0];
    row[0] = sum;
    row[1] = correct;
    row[2] = 0.0f;
    row[3] = 0.0f;
    state[0] = 0.0f * sum == 0.0f ? 0 : 1;  // 0 times infinity, or no number, is no number
  }
}
