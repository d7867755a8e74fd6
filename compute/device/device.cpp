#include "compute/device/device.h"

#include <fmt/format.h>

#include <map>

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

base::Result<FoundKernel> check_request(std::span<const ptx::Module* const> modules, const LaunchRequest& request) {
  FoundKernel found;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < modules.size() && found.function == nullptr; ++i) {
    const ptx::Function* function = modules[i]->find_function(request.kernel);
    if (function != nullptr && function->is_entry) found = {function, i};
    for (std::string& name : kernels_of(*modules[i])) names.push_back(std::move(name));
  }
  if (found.function == nullptr) {
    return base::fail(fmt::format("there is no kernel '{}'; {}", request.kernel, known_names(names)));
  }
  const std::vector<ptx::Variable>& parameters = found.function->parameters;
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
  return found;
}

base::Result<FoundVariable> check_symbol(std::span<const ptx::Module* const> modules, std::string_view name,
                                         std::size_t bytes) {
  std::vector<std::string> names;
  FoundVariable found;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    for (const ptx::Variable& v : modules[i]->variables) {
      if (v.space != ptx::Space::kConst && v.space != ptx::Space::kGlobal) continue;
      names.push_back(v.name);
      if (v.name == name && found.variable == nullptr) found = {&v, i};
    }
  }
  if (found.variable == nullptr) {
    return base::fail(fmt::format("there is no .const or .global variable '{}'; {}", name, known_names(names)));
  }
  if (bytes > found.variable->size_bytes) {
    return base::fail(fmt::format("'{}' has {} bytes, {} were given", name, found.variable->size_bytes, bytes));
  }
  return found;
}

base::Result<void> check_names(std::span<const std::shared_ptr<const ptx::Module>> modules) {
  std::map<std::string, std::string> file_of;
  for (const auto& module : modules) {
    for (const std::string& kernel : kernels_of(*module)) {
      const auto [other, fresh] = file_of.emplace(kernel, module->file);
      if (fresh) continue;
      return base::fail(
          fmt::format("the kernel '{}' is in {} and in {}: loaded together, nobody could tell which is meant", kernel,
                      other->second, module->file));
    }
  }
  return {};
}

}  // namespace warpscope::device
