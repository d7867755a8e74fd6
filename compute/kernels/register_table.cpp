#include "compute/kernels/register_table.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "compute/base/paths.h"

namespace warpscope::kernels {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::size_t kColumns = 3;  // registers, static shared bytes, spilled bytes

std::optional<ShippedResources> read_columns(const std::string& architecture, const json& columns) {
  ShippedResources resources;
  const char* const end = architecture.data() + architecture.size();
  const auto read = std::from_chars(architecture.data(), end, resources.architecture);
  if (read.ec != std::errc() || read.ptr != end) return {};
  if (!columns.is_array() || columns.size() != kColumns) return {};
  for (const json& column : columns)
    if (!column.is_number_unsigned()) return {};
  resources.registers = columns[0].get<int>();
  resources.static_shared_bytes = columns[1].get<std::uint64_t>();
  resources.spill_bytes = columns[2].get<std::uint64_t>();
  return resources;
}

Result<RegisterTable> read_table() {
  const auto path = base::find_asset("ptx/registers.json");
  if (!path) return tl::unexpected(path.error());
  std::ifstream in(*path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return base::fail("this file cannot be read", {path->string()});
  return parse_register_table(text, path->string());
}

}  // namespace

Result<RegisterTable> parse_register_table(std::string_view text, const std::string& file) {
  const json whole = json::parse(text, nullptr, false);
  const auto kernels = whole.is_object() ? whole.find("kernels") : whole.end();
  if (!whole.is_object() || kernels == whole.end() || !kernels->is_object())
    return base::fail(
        "a JSON object with an object 'kernels' is expected; tools/registers makes this file",
        {file});
  RegisterTable table;
  for (const auto& [name, architectures] : kernels->items()) {
    if (!architectures.is_object())
      return base::fail(fmt::format("kernel '{}': an object of architectures is expected", name),
                        {file});
    for (const auto& [architecture, columns] : architectures.items()) {
      const auto resources = read_columns(architecture, columns);
      if (!resources)
        return base::fail(
            fmt::format("kernel '{}', '{}': {}; expected is an architecture, as \"86\", with three "
                        "whole numbers: registers, static shared bytes, spilled bytes",
                        name, architecture, columns.dump()),
            {file});
      table[name][resources->architecture] = *resources;
    }
  }
  return table;
}

const Result<RegisterTable>& register_table() {
  static const Result<RegisterTable> table = read_table();
  return table;
}

std::optional<ShippedResources> shipped_resources(std::string_view kernel, int architecture) {
  const auto& table = register_table();
  if (!table) return {};
  const auto found = table->find(kernel);
  if (found == table->end()) return {};
  const auto resources = found->second.find(architecture);
  return resources == found->second.end() ? std::nullopt : std::optional(resources->second);
}

}  // namespace warpscope::kernels
