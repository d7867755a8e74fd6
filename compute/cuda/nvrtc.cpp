// NVRTC, opened at run time. The few functions used are declared here as NVIDIA's nvrtc.h has them.
#include <dlfcn.h>
#include <fmt/format.h>

#include <memory>

#include "compute/cuda/compiler.h"
#include "compute/cuda/toolkit.h"

namespace warpscope::cuda {
namespace fs = std::filesystem;
namespace {

using Program = struct OpaqueProgram*;
using Status = int;  // 0: done

struct Nvrtc {
  Status (*version)(int*, int*) = nullptr;
  Status (*create)(Program*, const char*, const char*, int, const char* const*, const char* const*) = nullptr;
  Status (*destroy)(Program*) = nullptr;
  Status (*compile)(Program, int, const char* const*) = nullptr;
  Status (*ptx_size)(Program, std::size_t*) = nullptr;
  Status (*ptx)(Program, char*) = nullptr;
  Status (*log_size)(Program, std::size_t*) = nullptr;
  Status (*log)(Program, char*) = nullptr;
  fs::path include;  // the toolkit's headers; empty where the library stands alone

  // It stays open: its threads and caches live as long as the process.
  static const Nvrtc* find();

 private:
  bool open(const std::string& library);
};

bool Nvrtc::open(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return false;
  bool complete = true;
  const auto get = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    complete = complete && function != nullptr;
  };
  get(version, "nvrtcVersion");
  get(create, "nvrtcCreateProgram");
  get(destroy, "nvrtcDestroyProgram");
  get(compile, "nvrtcCompileProgram");
  get(ptx_size, "nvrtcGetPTXSize");
  get(ptx, "nvrtcGetPTX");
  get(log_size, "nvrtcGetProgramLogSize");
  get(log, "nvrtcGetProgramLog");
  return complete;
}

const Nvrtc* Nvrtc::find() {
  static const std::unique_ptr<const Nvrtc> found = []() -> std::unique_ptr<const Nvrtc> {
    auto nvrtc = std::make_unique<Nvrtc>();
    const std::vector<fs::path> folders = toolkit_folders();
    std::error_code ignored;
    for (const fs::path& folder : folders) {
      if (nvrtc->include.empty() && fs::exists(folder / "include/cuda_runtime.h", ignored))
        nvrtc->include = folder / "include";
    }
    constexpr const char* kNames[] = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};
    for (const char* name : kNames) {
      if (nvrtc->open(name)) return nvrtc;
    }
    for (const fs::path& folder : folders) {
      for (const char* place : {"lib64", "lib", "lib/x86_64-linux-gnu", "targets/x86_64-linux/lib"}) {
        for (const char* name : kNames) {
          if (nvrtc->open((folder / place / name).string())) return nvrtc;
        }
      }
    }
    return nullptr;
  }();
  return found.get();
}

std::string log_of(const Nvrtc& nvrtc, Program program) {
  std::size_t size = 0;
  if (nvrtc.log_size(program, &size) != 0 || size <= 1) return {};
  std::string text(size, '\0');
  nvrtc.log(program, text.data());
  text.resize(size - 1);
  return text;
}

std::vector<std::string> arguments(const Nvrtc& nvrtc, const CompileOptions& options) {
  std::vector<std::string> all{"--gpu-architecture=" + options.architecture, "--std=c++17"};
  if (options.debug) all.emplace_back("--device-debug");
  if (!options.debug) all.emplace_back("--generate-line-info");
  if (!nvrtc.include.empty()) all.push_back("--include-path=" + nvrtc.include.string());
  all.insert(all.end(), options.more.begin(), options.more.end());
  return all;
}

}  // namespace

base::Result<Compiled> compile_with_nvrtc(std::string_view source, const std::string& name,
                                          const CompileOptions& options) {
  const Nvrtc* nvrtc = Nvrtc::find();
  if (nvrtc == nullptr) {
    return base::fail(
        "CUDA C++ needs a compiler, and NVRTC (libnvrtc.so of the CUDA Toolkit 12 or newer) is not on this machine; "
        "install it, or compile elsewhere with 'nvcc -ptx -lineinfo' and open the .ptx file",
        {name});
  }
  Program program = nullptr;
  const std::string text(source);
  if (nvrtc->create(&program, text.c_str(), name.c_str(), 0, nullptr, nullptr) != 0) {
    return base::fail("NVRTC does not take this source", {name});
  }
  const std::vector<std::string> all = arguments(*nvrtc, options);
  std::vector<const char*> pointers;
  for (const std::string& argument : all) pointers.push_back(argument.c_str());
  const Status status = nvrtc->compile(program, static_cast<int>(pointers.size()), pointers.data());
  Compiled result;
  result.log = log_of(*nvrtc, program);
  std::size_t size = 0;
  if (status == 0 && nvrtc->ptx_size(program, &size) == 0 && size > 1) {
    result.ptx.resize(size);
    nvrtc->ptx(program, result.ptx.data());
    result.ptx.resize(size - 1);
  }
  nvrtc->destroy(&program);
  if (result.ptx.empty()) return base::fail(result.log.empty() ? fmt::format("NVRTC failed ({})", status) : result.log);
  int major = 0, minor = 0;
  nvrtc->version(&major, &minor);
  result.compiler = fmt::format("NVRTC {}.{}", major, minor);
  return result;
}

}  // namespace warpscope::cuda
