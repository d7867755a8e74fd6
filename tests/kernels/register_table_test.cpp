// The table of registers that ships, and what is said of one that is wrong. That it is what ptxas says is the test
// `registers_are_current`, where there is a ptxas.
#include "compute/kernels/register_table.h"

#include <gmock/gmock.h>

#include "compute/kernels/catalogue.h"

namespace warpscope::kernels {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RegisterTable, KnowsEveryKernelOfTheCatalogueOnEveryArchitectureThatItIsFor) {
  ASSERT_TRUE(register_table()) << register_table().error().text();
  for (const Kernel& kernel : catalogue()) {
    for (const int architecture : {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121}) {
      if (architecture < kernel.architecture) {
        EXPECT_FALSE(shipped_resources(kernel.name, architecture)) << kernel.name << " on " << architecture;
        continue;
      }
      const auto resources = shipped_resources(kernel.name, architecture);
      ASSERT_TRUE(resources) << kernel.name << " on " << architecture;
      EXPECT_EQ(resources->architecture, architecture);
      EXPECT_TRUE(resources->registers >= 2 && resources->registers <= 255) << kernel.name;
      EXPECT_LE(resources->static_shared_bytes, 49'152U) << kernel.name;
    }
  }
}

TEST(RegisterTable, KnowsTheSharedMemoryThatIsInTheSource) {
  EXPECT_EQ(shipped_resources("matmul_tiled", 86)->static_shared_bytes, 2U * 16 * 16 * 4);
  EXPECT_EQ(shipped_resources("transpose_padded", 90)->static_shared_bytes, 32U * 33 * 4);
  EXPECT_EQ(shipped_resources("vector_add", 75)->static_shared_bytes, 0U);
}

TEST(RegisterTable, HasNothingForPascalVoltaAndStrangers) {
  for (const int architecture : {60, 61, 70, 0}) EXPECT_FALSE(shipped_resources("saxpy", architecture));
  EXPECT_FALSE(shipped_resources("no_such_kernel", 86));
}

TEST(RegisterTable, AWrongOneIsSaidWithItsPlace) {
  const auto why_not = [](std::string_view text) {
    const auto table = parse_register_table(text, "my.json");
    return table ? "" : table.error().text();
  };
  EXPECT_EQ(why_not(R"({"kernels": {"k": {"86": [12, 0, 0]}}})"), "");
  EXPECT_THAT(why_not("nothing"), AllOf(HasSubstr("my.json"), HasSubstr("tools/registers")));
  EXPECT_THAT(why_not(R"({"kernels": []})"), HasSubstr("'kernels'"));
  EXPECT_THAT(why_not(R"({"kernels": {"k": 12}})"), HasSubstr("kernel 'k'"));
  for (const char* wrong : {R"("sm_86": [1, 2, 3])", R"("86": [1, 2])", R"("86": [1, 2, -3])", R"("86": 12)"})
    EXPECT_THAT(why_not(std::string(R"({"kernels": {"k": {)") + wrong + "}}}"),
                AllOf(HasSubstr("kernel 'k'"), HasSubstr("three whole numbers")));
}

}  // namespace
}  // namespace warpscope::kernels
