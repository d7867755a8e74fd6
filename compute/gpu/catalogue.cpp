// assets/gpus.json: every record has every key, and no other.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "compute/base/paths.h"
#include "compute/gpu/gpu.h"
#include "compute/gpu/occupancy.h"

namespace warpscope::gpu {
namespace {

using base::Result;
using nlohmann::json;

constexpr std::string_view kKinds[] = {"laptop", "desktop", "workstation", "data centre", "embedded"};

bool read_text(const json& value, std::string& to) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) return false;
  to = value.get<std::string>();
  return true;
}
bool read_number(const json& value, double& to) {
  if (!value.is_number() || value.get<double>() <= 0) return false;
  to = value.get<double>();
  return true;
}
bool read_whole(const json& value, int least, int most, int& to) {
  if (!value.is_number_integer() || value.get<double>() < least || value.get<double>() > most) return false;
  to = value.get<int>();
  return true;
}
template <class T, class ReadOne>
bool read_list(const json& value, std::vector<T>& to, ReadOne read_one) {
  if (!value.is_array() || value.empty()) return false;
  for (const json& each : value)
    if (!read_one(each, to.emplace_back())) return false;
  return true;
}
bool read_capability(const json& value, ComputeCapability& to) {
  std::string text;
  if (!read_text(value, text)) return false;
  const auto capability = parse_capability(text);
  if (!capability || find_limits(*capability) == nullptr) return false;
  to = *capability;
  return true;
}
bool read_kind(const json& value, std::string& to) {
  return read_text(value, to) && std::find(std::begin(kKinds), std::end(kKinds), to) != std::end(kKinds);
}

std::string known_capabilities() {
  std::vector<std::string> all;
  for (const SmLimits& limits : all_limits()) all.push_back(text_of(limits.capability));
  return fmt::format("one of \"{}\"", fmt::join(all, "\", \""));
}

// One key of a record: how it is read, and what people are told where it cannot be.
struct Key {
  const char* name;
  bool (*read)(const json& value, Gpu& to);
  std::string expected;
};

const std::vector<Key>& keys() {
  static const std::vector<Key> kAll = {
      {"name", [](const json& v, Gpu& g) { return read_text(v, g.name); }, "a text"},
      {"kind", [](const json& v, Gpu& g) { return read_kind(v, g.kind); },
       fmt::format("one of \"{}\"", fmt::join(kKinds, "\", \""))},
      {"architecture", [](const json& v, Gpu& g) { return read_text(v, g.architecture); }, "a text, as in \"Ampere\""},
      {"chip", [](const json& v, Gpu& g) { return read_text(v, g.chip); }, "a text, as in \"GA106\""},
      {"year", [](const json& v, Gpu& g) { return read_whole(v, 2016, 2100, g.year); },
       "the year it came out, a whole number from 2016 on"},
      {"capability", [](const json& v, Gpu& g) { return read_capability(v, g.capability); }, known_capabilities()},
      {"gpcs",
       [](const json& v, Gpu& g) {
         return read_list(v, g.gpcs, [](const json& one, int& to) { return read_whole(one, 1, 64, to); });
       },
       "the SMs of each GPC, whole numbers of 1 to 64, as in [10, 10, 8]"},
      {"clock_mhz", [](const json& v, Gpu& g) { return read_number(v, g.clock_mhz); }, "a number above 0: boost, MHz"},
      {"memory_gib", [](const json& v, Gpu& g) { return read_number(v, g.memory_gib); }, "a number above 0: GiB"},
      {"memory_type", [](const json& v, Gpu& g) { return read_text(v, g.memory_type); }, "a text, as in \"GDDR6\""},
      {"bandwidth_gbs", [](const json& v, Gpu& g) { return read_number(v, g.bandwidth_gbs); },
       "a number above 0: 1e9 bytes a second"},
      {"l2_mib", [](const json& v, Gpu& g) { return read_number(v, g.l2_mib); }, "a number above 0: MiB"},
      {"l1_kib", [](const json& v, Gpu& g) { return read_whole(v, 1, 1024, g.l1_kib); },
       "a whole number of 1 to 1024: KiB of an SM"},
      {"sources",
       [](const json& v, Gpu& g) {
         return read_list(v, g.sources, [](const json& one, std::string& to) { return read_text(one, to); });
       },
       "the documents that say so, at least one, as in [\"NVIDIA A100 data sheet\"]"},
  };
  return kAll;
}

// What a record is called in a message, also where it has no name.
std::string name_of(const json& record, std::size_t number) {
  const auto name = record.is_object() ? record.find("name") : record.end();
  if (record.is_object() && name != record.end() && name->is_string())
    return fmt::format("record {} ('{}')", number, name->get<std::string>());
  return fmt::format("record {}", number);
}

Result<Gpu> parse_gpu(const json& record, std::size_t number, const std::string& file) {
  const auto wrong = [&](const std::string& what) {
    return base::fail(fmt::format("{}: {}", name_of(record, number), what), {file});
  };
  if (!record.is_object()) return wrong("an object with the keys of a GPU is expected");
  Gpu gpu;
  for (const Key& key : keys()) {
    const auto value = record.find(key.name);
    if (value == record.end()) return wrong(fmt::format("'{}' is missing: {}", key.name, key.expected));
    if (!key.read(*value, gpu))
      return wrong(fmt::format("'{}' is {}; expected is {}", key.name, value->dump(), key.expected));
  }
  for (const auto& item : record.items()) {
    const auto known = [&](const Key& key) { return item.key() == key.name; };
    if (std::none_of(keys().begin(), keys().end(), known)) {
      std::vector<std::string> names;
      for (const Key& key : keys()) names.emplace_back(key.name);
      return wrong(fmt::format("'{}' is no key of a GPU; there are: {}", item.key(), fmt::join(names, ", ")));
    }
  }
  return gpu;
}

std::string lowered(std::string_view text) {
  std::string low(text);
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low;
}

base::SourceSpan place_in(std::string_view text, std::size_t byte, const std::string& file) {
  const std::string_view before = text.substr(0, byte > 0 ? byte - 1 : 0);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {file, static_cast<int>(line), static_cast<int>(before.size() - begin) + 1};
}

Result<json> parse_json(std::string_view text, const std::string& file) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& problem) {
    return base::fail("this is not JSON from here on", place_in(text, problem.byte, file));
  }
}

std::string names_of(std::span<const Gpu> gpus) {
  std::vector<std::string> names;
  for (const Gpu& gpu : gpus) names.push_back(gpu.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<std::vector<Gpu>> parse_gpus(std::string_view text, const std::string& file) {
  const auto whole = parse_json(text, file);
  if (!whole) return tl::unexpected(whole.error());
  const auto records = whole->is_object() ? whole->find("gpus") : whole->end();
  if (!whole->is_object() || records == whole->end() || !records->is_array() || records->empty())
    return base::fail("an object with a list 'gpus' of at least one record is expected", {file});
  std::vector<Gpu> gpus;
  for (const json& record : *records) {
    auto gpu = parse_gpu(record, gpus.size() + 1, file);
    if (!gpu) return tl::unexpected(gpu.error());
    const auto same = [&](const Gpu& other) { return lowered(other.name) == lowered(gpu->name); };
    if (const auto other = std::find_if(gpus.begin(), gpus.end(), same); other != gpus.end())
      return base::fail(fmt::format("record {} is called '{}' as record {} is; every GPU has a name of its own",
                                    gpus.size() + 1, gpu->name, other - gpus.begin() + 1),
                        {file});
    gpus.push_back(std::move(*gpu));
  }
  return gpus;
}

Result<std::vector<Gpu>> read_gpus() {
  const auto path = base::find_asset("gpus.json");
  if (!path) return tl::unexpected(path.error());
  std::ifstream in(*path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return base::fail("this file cannot be read", {path->string()});
  return parse_gpus(text, path->string());
}

Result<Gpu> find_gpu(std::span<const Gpu> gpus, std::string_view name) {
  const std::string wanted = lowered(name);
  // From the narrowest meaning of a name to the widest; the first that some GPU answers to decides.
  using Matches = bool (*)(const std::string&, const std::string&);
  constexpr Matches kWays[] = {
      [](const std::string& has, const std::string& wants) { return has == wants; },
      [](const std::string& has, const std::string& wants) { return has.ends_with(" " + wants); },
      [](const std::string& has, const std::string& wants) { return has.find(wants) != std::string::npos; }};
  for (const Matches matches : kWays) {
    std::vector<Gpu> found;
    for (const Gpu& gpu : gpus)
      if (!wanted.empty() && matches(lowered(gpu.name), wanted)) found.push_back(gpu);
    if (found.size() == 1) return found.front();
    if (!found.empty()) return base::fail(fmt::format("'{}' could be any of these GPUs: {}", name, names_of(found)));
  }
  return base::fail(fmt::format("no GPU of the catalogue is called '{}'; there are: {}", name, names_of(gpus)));
}

}  // namespace warpscope::gpu
