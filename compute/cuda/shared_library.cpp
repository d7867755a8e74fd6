#include "compute/cuda/shared_library.h"

#include <dlfcn.h>

#include <cstdlib>

namespace warpscope::cuda {

base::Result<SharedLibrary> SharedLibrary::open(const char* variable, const char* name) {
  const char* named = std::getenv(variable);
  const std::string file = named != nullptr && *named != '\0' ? named : name;
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* why = dlerror();
    return base::fail(why != nullptr ? why : file + " cannot be opened");
  }
  return SharedLibrary(handle, file);
}

void* SharedLibrary::find(const char* symbol) const {
  return dlsym(handle_, symbol);
}

}  // namespace warpscope::cuda
