#include "compute/base/threads.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

namespace warpscope::base {

void name_this_thread(const char* name) {
  pthread_setname_np(pthread_self(), std::string(name).substr(0, 15).c_str());
}

void yield_to_interactive_threads() {
  // On Linux a nice value belongs to a thread, and threads started later inherit it. Nice 10 and not 19: with other
  // programs running, training should slow down, not starve. A refusal (EPERM in a sandbox) is harmless.
  const auto thread_id = static_cast<id_t>(syscall(SYS_gettid));
  (void)setpriority(PRIO_PROCESS, thread_id, 10);
}

}  // namespace warpscope::base
