#include "compute/device/device.h"

namespace warpscope::device {

std::vector<std::string> kernels_of(const ptx::Module& module) {
  std::vector<std::string> names;
  for (const ptx::Function& function : module.functions) {
    if (function.is_entry && !function.is_declaration) names.push_back(function.name);
  }
  return names;
}

std::vector<Parameter> parameters_of(const ptx::Module& module, std::string_view kernel) {
  std::vector<Parameter> all;
  const ptx::Function* function = module.find_function(kernel);
  if (function == nullptr || !function->is_entry) return all;
  for (const ptx::Variable& parameter : function->parameters) all.push_back({parameter.name, parameter.size_bytes});
  return all;
}

}  // namespace warpscope::device
