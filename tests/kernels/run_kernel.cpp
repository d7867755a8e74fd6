#include "tests/kernels/run_kernel.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "compute/ptx/parser.h"

namespace warpscope::kernels::testing {
namespace {

void place_parameter(Prepared& prepared, std::size_t index, const void* bytes, std::size_t size) {
  const auto& function = prepared.program->functions[static_cast<std::size_t>(prepared.launch.function)];
  std::memcpy(prepared.launch.parameters.data() + function.parameter_offsets[index], bytes, size);
}

void set_symbol(Prepared& prepared, const Symbol& symbol) {
  const auto& variables = prepared.program->module->variables;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (variables[i].name != symbol.name) continue;
    const auto contents = parse_argument(symbol.spec);
    ASSERT_TRUE(contents) << contents.error().text();
    ASSERT_LE(contents->bytes.size(), variables[i].size_bytes);
    ASSERT_TRUE(prepared.memory.write(prepared.program->variable_addresses[i], contents->bytes));
    prepared.symbols.push_back(contents->bytes);
    return;
  }
  FAIL() << "no variable '" << symbol.name << "'";
}

void add_argument(Prepared& prepared, std::size_t index, const std::string& spec) {
  const auto argument = parse_argument(spec);
  ASSERT_TRUE(argument) << argument.error().text();
  prepared.inputs.push_back(argument->bytes);
  prepared.addresses.push_back(0);
  if (argument->kind == Argument::Kind::kValue) {
    place_parameter(prepared, index, argument->bytes.data(), argument->bytes.size());
    return;
  }
  if (argument->kind == Argument::Kind::kNull) return;  // parameters are 0 to begin with
  ASSERT_EQ(argument->kind, Argument::Kind::kBuffer);
  const auto address = prepared.memory.allocate(argument->bytes.size(), vgpu::AllocationKind::kBuffer, spec);
  ASSERT_TRUE(address) << address.error().text();
  ASSERT_TRUE(prepared.memory.write(*address, argument->bytes));
  prepared.addresses.back() = *address;
  place_parameter(prepared, index, &*address, sizeof(*address));
}

}  // namespace

LaunchCase default_launch(const Kernel& kernel) {
  LaunchCase launch{std::string(kernel.name), kernel.grid, kernel.block, kernel.shared_bytes};
  for (const NamedInput& argument : kernel.arguments) launch.arguments.emplace_back(argument.spec);
  for (const NamedInput& symbol : kernel.symbols) {
    launch.symbols.push_back({std::string(symbol.name), std::string(symbol.spec)});
  }
  return launch;
}

std::string read_text(const std::string& path_from_root) {
  std::ifstream file(std::string(WARPSCOPE_SOURCE_DIR) + "/" + path_from_root, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_TRUE(file) << path_from_root;
  return text.str();
}

std::shared_ptr<const ptx::Module> module_of(const std::string& kernel, Flavour flavour) {
  static std::map<std::string, std::shared_ptr<const ptx::Module>> modules;
  const Kernel* record = find_kernel(kernel);
  EXPECT_NE(record, nullptr) << kernel;
  if (record == nullptr) return nullptr;
  const std::string path = "assets/" + ptx_asset(*record, flavour);
  auto& module = modules[path];
  if (module == nullptr) {
    auto parsed = ptx::parse(read_text(path), path);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().front().text());
    if (parsed) module = std::make_shared<const ptx::Module>(std::move(*parsed));
  }
  return module;
}

Prepared prepare(const LaunchCase& launch, Flavour flavour) {
  Prepared prepared;
  const auto module = module_of(launch.kernel, flavour);
  if (module == nullptr) return prepared;
  auto program = vgpu::Program::load(module, prepared.memory);
  EXPECT_TRUE(program) << (program ? "" : program.error().front().text());
  if (!program) return prepared;
  prepared.program = *program;
  prepared.launch = {.function = prepared.program->find_function(launch.kernel),
                     .grid = launch.grid,
                     .block = launch.block,
                     .dynamic_shared_bytes = launch.shared_bytes,
                     .parameters = {},
                     .schedule = {}};
  EXPECT_GE(prepared.launch.function, 0);
  const auto& function = prepared.program->functions[static_cast<std::size_t>(prepared.launch.function)];
  prepared.launch.parameters.resize(function.parameter_bytes);
  EXPECT_EQ(function.parameter_offsets.size(), launch.arguments.size());
  for (std::size_t i = 0; i < launch.arguments.size(); ++i) add_argument(prepared, i, launch.arguments[i]);
  for (const Symbol& symbol : launch.symbols) set_symbol(prepared, symbol);
  const auto possible = vgpu::check_launch(*prepared.program, prepared.launch);
  EXPECT_TRUE(possible) << (possible ? "" : possible.error().text());
  return prepared;
}

Outcome run(Prepared& prepared, const vgpu::RunOptions& options) {
  Outcome outcome;
  if (prepared.program == nullptr) return outcome;
  vgpu::TextureTable textures;
  outcome.report = vgpu::run(prepared.program, prepared.launch, prepared.memory, textures, options);
  for (std::size_t i = 0; i < prepared.addresses.size(); ++i) {
    outcome.buffers.emplace_back(prepared.addresses[i] != 0 ? prepared.inputs[i].size() : 0);
    if (prepared.addresses[i] == 0) continue;
    EXPECT_TRUE(prepared.memory.read(prepared.addresses[i], outcome.buffers.back()));
  }
  return outcome;
}

}  // namespace warpscope::kernels::testing
