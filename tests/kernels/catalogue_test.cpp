// The catalogue tells the truth about the kernels beside it.
#include "compute/kernels/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "compute/ptx/debug_info.h"
#include "tests/kernels/run_kernel.h"

namespace warpscope::kernels::testing {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAreArray;

std::set<std::string> names_in(const std::string& folder, const std::string& ending) {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(std::string(WARPSCOPE_SOURCE_DIR) + "/" + folder)) {
    const std::string name = file.path().filename().string();
    if (name.ends_with(ending)) names.insert(name.substr(0, name.size() - ending.size()));
  }
  return names;
}

TEST(Catalogue, HasARecordForEveryCuFileAndNoOther) {
  std::set<std::string> records, files;
  for (const Kernel& kernel : catalogue()) {
    EXPECT_TRUE(records.emplace(kernel.name).second) << kernel.name << " twice";
    files.insert(source_path(kernel));
  }
  std::set<std::string> there;
  for (const std::string& name : names_in("compute/kernels", ".cu")) there.insert("compute/kernels/" + name + ".cu");
  EXPECT_EQ(files, there);
}

TEST(Catalogue, EveryKernelIsCompiledInBothFlavours) {
  std::set<std::string> files;
  for (const Kernel& kernel : catalogue()) {
    for (const Flavour flavour : {Flavour::kOptimised, Flavour::kDebug}) {
      files.insert("assets/" + ptx_asset(kernel, flavour));
    }
  }
  std::set<std::string> there;
  for (const std::string& name : names_in("assets/ptx", ".ptx")) there.insert("assets/ptx/" + name + ".ptx");
  EXPECT_EQ(files, there);
}

TEST(Catalogue, KernelsAreFoundByName) {
  ASSERT_NE(find_kernel("matmul_tiled"), nullptr);
  EXPECT_EQ(source_path(*find_kernel("matmul_tiled")), "compute/kernels/matmul_tiled.cu");
  EXPECT_EQ(find_kernel("matmul"), nullptr);
}

TEST(Catalogue, KernelsThatShareAFileAreFoundByItAndByEachOther) {
  const Kernel* const tiled = find_kernel("convolve_tiled");
  ASSERT_NE(tiled, nullptr);
  EXPECT_EQ(source_path(*tiled), "compute/kernels/convolve.cu");
  EXPECT_EQ(ptx_asset(*tiled, Flavour::kDebug), "ptx/convolve.debug.ptx");
  EXPECT_EQ(first_kernel_in("convolve"), find_kernel("convolve_naive"));
  EXPECT_EQ(first_kernel_in("saxpy"), find_kernel("saxpy"));
  EXPECT_EQ(first_kernel_in("convolve_tiled"), nullptr);
  EXPECT_EQ(neighbour(*tiled, "max_pool"), find_kernel("max_pool"));
  EXPECT_EQ(neighbour(*tiled, "saxpy"), nullptr);
  EXPECT_EQ(neighbour(*tiled, "convolve"), nullptr);
}

TEST(Catalogue, TellsWhatAPersonWantsToKnow) {
  for (const Kernel& kernel : catalogue()) {
    SCOPED_TRACE(kernel.name);
    EXPECT_FALSE(kernel.title.empty());
    EXPECT_FALSE(kernel.topic.empty());
    EXPECT_GT(kernel.look_for.size(), 10U);
    EXPECT_TRUE(kernel.idea.ends_with('.'));
    EXPECT_EQ(kernel.idea.find(". "), std::string_view::npos) << "one sentence";
    EXPECT_EQ(kernel.findings.empty(), !kernel.name.starts_with("bug_"));
    for (const std::string_view finding : kernel.findings)
      EXPECT_THAT(finding, AnyOf("memory", "race", "init", "sync"));
  }
}

TEST(Catalogue, KernelsOfOneTopicStandTogether) {
  std::set<std::string_view> ended;
  std::string_view current;
  for (const Kernel& kernel : catalogue()) {
    if (kernel.topic == current) continue;
    ended.insert(current);
    current = kernel.topic;
    EXPECT_FALSE(ended.contains(current)) << kernel.name;
  }
}

TEST(Catalogue, ArgumentsAreTheParametersOfTheKernel) {
  for (const Kernel& kernel : catalogue()) {
    SCOPED_TRACE(kernel.name);
    const auto module = module_of(std::string(kernel.name), Flavour::kDebug);
    ASSERT_NE(module, nullptr);
    const ptx::Function* entry = module->find_function(kernel.name);
    ASSERT_NE(entry, nullptr);
    ASSERT_TRUE(entry->is_entry);
    ASSERT_EQ(entry->parameters.size(), kernel.arguments.size());

    // DWARF knows the names that the source gave them.
    const ptx::DebugInfo debug = ptx::DebugInfo::read(*module);
    std::vector<std::string> names;
    for (const auto& variable : debug.variables(static_cast<int>(entry - module->functions.data()))) {
      if (variable.is_parameter) names.push_back(variable.name);
    }
    std::vector<std::string> listed;
    for (std::size_t i = 0; i < kernel.arguments.size(); ++i) {
      listed.emplace_back(kernel.arguments[i].name);
      const auto argument = parse_argument(kernel.arguments[i].spec);
      ASSERT_TRUE(argument) << argument.error().text();
      const bool is_pointer = argument->kind != Argument::Kind::kValue;
      EXPECT_EQ(entry->parameters[i].size_bytes, is_pointer ? 8 : argument->bytes.size()) << listed.back();
    }
    EXPECT_THAT(names, ElementsAreArray(listed));
    for (const int output : kernel.outputs) {
      EXPECT_TRUE(kernel.arguments.at(static_cast<std::size_t>(output)).spec.starts_with("buf:"));
    }
    EXPECT_FALSE(kernel.outputs.empty());
  }
}

TEST(Catalogue, SymbolsAreTheConstantVariablesOfTheKernel) {
  for (const Kernel& kernel : catalogue()) {
    SCOPED_TRACE(kernel.name);
    const auto module = module_of(std::string(kernel.name), Flavour::kOptimised);
    ASSERT_NE(module, nullptr);
    std::set<std::string> constants, listed;
    for (const ptx::Variable& variable : module->variables) {
      if (variable.space == ptx::Space::kConst) constants.insert(variable.name);
    }
    for (const NamedInput& symbol : kernel.symbols) {
      listed.emplace(symbol.name);
      const auto contents = parse_argument(symbol.spec);
      ASSERT_TRUE(contents) << contents.error().text();
      const ptx::Variable* variable = module->find_variable(symbol.name);
      ASSERT_NE(variable, nullptr) << symbol.name;
      // Kernels that share a file share a variable: it holds what any of them may need.
      EXPECT_TRUE(kernel.file.empty() ? variable->size_bytes == contents->bytes.size()
                                      : variable->size_bytes > contents->bytes.size());
    }
    EXPECT_EQ(constants, listed);
  }
}

}  // namespace
}  // namespace warpscope::kernels::testing
