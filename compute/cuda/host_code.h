// cuda/host_code.h: takes out of a CUDA C++ text what only a host compiler can take. Floor 2. Any thread.
// NVRTC compiles device code alone, and most public files hold a main() too. What goes is written over with blanks, so
// that every line and column that is left stays where it was.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace warpscope::cuda {

struct TemplateParameter {
  std::string name;
  bool has_default = false;
};

// A function that was met: a kernel, or host code that was taken out. Bodies and parameters as they are written.
struct FunctionText {
  std::string name;  // with its namespaces: "numbers::reduce"
  bool kernel = false;
  std::vector<TemplateParameter> template_parameters;
  std::vector<std::string> parameters;  // "const T* input"
  std::string body;                     // "{ ... }", "" of a declaration
};

struct HostCode {
  std::string device_text;  // as long as the text that was read, and with the same line ends
  std::vector<FunctionText> functions;
};

// Names of macros that stand for __device__, __global__, constexpr and the like, added to those already known.
void add_device_macros(std::string_view text, std::set<std::string>& macros);

// Kept are directives, namespaces, types, aliases, constants, and what says __device__, __global__, __constant__,
// __shared__, __managed__ or constexpr. Of a class, member functions of the host go, and members and aliases of types
// that device code cannot have (std::vector, thrust::...).
HostCode separate_host_code(std::string_view text, const std::set<std::string>& device_macros);

}  // namespace warpscope::cuda
