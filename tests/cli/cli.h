// Runs the real warpscope-cli and keeps what it said.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace warpscope::cli_test {

namespace fs = std::filesystem;
using nlohmann::json;

inline std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// A folder for one test; $XDG_DATA_HOME is inside it, so that nothing touches the data of whoever runs the tests.
class Workplace {
 public:
  Workplace() {
    std::string pattern = (fs::temp_directory_path() / "warpscope-cli-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The environment with the stand-in driver (tests/stand_in_driver) in the state that `control` says.
inline std::string stand_in_driver(const Workplace& here, const std::string& control) {
  write_file(here / "stand-in", control);
  return "WARPSCOPE_CUDA_DRIVER='" WARPSCOPE_STAND_IN_CUDA "' WARPSCOPE_NVML='" WARPSCOPE_STAND_IN_NVML
         "' WARPSCOPE_STAND_IN='" +
         (here / "stand-in").string() + "'";
}

struct Answer {
  int code = -1;
  std::string out;
  std::string err;

  json parsed() const { return json::parse(out, nullptr, false); }
  std::vector<json> lines() const {
    std::vector<json> all;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);) all.push_back(json::parse(line, nullptr, false));
    return all;
  }
};

// `environment`: assignments as a shell takes them, "NAME=value".
inline Answer run(const Workplace& workplace, const std::string& arguments, const std::string& environment = "") {
  const fs::path out = workplace / "stdout", err = workplace / "stderr";
  const std::string command = "cd '" + workplace.path().string() + "' && XDG_DATA_HOME='" +
                              (workplace / "data").string() + "' " + environment + " " + WARPSCOPE_CLI + " " +
                              arguments + " >'" + out.string() + "' 2>'" + err.string() + "' </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

}  // namespace warpscope::cli_test
