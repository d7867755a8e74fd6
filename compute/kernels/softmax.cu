// Softmax of each row: numbers of any size become probabilities. A warp works on a row.
//
// The formula is exp(x) / sum of exp(x), but exp(89) is already more than a float can hold.
// Subtracting the row's largest number first changes nothing in the result, since it cancels
// out, and keeps every exponent at 0 or below. The lanes share the columns among them. With
// __shfl_xor_sync each lane meets a partner at distance 16, 8, 4, 2 and 1; unlike with
// __shfl_down_sync, all of them have the maximum and the sum in the end.
//
// Look for: three passes over the row (maximum, sum, result), each coalesced; two exchanges
//           within the warp, no barrier.
// Expect:   10 shuffles a row, and finite results for inputs of 1000.

const unsigned kAllLanes = 0xffffffffu;

extern "C" __global__ void softmax(const float* __restrict__ in, float* __restrict__ out, int rows,
                                   int columns) {
  int lane = threadIdx.x;  // blockDim.x is 32
  int row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) {
    return;  // the whole warp: it has one row
  }
  const float* in_row = in + row * columns;
  float* out_row = out + row * columns;

  float largest = in_row[0];  // any number of the row will do to begin with
  for (int column = lane; column < columns; column += 32) {
    largest = fmaxf(largest, in_row[column]);
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    largest = fmaxf(largest, __shfl_xor_sync(kAllLanes, largest, distance));
  }

  float sum = 0.0f;
  for (int column = lane; column < columns; column += 32) {
    sum += expf(in_row[column] - largest);
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    sum += __shfl_xor_sync(kAllLanes, sum, distance);
  }

  for (int column = lane; column < columns; column += 32) {
    out_row[column] = expf(in_row[column] - largest) / sum;
  }
}
