// Whatever the debug sections of a module hold: reading ends soon, and what comes out refers only to what there is.
// An input is PTX text, or a list of changes to the sections of a compiled sample: section, where (2 bytes), what.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "compute/ptx/parser.h"
#include "tests/ptx/debug_invariants.h"

namespace ptx = warpscope::ptx;

namespace {

void insist_sound(const ptx::Module& module) {
  const std::string broken = ptx::broken_invariant(module, ptx::DebugInfo::read(module));
  if (broken.empty()) return;
  (void)std::fprintf(stderr, "broken: %s\n", broken.c_str());
  std::abort();
}

std::vector<ptx::Module> load_samples() {
  std::vector<ptx::Module> samples;
  for (const char* name : {"structs.debug_75.ptx", "inlined.debug_100.ptx", "inlined.lineinfo_75.ptx"}) {
    std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR "/tests/ptx/data/debug/") + name);
    auto module = ptx::parse(std::string(std::istreambuf_iterator<char>(file), {}), name);
    if (!module) std::abort();
    samples.push_back(std::move(*module));
  }
  return samples;
}

void change(ptx::Section& section, unsigned how, std::size_t where, std::uint8_t what) {
  const auto at = static_cast<std::ptrdiff_t>(section.bytes.empty() ? 0 : where % section.bytes.size());
  switch (how % 8) {
    case 0:
    case 1:
    case 2:
      if (!section.bytes.empty()) section.bytes[static_cast<std::size_t>(at)] = what;
      break;
    case 3:
      section.bytes.insert(section.bytes.begin() + at, what);
      break;
    case 4:
      section.bytes.resize(static_cast<std::size_t>(at));
      break;
    case 5:
      if (!section.fixups.empty())
        section.fixups[where % section.fixups.size()].addend = static_cast<std::int8_t>(what);
      break;
    case 6:
      if (!section.fixups.empty()) section.fixups[where % section.fixups.size()].offset += what;
      break;
    default:
      if (!section.fixups.empty()) {
        section.fixups[where % section.fixups.size()].symbol = section.fixups[what % section.fixups.size()].symbol;
      }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<ptx::Module> kSamples = load_samples();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find(".version") != std::string_view::npos) {
    if (const auto module = ptx::parse(text, "fuzz.ptx")) insist_sound(*module);
    return 0;
  }
  if (size < 5) return 0;
  ptx::Module module = kSamples[data[0] % kSamples.size()];
  for (std::size_t i = 1; i + 4 <= size; i += 4) {
    ptx::Section& section = module.sections[(data[i] >> 3) % module.sections.size()];
    change(section, data[i], data[i + 1] | static_cast<std::size_t>(data[i + 2]) << 8, data[i + 3]);
  }
  insist_sound(module);
  return 0;
}
