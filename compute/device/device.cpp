#include "compute/device/device.h"

#include <fmt/format.h>

namespace warpscope::device {
namespace {

std::string known_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "there is none in this module" : fmt::format("there is: {}", text);
}

}  // namespace

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

base::Result<const ptx::Function*> check_request(const ptx::Module& module, const LaunchRequest& request) {
  const ptx::Function* function = module.find_function(request.kernel);
  if (function == nullptr || !function->is_entry) {
    return base::fail(fmt::format("there is no kernel '{}'; {}", request.kernel, known_names(kernels_of(module))));
  }
  const std::vector<ptx::Variable>& parameters = function->parameters;
  if (parameters.size() != request.arguments.size()) {
    return base::fail(fmt::format("'{}' takes {} arguments, {} were given", request.kernel, parameters.size(),
                                  request.arguments.size()));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (request.arguments[i].size() != parameters[i].size_bytes) {
      return base::fail(fmt::format("argument {} of '{}' has {} bytes, its parameter {} has {}", i, request.kernel,
                                    request.arguments[i].size(), parameters[i].name, parameters[i].size_bytes));
    }
  }
  return function;
}

base::Result<const ptx::Variable*> check_symbol(const ptx::Module* module, std::string_view name, std::size_t bytes) {
  std::vector<std::string> names;
  const ptx::Variable* found = nullptr;
  if (module != nullptr) {
    for (const ptx::Variable& v : module->variables) {
      if (v.space != ptx::Space::kConst && v.space != ptx::Space::kGlobal) continue;
      names.push_back(v.name);
      if (v.name == name) found = &v;
    }
  }
  if (found == nullptr) {
    return base::fail(fmt::format("there is no .const or .global variable '{}'; {}", name, known_names(names)));
  }
  if (bytes > found->size_bytes) {
    return base::fail(fmt::format("'{}' has {} bytes, {} were given", name, found->size_bytes, bytes));
  }
  return found;
}

}  // namespace warpscope::device
