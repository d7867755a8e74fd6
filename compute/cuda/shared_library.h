// cuda/shared_library.h: a library opened at run time. Floor 2. Any thread.
#pragma once

#include <memory>
#include <string>

#include "compute/base/error.h"

namespace warpscope::cuda {

class SharedLibrary {
 public:
  // The file that the environment variable `variable` names, else `name` as the system finds it. It is never unloaded
  // again: a driver keeps threads of its own.
  static base::Result<SharedLibrary> open(const char* variable, const char* name);

  const std::string& file() const { return file_; }
  // Null where the library does not export it.
  void* find(const char* symbol) const;

 private:
  SharedLibrary(void* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  void* handle_;
  std::string file_;
};

}  // namespace warpscope::cuda
