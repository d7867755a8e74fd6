// Which instances of kernel templates host code asks for.
#include "compute/cuda/instances.h"

#include <gmock/gmock.h>

namespace warpscope::cuda {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Instances instances_of(std::string_view text) {
  return find_instances(separate_host_code(text, {}).functions);
}

constexpr std::string_view kKernel = "template <class T, int N> __global__ void k(const T* in, T* out, T add) {}\n";

std::vector<std::string> with_kernel(const std::string& host) {
  return instances_of(std::string(kKernel) + host).names;
}

TEST(Instances, WrittenArgumentsAreTaken) {
  EXPECT_THAT(with_kernel("int main() { k<float, 256><<<1, 2>>>(a, b, 1); k<unsigned int,3> <<<g, b>>>(a, b, 1); }"),
              ElementsAre("k<float, 256>", "k<unsigned int, 3>"));
  EXPECT_THAT(with_kernel("int main() { cudaFuncSetAttribute(k<double, 1>, attribute, 3); }"),
              ElementsAre("k<double, 1>"));
}

TEST(Instances, LocalConstantsAndAliasesAreReplaced) {
  EXPECT_THAT(with_kernel("void f() { const int n = 16, m = 2 * n; using real = double; typedef float single;\n"
                          "  k<real, m><<<1, 1>>>(0, 0, 0); k<single, n><<<1, 1>>>(0, 0, 0); }"),
              ElementsAre("k<double, 2*16>", "k<float, 16>"));
}

TEST(Instances, ParametersOfHostTemplatesAreFollowed) {
  EXPECT_THAT(with_kernel("template <class U, int S> void run(U* p) { k<U, S><<<1, 1>>>(p, p, U()); }\n"
                          "template <class V> void both(V* p) { run<V, 1>(p); run<V, 2>(p); }\n"
                          "int main() { both<float>(0); both<int2>(0); }"),
              ElementsAre("k<float, 1>", "k<float, 2>", "k<int2, 1>", "k<int2, 2>"));
  EXPECT_THAT(with_kernel("template <class U> void run(U* p) { k<U, 4><<<1, 1>>>(p, p, U()); }\n"
                          "template void run<short>(short*);\nint main() { long* q; run(q); }"),
              ElementsAre("k<short, 4>", "k<long, 4>"));
}

TEST(Instances, TypesAreDeducedFromWhatIsPassed) {
  constexpr std::string_view kFill =
      "template <class T, class Op = int> __global__ void fill(T* data, T value, Op op) {}";
  const auto deduced = [&](const std::string& host) { return instances_of(std::string(kFill) + host).names; };
  EXPECT_THAT(deduced("void f(const float* p) { fill<<<1, 2>>>(p, 1, Plus()); }"), ElementsAre("fill<float, Plus>"));
  EXPECT_THAT(deduced("void f() { double *a = 0, *b; int** c; fill<<<1, f(2, 3)>>>(b + 3, 1, my::Op{}); fill<<<1, "
                      "1>>>(c, 0, 1); }"),
              ElementsAre("fill<double, my::Op>", "fill<int*, int>"));
  EXPECT_THAT(deduced("void f() { thrust::device_vector<float> v(3); fill<<<1, "
                      "1>>>(thrust::raw_pointer_cast(v.data()), 2.f, 3u); }"),
              ElementsAre("fill<float, unsigned int>"));
  EXPECT_THAT(deduced("void f() { fill<<<1, 1>>>((unsigned char*)p, 0, g); }"), ElementsAre("fill<unsigned char>"));
}

TEST(Instances, WhatCannotBeToldIsNamed) {
  const Instances none = instances_of(std::string(kKernel) + "int main() { k<<<1, 1>>>(a, b, c); }");
  EXPECT_THAT(none.names, IsEmpty());
  EXPECT_THAT(none.unresolved, ElementsAre("k"));
}

TEST(Instances, NamespacesAreWrittenOut) {
  EXPECT_THAT(instances_of("namespace a { namespace b { template <int N> __global__ void k() {} }\n"
                           "void f() { b::k<1><<<1, 1>>>(); } }\nvoid g() { using namespace a::b; k<2><<<1, 1>>>(); }")
                  .names,
              ElementsAre("a::b::k<1>", "a::b::k<2>"));
}

TEST(Instances, FunctionsThatCallThemselvesEnd) {
  EXPECT_THAT(with_kernel("template <int N> void f() { k<int, N><<<1, 1>>>(0, 0, 0); g<N>(); }\n"
                          "template <int N> void g() { f<N>(); }\nint main() { f<3>(); }"),
              ElementsAre("k<int, 3>"));
}

}  // namespace
}  // namespace warpscope::cuda
