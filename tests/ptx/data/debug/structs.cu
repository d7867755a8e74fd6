namespace warp {
enum Mode { kOff, kOn = 5, kNegative = -2 };
struct Base { int id; };
struct Params : Base {
  float scale;
  unsigned low : 3;
  unsigned mid : 7;
  int high : 22;
  bool flag;
  char letter;
  double values[2][3];
  Mode mode;
  Params* next;
  union { int as_int; float as_float; } bits;
};
typedef float Real;
}  // namespace warp

__constant__ float coefficients[8];
__device__ int counter = 7;
__shared__ int only_here;
extern __shared__ unsigned char dynamic[];

__device__ __noinline__ float apply(const warp::Params& p, float x, int* hits) {
  *hits += 1;
  return p.scale * x;
}

__global__ void structs(warp::Params p, float4* data, const volatile int* flags) {
  __shared__ short tile[8][4];
  static __device__ int calls;
  warp::Real local_array[6] = {1, 2, 3, 4, 5, 6};
  float4 v = data[0];
  int hits = 0;
  const float half = 0.5f;
  float& first = local_array[0];
  float (*fn)(const warp::Params&, float, int*) = apply;
  {
    int hits = flags[0];
    first += hits;
  }
  v.x = fn(p, v.y, &hits) + half + local_array[hits];
  tile[threadIdx.x][1] = p.mode;
  only_here = hits;
  dynamic[0] = p.letter;
  v.y = counter++ + calls++ + coefficients[hits];
  data[1] = v;
}
