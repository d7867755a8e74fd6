// The committed PTX is fit to ship: it says nothing of the machine that made it, older drivers load it, and the virtual
// GPU knows every instruction of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "compute/ptx/debug_info.h"
#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {
namespace {

struct PtxFile {
  const Kernel* kernel;
  Flavour flavour;
  std::string path() const { return "assets/" + ptx_asset(*kernel, flavour); }
};

std::vector<PtxFile> all_files() {
  std::vector<PtxFile> files;
  for (const Kernel& kernel : catalogue()) {
    files.push_back({&kernel, Flavour::kOptimised});
    files.push_back({&kernel, Flavour::kDebug});
  }
  return files;
}

class PtxFiles : public ::testing::TestWithParam<PtxFile> {
 protected:
  std::shared_ptr<const ptx::Module> module() const {
    return module_of(std::string(GetParam().kernel->name), GetParam().flavour);
  }
};

bool is_path_of_a_machine(const std::string& text) {
  for (const char* place :
       {"/tmp", "/home", "/root", "/usr", "/work", "/opt", "/var", "/mnt", "/build", ":\\", "../"}) {
    if (text.find(place) != std::string::npos) return true;
  }
  return false;
}

TEST_P(PtxFiles, NamePathsThatMeanTheSameEverywhere) {
  EXPECT_FALSE(is_path_of_a_machine(read_text(GetParam().path())));
  for (const ptx::SourceFile& file : module()->files) {
    EXPECT_TRUE(file.path.starts_with("compute/kernels/") || file.path.starts_with("cuda/include/")) << file.path;
  }
  for (const ptx::Section& section : module()->sections) {
    EXPECT_FALSE(is_path_of_a_machine(std::string(section.bytes.begin(), section.bytes.end()))) << section.name;
  }
}

// sm_75 came with 6.3, sm_80 with 7.0. Only lines inlined from CUDA's headers need 7.2 (CUDA 11.2, end of 2020).
TEST_P(PtxFiles, AskForTheOldestVersionThatTheirContentNeeds) {
  const bool has_inlined_lines = read_text(GetParam().path()).find("inlined_at") != std::string::npos;
  EXPECT_EQ(std::pair(module()->version_major, module()->version_minor), has_inlined_lines ? std::pair(7, 2)
                                                                         : GetParam().kernel->architecture == 80
                                                                             ? std::pair(7, 0)
                                                                             : std::pair(6, 3));
  EXPECT_EQ(module()->target, "sm_" + std::to_string(GetParam().kernel->architecture));
}

TEST_P(PtxFiles, HoldEntriesThatTheVirtualGpuCanRun) {
  const auto& all = catalogue();
  std::ptrdiff_t entries = 0;
  for (const ptx::Function& function : module()->functions) {
    entries += function.is_entry ? 1 : 0;
    for (const ptx::Instruction& instruction : function.instructions) {
      EXPECT_NE(instruction.opcode, ptx::Opcode::kUnknown) << instruction.name;
      EXPECT_FALSE(instruction.has(ptx::Modifier::kUnknown)) << instruction.name;
    }
  }
  EXPECT_EQ(entries, std::ranges::count_if(all, [](const Kernel& kernel) {
              return source_path(kernel) == source_path(*GetParam().kernel);
            }));
  vgpu::GlobalMemory memory;
  const auto program = vgpu::Program::load(module(), memory);
  ASSERT_TRUE(program) << program.error().front().text();
  const int entry = (*program)->find_function(GetParam().kernel->name);
  ASSERT_GE(entry, 0);
  for (const base::Error& refusal : (*program)->refusals(entry)) ADD_FAILURE() << refusal.text();
}

// Every instruction of the entry belongs to a line of the source; what is inlined, to a line there after all.
TEST_P(PtxFiles, KnowTheLinesOfTheirSource) {
  const ptx::Function* entry = module()->find_function(GetParam().kernel->name);
  ASSERT_NE(entry, nullptr);
  const ptx::DebugInfo debug = ptx::DebugInfo::read(*module());
  for (const base::Error& problem : debug.problems()) ADD_FAILURE() << problem.text();
  const std::string source = read_text(source_path(*GetParam().kernel));
  const int lines = static_cast<int>(std::ranges::count(source, '\n'));
  const int function = static_cast<int>(entry - module()->functions.data());
  std::size_t with_line = 0;
  for (std::size_t pc = 0; pc < entry->instructions.size(); ++pc) {
    const auto places = debug.places(function, static_cast<int>(pc));
    if (places.empty()) continue;
    ++with_line;
    EXPECT_EQ(places.back().file, source_path(*GetParam().kernel));
    EXPECT_LE(places.back().line, lines);
  }
  EXPECT_GE(with_line * 10, entry->instructions.size() * 9);
}

TEST_P(PtxFiles, KnowVariablesByNameInTheDebugFlavour) {
  const ptx::DebugInfo debug = ptx::DebugInfo::read(*module());
  EXPECT_EQ(debug.has_variables(), GetParam().flavour == Flavour::kDebug);
}

INSTANTIATE_TEST_SUITE_P(All, PtxFiles, ::testing::ValuesIn(all_files()), [](const auto& info) {
  return std::string(info.param.kernel->name) + (info.param.flavour == Flavour::kDebug ? "_debug" : "_optimised");
});

// Spot checks against what was read out of the PTX with binutils' readelf, after ptxas had assembled it.
TEST(DebugVariables, OfTheTiledMatrixProductAreAllThere) {
  const auto module = module_of("matmul_tiled", Flavour::kDebug);
  const ptx::Function* entry = module->find_function("matmul_tiled");
  ASSERT_NE(entry, nullptr);
  const ptx::DebugInfo debug = ptx::DebugInfo::read(*module);
  std::vector<std::string> names;
  for (const auto& variable : debug.variables(static_cast<int>(entry - module->functions.data()))) {
    names.push_back(variable.name);
    if (variable.name != "a_tile") continue;
    const ptx::TypeInfo& type = debug.types().at(static_cast<std::size_t>(variable.type));
    EXPECT_EQ(type.counts, (std::vector<std::uint64_t>{16, 16}));
    EXPECT_EQ(debug.types().at(static_cast<std::size_t>(type.element)).name, "float");
  }
  for (const char* name :
       {"a", "b", "c", "n", "a_tile", "b_tile", "row", "column", "sum", "first", "a_column", "b_row", "k"}) {
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  }
}

}  // namespace
}  // namespace warpscope::kernels::testing
