// session/step_source.h: the text that Step has open, from a file or from what ships, and what compilers make of it.
// Floor 5. The worker's thread; compiling blocks.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "compute/session/step_view.h"

namespace warpscope::session {

// A text with what is needed to see whether it changes on disk.
struct OpenedSource {
  std::shared_ptr<const StepSource> source;
  std::string on_disk;  // the file's text when it was read last
  std::filesystem::file_time_type written{};
};
// A shipped kernel by its name (its PTX where the source is not installed), or a person's .cu or .ptx file.
base::Result<OpenedSource> open_source(const std::string& shipped, const std::filesystem::path& file);
base::Result<std::string> read_whole_file(const std::filesystem::path& file);
// Whole or not at all; makes the folder where it is missing.
base::Result<void> write_whole_file(const std::filesystem::path& file, const std::string& text);

struct CompiledSource {
  std::shared_ptr<const ptx::Module> module;
  std::string compiler;  // "" where nothing was compiled
  double seconds = 0;
  std::vector<StepProblem> warnings;
};
// Shipped text that nobody changed needs no compiler.
tl::expected<CompiledSource, std::vector<StepProblem>> compile_source(const StepSource& source,
                                                                      const std::atomic<bool>* stop);

}  // namespace warpscope::session
