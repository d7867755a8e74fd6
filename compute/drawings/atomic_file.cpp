#include "compute/drawings/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace warpscope::drawings {
namespace fs = std::filesystem;
namespace {

// An open file that is closed, and a temporary that is removed unless it was kept.
class Temporary {
 public:
  explicit Temporary(const fs::path& beside) {
    constexpr int kMostTries = 1000;  // names of temporaries that a crash has left
    for (int n = 0; n < kMostTries; ++n) {
      name_ = fmt::format("{}.{}-{}.tmp", beside.string(), ::getpid(), n);
      descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ >= 0 || errno != EEXIST) return;
    }
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!kept_) ::unlink(name_.c_str());
  }

  bool is_open() const { return descriptor_ >= 0; }

  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  bool flush() const { return ::fsync(descriptor_) == 0; }

  bool keep_as(const fs::path& path) {
    kept_ = ::rename(name_.c_str(), path.c_str()) == 0;
    return kept_;
  }

 private:
  std::string name_;
  int descriptor_ = -1;
  bool kept_ = false;
};

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// The new name is durable only once the folder itself was flushed. Some file systems cannot; the file is whole anyway.
void flush_folder_of(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

tl::unexpected<base::Error> cannot(const char* what, const fs::path& path, int error) {
  const char* advice = error == ENOSPC || error == EDQUOT || error == EFBIG  ? "; free some space and try again"
                       : error == EACCES || error == EROFS || error == EPERM ? "; choose a folder that you may write to"
                       : error == ENOENT || error == ENOTDIR                 ? "; the folder must exist"
                                                                             : "";
  return base::fail(fmt::format("cannot {} this file: {}{}", what, std::generic_category().message(error), advice),
                    {path.string()});
}

}  // namespace

base::Result<void> write_file_atomically(const fs::path& path, std::string_view bytes) {
  if (is_folder(path)) return base::fail("this is a folder; a file name is needed", {path.string()});
  Temporary temporary(path);
  if (!temporary.is_open() || !temporary.write(bytes) || !temporary.flush() || !temporary.keep_as(path)) {
    return cannot("write", path, errno);
  }
  flush_folder_of(path);
  return {};
}

base::Result<void> write_file_without_flush(const fs::path& path, std::string_view bytes) {
  if (is_folder(path)) return base::fail("this is a folder; a file name is needed", {path.string()});
  Temporary temporary(path);
  if (!temporary.is_open() || !temporary.write(bytes) || !temporary.keep_as(path)) return cannot("write", path, errno);
  return {};
}

base::Result<void> flush_file_system(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = descriptor >= 0 && ::syncfs(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!flushed) return cannot("flush to the disk", folder, error);
  return {};
}

base::Result<std::string> read_whole_file(const fs::path& path, std::size_t max_bytes) {
  if (is_folder(path)) return base::fail("this is a folder; a file is needed", {path.string()});
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return cannot("read", path, errno);
  std::string bytes;
  std::string chunk(std::size_t{1} << 16, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || file.gcount() > 0) {
    bytes.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > max_bytes) {
      return base::fail(fmt::format("this file is larger than the {} bytes that are read at most", max_bytes),
                        {path.string()});
    }
  }
  if (file.bad()) return cannot("read", path, errno);
  return bytes;
}

}  // namespace warpscope::drawings
