// Modules: PTX text made ready for the virtual GPU.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "compute/ptx/parser.h"
#include "tests/stand_in_driver/driver.h"
#include "tests/stand_in_driver/exports.h"

namespace warpscope::stand_in {
namespace {

// Where the caller wants to read what was wrong.
struct ErrorLog {
  char* buffer = nullptr;
  std::size_t size = 0;

  void say(const std::string& text) const {
    if (buffer == nullptr || size == 0) return;
    const std::size_t length = std::min(text.size(), size - 1);
    std::memcpy(buffer, text.data(), length);
    buffer[length] = 0;
  }
};

ErrorLog log_of(unsigned count, const cuda::CUjit_option* options, void* const* values) {
  ErrorLog log;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] == cuda::CUjit_option::kErrorLogBuffer) log.buffer = static_cast<char*>(values[i]);
    // A size travels as the pointer itself.
    if (options[i] == cuda::CUjit_option::kErrorLogBufferSizeBytes) log.size = reinterpret_cast<std::size_t>(values[i]);
  }
  log.say("");
  return log;
}

std::string all_of(const ptx::Errors& errors) {
  std::string text;
  for (const base::Error& error : errors) text += (text.empty() ? "" : "\n") + error.text();
  return text;
}

// "sm_90a" as 90.
int number_of(const std::string& text) {
  int number = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
  }
  return number;
}

CUresult check_age(const ptx::Module& module, const Settings& settings, const ErrorLog& log) {
  if (module.version_major * 10 + module.version_minor > settings.ptx) {
    log.say(fmt::format("ptxas fatal   : Unsupported .version {}.{}; current version is '{}.{}'", module.version_major,
                        module.version_minor, settings.ptx / 10, settings.ptx % 10));
    return CUresult::kUnsupportedPtxVersion;
  }
  if (number_of(module.target) > settings.capability) {
    log.say(fmt::format("ptxas fatal   : the module is for {}, the GPU is sm_{}", module.target, settings.capability));
    return CUresult::kNoBinaryForGpu;
  }
  return CUresult::kSuccess;
}

CUresult load(Context& context, cuda::CUmodule* handle, const char* image, const ErrorLog& log) {
  if (handle == nullptr || image == nullptr) return CUresult::kInvalidValue;
  if (std::strncmp(image,
                   "\x7f"
                   "ELF",
                   4) == 0) {
    return CUresult::kNoBinaryForGpu;  // a cubin is for another machine than this one
  }
  auto parsed = ptx::parse(image, "");
  if (!parsed) {
    log.say(all_of(parsed.error()));
    return CUresult::kInvalidPtx;
  }
  auto module = std::make_shared<const ptx::Module>(std::move(*parsed));
  const Settings& settings = Driver::instance().control.settings();
  if (const CUresult result = check_age(*module, settings, log); result != CUresult::kSuccess) return result;
  auto program = vgpu::Program::load(std::move(module), context.memory);
  if (!program) {
    log.say(all_of(program.error()));
    return CUresult::kInvalidPtx;
  }
  auto loaded = std::make_unique<Module>();
  loaded->program = std::move(*program);
  *handle = context.modules.add(std::move(loaded));
  return CUresult::kSuccess;
}

// Its variables; shared ones have no address of their own.
void free_variables(Context& context, const vgpu::Program& program) {
  for (std::size_t i = 0; i < program.module->variables.size(); ++i) {
    const ptx::Space space = program.module->variables[i].space;
    // One that was never allocated (an extern one) is none of ours: nothing happens.
    if (space == ptx::Space::kConst || space == ptx::Space::kGlobal) {
      (void)context.memory.free(program.variable_addresses[i]);
    }
  }
}

CUresult unload(Context& context, cuda::CUmodule handle) {
  const Module* module = context.modules.find(handle);
  if (module == nullptr) return CUresult::kInvalidHandle;
  free_variables(context, *module->program);
  std::vector<cuda::CUfunction> functions;
  for (const auto& [number, function] : context.functions) {
    if (function->module == handle) functions.push_back(reinterpret_cast<cuda::CUfunction>(number));
  }
  for (const cuda::CUfunction function : functions) context.functions.erase(function);
  context.modules.erase(handle);
  return CUresult::kSuccess;
}

CUresult find_function(Context& context, cuda::CUfunction* function, cuda::CUmodule handle, const char* name) {
  if (function == nullptr || name == nullptr) return CUresult::kInvalidValue;
  const Module* module = context.modules.find(handle);
  if (module == nullptr) return CUresult::kInvalidHandle;
  const int index = module->program->find_function(name);
  if (index < 0 || !module->program->module->functions[static_cast<std::size_t>(index)].is_entry) {
    return CUresult::kNotFound;
  }
  auto found = std::make_unique<Function>();
  found->program = module->program;
  found->module = handle;
  found->index = index;
  *function = context.functions.add(std::move(found));
  return CUresult::kSuccess;
}

CUresult find_variable(Context& context, cuda::CUdeviceptr* address, std::size_t* bytes, cuda::CUmodule handle,
                       std::string_view name) {
  const Module* module = context.modules.find(handle);
  if (module == nullptr) return CUresult::kInvalidHandle;
  const std::vector<ptx::Variable>& variables = module->program->module->variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const ptx::Space space = variables[i].space;
    if (variables[i].name != name || (space != ptx::Space::kConst && space != ptx::Space::kGlobal)) continue;
    if (address != nullptr) *address = module->program->variable_addresses[i];
    if (bytes != nullptr) *bytes = variables[i].size_bytes;
    return CUresult::kSuccess;
  }
  return CUresult::kNotFound;
}

CUresult function_attribute(const Function& function, cuda::CUfunction_attribute attribute, int& value) {
  using enum cuda::CUfunction_attribute;
  const vgpu::FunctionCode& code = function.program->functions[static_cast<std::size_t>(function.index)];
  const Settings& settings = Driver::instance().control.settings();
  const std::pair<cuda::CUfunction_attribute, int> known[] = {
      {kMaxThreadsPerBlock, 1024},
      {kSharedSizeBytes, static_cast<int>(code.static_shared_bytes)},
      {kConstSizeBytes, 0},
      {kLocalSizeBytes, static_cast<int>(code.local_bytes)},
      {kNumRegs, 32},
      {kPtxVersion, settings.capability},
      {kBinaryVersion, settings.capability},
      {kMaxDynamicSharedSizeBytes, function.max_dynamic_shared_bytes},
  };
  const auto* found = std::ranges::find(known, attribute, &std::pair<cuda::CUfunction_attribute, int>::first);
  if (found == std::end(known)) return CUresult::kInvalidValue;
  value = found->second;
  return CUresult::kSuccess;
}

}  // namespace
}  // namespace warpscope::stand_in

namespace warpscope::cuda {

using stand_in::Context;
using stand_in::context_call;
using stand_in::uncaptured_call;

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, CUjit_option* options, void** values) {
  return uncaptured_call(__func__, [&](Context& context) {
    return stand_in::load(context, module, static_cast<const char*>(image), stand_in::log_of(count, options, values));
  });
}

CUresult cuModuleUnload(CUmodule module) {
  return uncaptured_call(__func__, [&](Context& context) { return stand_in::unload(context, module); });
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  return context_call(__func__,
                      [&](Context& context) { return stand_in::find_function(context, function, module, name); });
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, std::size_t* bytes, CUmodule module, const char* name) {
  return context_call(__func__, [&](Context& context) {
    if (name == nullptr) return CUresult::kInvalidValue;
    return stand_in::find_variable(context, address, bytes, module, name);
  });
}

CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction function) {
  return context_call(__func__, [&](Context& context) {
    const stand_in::Function* found = context.functions.find(function);
    if (found == nullptr) return CUresult::kInvalidHandle;
    if (value == nullptr) return CUresult::kInvalidValue;
    return stand_in::function_attribute(*found, attribute, *value);
  });
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  return context_call(__func__, [&](Context& context) {
    stand_in::Function* found = context.functions.find(function);
    if (found == nullptr) return CUresult::kInvalidHandle;
    if (attribute != CUfunction_attribute::kMaxDynamicSharedSizeBytes) return CUresult::kInvalidValue;
    const vgpu::FunctionCode& code = found->program->functions[static_cast<std::size_t>(found->index)];
    if (value < 0 || static_cast<std::uint64_t>(value) + code.static_shared_bytes > 232'448) {
      return CUresult::kInvalidValue;
    }
    found->max_dynamic_shared_bytes = value;
    return CUresult::kSuccess;
  });
}

}  // namespace warpscope::cuda
