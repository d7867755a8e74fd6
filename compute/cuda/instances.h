// cuda/instances.h: which instances of kernel templates the launches in host code ask for. Floor 2. Any thread.
// Once host code is taken out nothing instantiates a kernel template any more. Its launches are read instead:
// "reduce<T, 256><<<...>>>(d_in, d_out)", with T and local constants replaced by what the code around says, and
// arguments that are not written deduced from the declarations of what is passed.
#pragma once

#include <string>
#include <vector>

#include "compute/cuda/host_code.h"

namespace warpscope::cuda {

struct Instances {
  std::vector<std::string> names;       // "numbers::reduce<float, 256>", in order of their first launch
  std::vector<std::string> unresolved;  // kernel templates of which no launch could be read
};

Instances find_instances(const std::vector<FunctionText>& functions);

}  // namespace warpscope::cuda
