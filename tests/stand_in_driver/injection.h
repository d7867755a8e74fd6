// tests/stand_in_driver/injection.h: what the stand-in driver pretends, as a control file says. Test code.
// $WARPSCOPE_STAND_IN names the file; without it one healthy GPU is there. It is read again whenever it changes, so
// that a test can pull the GPU away from a running program. A line without its newline is not finished yet and not
// read; one that is not understood ends the program with a message, because a test must not run without what it asked
// for.
//   # a comment
//   gpus 2                                  how many there are (1); 0: none
//   name 1 NVIDIA GeForce RTX 4090          of a GPU by its number
//   driver 11040                            the CUDA version of the driver (12040)
//   capability 7.5                          compute capability (9.0)
//   ptx 7.0                                 the newest PTX the driver takes (99.9)
//   memory 64M                              bytes of a GPU, with K, M or G (8G); for contexts that begin afterwards
//   fail CALL CODE [after N] [times M]      the exported name; from its call N + 1 on, M times (for ever)
//   fault [CODE] [after N] [times M]        a launch ends as a fault of the kernel does (700), once
//   max_steps N                             warp instructions after which a launch is stopped, as by a watchdog
//   lost [CODE]                             every GPU is gone from now on (999)
//   gl 1 | none | refused                   which GPU drives OpenGL (0); none of them; or 304 from every call for GL
//   nvml none                               NVML finds no driver
#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warpscope::stand_in {

// A call that fails, counted from when its line appeared in the file.
struct Rule {
  std::string line;  // as written: what the counting belongs to
  std::string call;  // "cuMemAlloc_v2"; kernelFault: a launch
  int code = 0;
  std::uint64_t after = 0, times = ~0ULL;
};
inline constexpr std::string_view kKernelFault = "fault";

struct Settings {
  int gpus = 1;
  std::map<int, std::string> names;
  int driver = 12040;
  int capability = 90;  // major * 10 + minor
  int ptx = 999;        // likewise
  std::uint64_t memory_bytes = 8ULL << 30;
  std::uint64_t max_steps = ~0ULL;
  std::optional<int> lost;
  std::optional<int> gl_device = 0;  // empty: none of ours
  bool gl_refused = false;
  bool nvml = true;
  std::vector<Rule> rules;

  std::string name_of(int gpu) const;
};

// The text of a control file; `problem` says what is wrong with it and where.
struct ReadSettings {
  Settings settings;
  std::string problem;
};
ReadSettings read_settings(std::string_view text, std::string_view file_name);

// The settings as they are now. One thread at a time.
class Control {
 public:
  const Settings& settings();
  // Counts a call; a code where a rule says that it fails now.
  std::optional<int> injected(std::string_view call);

 private:
  void refresh();

  Settings settings_;
  std::string path_;  // of the file that settings_ are from
  struct timespec changed_ {};
  std::uint64_t inode_ = 0;
  std::int64_t size_ = -1;
  std::map<std::string, std::uint64_t> counts_;  // of calls, by Rule::line
};

}  // namespace warpscope::stand_in
