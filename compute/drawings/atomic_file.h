// drawings/atomic_file.h: files that are there whole or not at all. Floor 1. Pure functions, any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "compute/base/error.h"

namespace warpscope::drawings {

// Writes a temporary beside `path`, flushes it to the disk and renames it, so that neither a crash nor a power cut
// leaves half a file; what `path` held before stays until then. Errors name the file and what the system said.
base::Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// The same without waiting for the disk: after a crash of the program the file is whole or not there, after a power cut
// only once flush_file_system() has returned. For many files at once, which would otherwise wait for the disk each.
base::Result<void> write_file_without_flush(const std::filesystem::path& path, std::string_view bytes);
base::Result<void> flush_file_system(const std::filesystem::path& folder);

// The whole file. Refuses more than `max_bytes` instead of filling the memory.
base::Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace warpscope::drawings
