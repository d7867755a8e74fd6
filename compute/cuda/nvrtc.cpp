// NVRTC, opened at run time. The few functions used are declared here as NVIDIA's nvrtc.h has them.
#include <dlfcn.h>
#include <fmt/format.h>

#include <memory>
#include <type_traits>

#include "compute/cuda/nvrtc.h"
#include "compute/cuda/results.h"
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
  Status (*add_name)(Program, const char*) = nullptr;
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
  get(add_name, "nvrtcAddNameExpression");
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

std::vector<std::string> arguments(const Nvrtc& nvrtc, const NvrtcProgram& program, const CompileOptions& options) {
  std::vector<std::string> all{"--gpu-architecture=" + options.architecture, "--std=c++17"};
  if (options.debug) all.emplace_back("--device-debug");
  if (!options.debug) all.emplace_back("--generate-line-info");
  all.insert(all.end(), program.options.begin(), program.options.end());
  all.insert(all.end(), options.more.begin(), options.more.end());
  if (!nvrtc.include.empty()) {
    all.push_back("--include-path=" + nvrtc.include.string());
    all.push_back("--include-path=" + (nvrtc.include / "cccl").string());
  }
  return all;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

}  // namespace

bool has_nvrtc() {
  return Nvrtc::find() != nullptr;
}

tl::unexpected<CompileError> no_nvrtc(const Source& source) {
  const std::string why =
      "CUDA C++ needs a compiler, and neither nvcc nor NVRTC (libnvrtc.so of the CUDA Toolkit 12 or newer) is on this "
      "machine; install one of them, or compile elsewhere with 'nvcc -ptx -lineinfo' and open the .ptx file";
  return tl::unexpected(CompileError{{why, {source.file.string()}}, {}, false, true});
}

std::string nvrtc_version() {
  int major = 0, minor = 0;
  if (const Nvrtc* nvrtc = Nvrtc::find()) nvrtc->version(&major, &minor);
  return fmt::format("NVRTC {}.{}", major, minor);
}

fs::path nvrtc_include_folder() {
  const Nvrtc* nvrtc = Nvrtc::find();
  return nvrtc == nullptr ? fs::path() : nvrtc->include;
}

NvrtcAnswer run_nvrtc(const NvrtcProgram& job, const CompileOptions& options) {
  const Nvrtc& nvrtc = *Nvrtc::find();
  std::vector<std::string> names, texts;
  for (const auto& [name, text] : job.headers) {
    names.push_back(name);
    texts.push_back(text);
  }
  Program program = nullptr;
  if (nvrtc.create(&program, job.text.c_str(), job.name.c_str(), static_cast<int>(names.size()),
                   pointers_to(texts).data(), pointers_to(names).data()) != 0) {
    return {{}, "NVRTC does not take this source"};
  }
  for (const std::string& instance : job.instances) nvrtc.add_name(program, instance.c_str());
  const std::vector<std::string> all = arguments(nvrtc, job, options);
  const Status status = nvrtc.compile(program, static_cast<int>(all.size()), pointers_to(all).data());
  NvrtcAnswer answer{{}, log_of(nvrtc, program)};
  std::size_t size = 0;
  if (status == 0 && nvrtc.ptx_size(program, &size) == 0 && size > 1) {
    answer.ptx.resize(size);
    nvrtc.ptx(program, answer.ptx.data());
    answer.ptx.resize(size - 1);
  }
  nvrtc.destroy(&program);
  if (answer.ptx.empty() && answer.log.empty()) answer.log = fmt::format("NVRTC failed ({})", status);
  return answer;
}

CompileResult compile_with_nvrtc(const Source& source, const CompileOptions& options) {
  if (!has_nvrtc()) return no_nvrtc(source);
  if (is_stopped(options)) return cancelled(source);
  const std::string name = source.file.string();
  NvrtcAnswer answer =
      run_nvrtc({name, source.text, {}, {}, {"--include-path=" + folder_of(source).string()}}, options);
  if (is_stopped(options)) return cancelled(source);
  auto diagnostics = parse_diagnostics(answer.log, name, source.text);
  if (answer.ptx.empty()) return failed(std::move(answer.log), std::move(diagnostics));
  return Compiled{std::move(answer.ptx), nvrtc_version(), std::move(answer.log), std::move(diagnostics)};
}

}  // namespace warpscope::cuda
