#include "tests/stand_in_driver/injection.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace warpscope::stand_in {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool read_number(const std::string& word, std::uint64_t& number) {
  char* end = nullptr;
  number = std::strtoull(word.c_str(), &end, 10);
  return !word.empty() && word[0] >= '0' && word[0] <= '9' && *end == 0;
}

bool read_small(const std::string& word, int& number) {
  std::uint64_t value = 0;
  if (!read_number(word, value) || value > 1'000'000) return false;
  number = static_cast<int>(value);
  return true;
}

// "7.5" as 75.
bool read_version(const std::string& word, int& version) {
  const std::size_t dot = word.find('.');
  int major = 0, minor = 0;
  if (dot == std::string::npos || !read_small(word.substr(0, dot), major) || !read_small(word.substr(dot + 1), minor)) {
    return false;
  }
  version = major * 10 + minor;
  return true;
}

bool read_bytes(const std::string& word, std::uint64_t& bytes) {
  if (word.empty()) return false;
  const std::size_t unit = std::string_view("KMG").find(word.back());
  if (unit == std::string_view::npos) return read_number(word, bytes);
  if (!read_number(word.substr(0, word.size() - 1), bytes)) return false;
  bytes <<= 10 * (unit + 1);
  return true;
}

// "[CODE] [after N] [times M]", from words[next] on.
bool read_rule(const Words& words, std::size_t next, Rule& rule) {
  if (next < words.size() && words[next] != "after" && words[next] != "times") {
    if (!read_small(words[next++], rule.code)) return false;
  }
  for (; next + 1 < words.size(); next += 2) {
    if (words[next] != "after" && words[next] != "times") return false;
    if (!read_number(words[next + 1], words[next] == "after" ? rule.after : rule.times)) return false;
  }
  return next == words.size();
}

bool read_gl(const Words& words, Settings& settings) {
  settings.gl_refused = words[1] == "refused";
  settings.gl_device.reset();
  if (settings.gl_refused || words[1] == "none") return true;
  int device = 0;
  const bool understood = read_small(words[1], device);
  settings.gl_device = device;
  return understood;
}

bool read_name(const std::string& line, const Words& words, Settings& settings) {
  int gpu = 0;
  if (words.size() < 3 || !read_small(words[1], gpu)) return false;
  settings.names[gpu] = line.substr(line.find(words[2], line.find(words[1]) + words[1].size()));
  return true;
}

bool read_fail(const std::string& line, const Words& words, Settings& settings) {
  const bool fault = words[0] == kKernelFault;
  Rule rule{line, fault || words.size() < 2 ? std::string(kKernelFault) : words[1], fault ? 700 : 0, 0,
            fault ? 1 : ~0ULL};
  if (!read_rule(words, fault ? 1 : 2, rule) || rule.code == 0) return false;
  settings.rules.push_back(std::move(rule));
  return true;
}

bool read_line(const std::string& line, Settings& settings) {
  const Words words = words_of(line);
  if (words.empty() || words[0].starts_with('#')) return true;
  const std::string& key = words[0];
  if (key == "name") return read_name(line, words, settings);
  if (key == "fail" || key == kKernelFault) return read_fail(line, words, settings);
  if (key == "lost") {
    int code = 999;
    const bool understood = words.size() == 1 || (words.size() == 2 && read_small(words[1], code));
    settings.lost = code;
    return understood;
  }
  if (words.size() != 2) return false;
  if (key == "gpus") return read_small(words[1], settings.gpus);
  if (key == "driver") return read_small(words[1], settings.driver);
  if (key == "capability") return read_version(words[1], settings.capability);
  if (key == "ptx") return read_version(words[1], settings.ptx);
  if (key == "memory") return read_bytes(words[1], settings.memory_bytes);
  if (key == "max_steps") return read_number(words[1], settings.max_steps);
  if (key == "gl") return read_gl(words, settings);
  settings.nvml = false;
  return key == "nvml" && words[1] == "none";
}

}  // namespace

std::string Settings::name_of(int gpu) const {
  const auto found = names.find(gpu);
  return found != names.end() ? found->second : fmt::format("Stand-in GPU {}", gpu);
}

ReadSettings read_settings(std::string_view text, std::string_view file_name) {
  ReadSettings read;
  int number = 0;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string_view::npos; begin = end + 1) {
    ++number;
    const std::string line(text.substr(begin, end - begin));
    if (read_line(line, read.settings)) continue;
    read.problem = fmt::format("{}:{}: '{}' is not understood; tests/stand_in_driver/injection.h lists what is",
                               file_name, number, line);
    break;
  }
  return read;
}

const Settings& Control::settings() {
  refresh();
  return settings_;
}

std::optional<int> Control::injected(std::string_view call) {
  refresh();
  std::optional<int> code;
  for (const Rule& rule : settings_.rules) {
    if (rule.call != call) continue;
    const std::uint64_t count = counts_[rule.line]++;
    if (count >= rule.after && count - rule.after < rule.times && !code) code = rule.code;
  }
  return code;
}

void Control::refresh() {
  const char* path = std::getenv("WARPSCOPE_STAND_IN");
  if (path == nullptr || *path == 0) {
    if (!path_.empty()) *this = Control();
    return;
  }
  struct stat status {};
  if (stat(path, &status) != 0) {
    std::fprintf(stderr, "stand-in driver: $WARPSCOPE_STAND_IN names no file: %s\n", path);
    std::abort();
  }
  if (path == path_ && status.st_mtim.tv_sec == changed_.tv_sec && status.st_mtim.tv_nsec == changed_.tv_nsec &&
      status.st_ino == inode_ && status.st_size == size_) {
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  ReadSettings read = read_settings(text.str(), path);
  if (!read.problem.empty()) {
    std::fprintf(stderr, "stand-in driver: %s\n", read.problem.c_str());
    std::abort();
  }
  settings_ = std::move(read.settings);
  path_ = path;
  changed_ = status.st_mtim;
  inode_ = status.st_ino;
  size_ = status.st_size;
  std::map<std::string, std::uint64_t> counts;
  for (const Rule& rule : settings_.rules) {
    if (const auto kept = counts_.find(rule.line); kept != counts_.end()) counts.insert(*kept);
  }
  counts_ = std::move(counts);
}

}  // namespace warpscope::stand_in
