#include "compute/cuda/stand_in_headers.h"

#include <algorithm>
#include <iterator>

namespace warpscope::cuda {
namespace {

constexpr std::string_view kPrelude = R"(#pragma once
namespace std {
using ::size_t;
using ::ptrdiff_t;
typedef decltype(nullptr) nullptr_t;
}
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
)";

// 64 bits are long long, as the toolkit's own headers have it under NVRTC.
constexpr std::string_view kIntegers = R"(#pragma once
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef int64_t intptr_t;
typedef uint64_t uintptr_t;
namespace std {
using ::int8_t; using ::int16_t; using ::int32_t; using ::int64_t; using ::intptr_t;
using ::uint8_t; using ::uint16_t; using ::uint32_t; using ::uint64_t; using ::uintptr_t;
}
#define INT8_MIN (-128)
#define INT8_MAX 127
#define UINT8_MAX 255
#define INT16_MIN (-32768)
#define INT16_MAX 32767
#define UINT16_MAX 65535
#define INT32_MIN (-2147483647 - 1)
#define INT32_MAX 2147483647
#define UINT32_MAX 4294967295U
#define INT64_MIN (-9223372036854775807LL - 1)
#define INT64_MAX 9223372036854775807LL
#define UINT64_MAX 18446744073709551615ULL
)";

constexpr std::string_view kLimits = R"(#pragma once
#define CHAR_BIT 8
#define SCHAR_MIN (-128)
#define SCHAR_MAX 127
#define UCHAR_MAX 255
#define CHAR_MIN SCHAR_MIN
#define CHAR_MAX SCHAR_MAX
#define SHRT_MIN (-32768)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define INT_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define UINT_MAX 4294967295U
#define LONG_MIN (-9223372036854775807L - 1)
#define LONG_MAX 9223372036854775807L
#define ULONG_MAX 18446744073709551615UL
#define LLONG_MIN (-9223372036854775807LL - 1)
#define LLONG_MAX 9223372036854775807LL
#define ULLONG_MAX 18446744073709551615ULL
)";

constexpr std::string_view kFloats = R"(#pragma once
#define FLT_DIG 6
#define FLT_MANT_DIG 24
#define FLT_EPSILON 1.19209290e-7F
#define FLT_MIN 1.17549435e-38F
#define FLT_MAX 3.40282347e+38F
#define DBL_DIG 15
#define DBL_MANT_DIG 53
#define DBL_EPSILON 2.2204460492503131e-16
#define DBL_MIN 2.2250738585072014e-308
#define DBL_MAX 1.7976931348623157e+308
)";

constexpr std::string_view kMaths = R"(#pragma once
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#define M_2_SQRTPI 1.12837916709551257390
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#endif
#ifndef NAN
#define NAN __int_as_float(0x7fc00000)
#endif
#ifndef HUGE_VALF
#define HUGE_VALF INFINITY
#endif
#ifndef HUGE_VAL
#define HUGE_VAL ((double)INFINITY)
#endif
namespace std {
using ::abs; using ::fabs; using ::sqrt; using ::exp; using ::log; using ::pow; using ::sin; using ::cos; using ::tan;
using ::tanh; using ::floor; using ::ceil; using ::round; using ::fmod; using ::fma; using ::isnan; using ::isinf;
}
)";

constexpr std::string_view kAlgorithms = R"(#pragma once
namespace std {
template <class T> __host__ __device__ constexpr const T& min(const T& a, const T& b) { return b < a ? b : a; }
template <class T> __host__ __device__ constexpr const T& max(const T& a, const T& b) { return a < b ? b : a; }
template <class T> __host__ __device__ constexpr void swap(T& a, T& b) { T c = a; a = b; b = c; }
}
)";

constexpr std::string_view kTypeTraits = R"(#pragma once
namespace std {
template <class T, T v> struct integral_constant {
  static constexpr T value = v;
  typedef T value_type;
  __host__ __device__ constexpr operator T() const { return v; }
};
typedef integral_constant<bool, true> true_type;
typedef integral_constant<bool, false> false_type;
template <bool, class T = void> struct enable_if {};
template <class T> struct enable_if<true, T> { typedef T type; };
template <bool b, class T = void> using enable_if_t = typename enable_if<b, T>::type;
template <bool, class T, class> struct conditional { typedef T type; };
template <class T, class F> struct conditional<false, T, F> { typedef F type; };
template <bool b, class T, class F> using conditional_t = typename conditional<b, T, F>::type;
template <class, class> struct is_same : false_type {};
template <class T> struct is_same<T, T> : true_type {};
template <class T, class U> constexpr bool is_same_v = is_same<T, U>::value;
template <class T> struct remove_const { typedef T type; };
template <class T> struct remove_const<const T> { typedef T type; };
template <class T> using remove_const_t = typename remove_const<T>::type;
template <class T> struct remove_cv { typedef T type; };
template <class T> struct remove_cv<const T> { typedef T type; };
template <class T> struct remove_cv<volatile T> { typedef T type; };
template <class T> struct remove_cv<const volatile T> { typedef T type; };
template <class T> using remove_cv_t = typename remove_cv<T>::type;
template <class T> struct remove_reference { typedef T type; };
template <class T> struct remove_reference<T&> { typedef T type; };
template <class T> struct remove_reference<T&&> { typedef T type; };
template <class T> using remove_reference_t = typename remove_reference<T>::type;
template <class T> using decay_t = remove_cv_t<remove_reference_t<T>>;
template <class T> T&& declval() noexcept;
namespace warpscope_detail {
template <class T> struct is_integral : false_type {};
template <> struct is_integral<bool> : true_type {};
template <> struct is_integral<char> : true_type {};
template <> struct is_integral<signed char> : true_type {};
template <> struct is_integral<unsigned char> : true_type {};
template <> struct is_integral<short> : true_type {};
template <> struct is_integral<unsigned short> : true_type {};
template <> struct is_integral<int> : true_type {};
template <> struct is_integral<unsigned int> : true_type {};
template <> struct is_integral<long> : true_type {};
template <> struct is_integral<unsigned long> : true_type {};
template <> struct is_integral<long long> : true_type {};
template <> struct is_integral<unsigned long long> : true_type {};
template <class T> struct is_floating_point : false_type {};
template <> struct is_floating_point<float> : true_type {};
template <> struct is_floating_point<double> : true_type {};
template <class T, bool = is_integral<T>::value> struct is_unsigned : integral_constant<bool, (T(0) < T(-1))> {};
template <class T> struct is_unsigned<T, false> : false_type {};
}
template <class T> struct is_integral : warpscope_detail::is_integral<remove_cv_t<T>> {};
template <class T> struct is_floating_point : warpscope_detail::is_floating_point<remove_cv_t<T>> {};
template <class T> struct is_unsigned : warpscope_detail::is_unsigned<remove_cv_t<T>> {};
template <class T> struct is_signed
    : integral_constant<bool, is_floating_point<T>::value || (is_integral<T>::value && !is_unsigned<T>::value)> {};
template <class T> constexpr bool is_integral_v = is_integral<T>::value;
template <class T> constexpr bool is_floating_point_v = is_floating_point<T>::value;
template <class T> constexpr bool is_unsigned_v = is_unsigned<T>::value;
template <class T> constexpr bool is_signed_v = is_signed<T>::value;
}
)";

// NVRTC has std::move and std::forward.
constexpr std::string_view kUtilities = R"(#pragma once
#include <type_traits>
#include <algorithm>
)";

constexpr std::string_view kNumericLimits = R"(#pragma once
#include <climits>
#include <cfloat>
#include <cmath>
namespace std {
template <class T> struct numeric_limits { static constexpr bool is_specialized = false; };
#define WARPSCOPE_LIMITS(T, MIN, LOWEST, MAX, INTEGER, SIGNED, DIGITS)                       \
  template <> struct numeric_limits<T> {                                                     \
    static constexpr bool is_specialized = true, is_integer = INTEGER, is_signed = SIGNED;   \
    static constexpr bool has_infinity = !INTEGER;                                           \
    static constexpr int digits = DIGITS;                                                    \
    static __host__ __device__ constexpr T min() { return MIN; }                             \
    static __host__ __device__ constexpr T lowest() { return LOWEST; }                       \
    static __host__ __device__ constexpr T max() { return MAX; }
#define WARPSCOPE_INTEGER(T, MIN, MAX, SIGNED) \
  WARPSCOPE_LIMITS(T, MIN, MIN, MAX, true, SIGNED, int(sizeof(T) * 8 - SIGNED)) };
WARPSCOPE_INTEGER(char, CHAR_MIN, CHAR_MAX, true)
WARPSCOPE_INTEGER(signed char, SCHAR_MIN, SCHAR_MAX, true)
WARPSCOPE_INTEGER(unsigned char, 0, UCHAR_MAX, false)
WARPSCOPE_INTEGER(short, SHRT_MIN, SHRT_MAX, true)
WARPSCOPE_INTEGER(unsigned short, 0, USHRT_MAX, false)
WARPSCOPE_INTEGER(int, INT_MIN, INT_MAX, true)
WARPSCOPE_INTEGER(unsigned int, 0, UINT_MAX, false)
WARPSCOPE_INTEGER(long, LONG_MIN, LONG_MAX, true)
WARPSCOPE_INTEGER(unsigned long, 0, ULONG_MAX, false)
WARPSCOPE_INTEGER(long long, LLONG_MIN, LLONG_MAX, true)
WARPSCOPE_INTEGER(unsigned long long, 0, ULLONG_MAX, false)
WARPSCOPE_LIMITS(float, FLT_MIN, -FLT_MAX, FLT_MAX, false, true, 24)
  static __host__ __device__ constexpr float epsilon() { return FLT_EPSILON; }
  static __host__ __device__ float infinity() { return INFINITY; }
  static __host__ __device__ float quiet_NaN() { return NAN; }
};
WARPSCOPE_LIMITS(double, DBL_MIN, -DBL_MAX, DBL_MAX, false, true, 53)
  static __host__ __device__ constexpr double epsilon() { return DBL_EPSILON; }
  static __host__ __device__ double infinity() { return INFINITY; }
  static __host__ __device__ double quiet_NaN() { return NAN; }
};
#undef WARPSCOPE_INTEGER
#undef WARPSCOPE_LIMITS
}
)";

constexpr std::string_view kFunctional = R"(#pragma once
namespace std {
template <class A, class R> struct unary_function { typedef A argument_type; typedef R result_type; };
template <class A, class B, class R> struct binary_function {
  typedef A first_argument_type; typedef B second_argument_type; typedef R result_type;
};
}
)";

constexpr std::string_view kStdlib = R"(#pragma once
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 2147483647
)";

// Of CUB, what runs inside a kernel.
constexpr std::string_view kCub = R"(#pragma once
#include <cub/block/block_exchange.cuh>
#include <cub/block/block_histogram.cuh>
#include <cub/block/block_load.cuh>
#include <cub/block/block_radix_sort.cuh>
#include <cub/block/block_reduce.cuh>
#include <cub/block/block_scan.cuh>
#include <cub/block/block_store.cuh>
#include <cub/warp/warp_reduce.cuh>
#include <cub/warp/warp_scan.cuh>
)";

struct StandIn {
  std::string_view name, text;
};

constexpr StandIn kHeaders[] = {
    {kPreludeName, kPrelude},     {"stdint.h", kIntegers}, {"cstdint", kIntegers},     {"inttypes.h", kIntegers},
    {"cinttypes", kIntegers},     {"limits.h", kLimits},   {"climits", kLimits},       {"float.h", kFloats},
    {"cfloat", kFloats},          {"math.h", kMaths},      {"cmath", kMaths},          {"algorithm", kAlgorithms},
    {"type_traits", kTypeTraits}, {"utility", kUtilities}, {"limits", kNumericLimits}, {"functional", kFunctional},
    {"stdlib.h", kStdlib},        {"cstdlib", kStdlib},    {"cub/cub.cuh", kCub},
};

// Of these device code needs nothing, or what NVRTC brings.
constexpr std::string_view kEmpty[] = {"assert.h",
                                       "ctype.h",
                                       "errno.h",
                                       "fcntl.h",
                                       "malloc.h",
                                       "memory.h",
                                       "omp.h",
                                       "pthread.h",
                                       "signal.h",
                                       "stdarg.h",
                                       "stdbool.h",
                                       "stddef.h",
                                       "stdio.h",
                                       "string.h",
                                       "strings.h",
                                       "sys/stat.h",
                                       "sys/time.h",
                                       "sys/types.h",
                                       "time.h",
                                       "unistd.h",
                                       "windows.h",
                                       "array",
                                       "atomic",
                                       "bitset",
                                       "cassert",
                                       "cctype",
                                       "cerrno",
                                       "chrono",
                                       "complex",
                                       "condition_variable",
                                       "csignal",
                                       "cstdarg",
                                       "cstddef",
                                       "cstdio",
                                       "cstring",
                                       "ctime",
                                       "deque",
                                       "exception",
                                       "filesystem",
                                       "forward_list",
                                       "fstream",
                                       "future",
                                       "initializer_list",
                                       "iomanip",
                                       "ios",
                                       "iosfwd",
                                       "iostream",
                                       "istream",
                                       "iterator",
                                       "list",
                                       "locale",
                                       "map",
                                       "memory",
                                       "mutex",
                                       "new",
                                       "numeric",
                                       "optional",
                                       "ostream",
                                       "queue",
                                       "random",
                                       "ratio",
                                       "regex",
                                       "set",
                                       "span",
                                       "sstream",
                                       "stack",
                                       "stdexcept",
                                       "streambuf",
                                       "string",
                                       "string_view",
                                       "system_error",
                                       "thread",
                                       "tuple",
                                       "typeindex",
                                       "typeinfo",
                                       "unordered_map",
                                       "unordered_set",
                                       "valarray",
                                       "variant",
                                       "vector",
                                       "cuda.h",
                                       "cudaProfiler.h",
                                       "cuda_profiler_api.h",
                                       "nvrtc.h",
                                       "nvToolsExt.h",
                                       "cuda_gl_interop.h"};

constexpr std::string_view kHostLibraries[] = {"thrust/", "cublas",   "cufft",  "cusparse",   "cusolver", "curand.h",
                                               "cudnn",   "nccl",     "nvtx3/", "npp",        "GL/",      "GLFW/",
                                               "boost/",  "opencv2/", "mpi.h",  "cub/device/"};

}  // namespace

std::optional<std::string_view> stand_in_header(std::string_view include) {
  for (const StandIn& each : kHeaders) {
    if (each.name == include) return each.text;
  }
  if (std::find(std::begin(kEmpty), std::end(kEmpty), include) != std::end(kEmpty)) return std::string_view();
  return {};
}

bool is_host_library(std::string_view include) {
  const auto begins = [&](std::string_view start) { return include.starts_with(start); };
  return std::any_of(std::begin(kHostLibraries), std::end(kHostLibraries), begins);
}

}  // namespace warpscope::cuda
