// assets/gpus.json as it ships, and what is said of one that is wrong.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "compute/gpu/gpu.h"
#include "compute/gpu/occupancy.h"

namespace warpscope::gpu {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const json kRecord = json::parse(R"({
  "name": "Test 1", "kind": "laptop", "architecture": "Ampere", "chip": "GA999", "year": 2021, "capability": "8.6",
  "gpcs": [10, 10, 8], "clock_mhz": 1777, "memory_gib": 12, "memory_type": "GDDR6", "bandwidth_gbs": 360.5,
  "l2_mib": 1.5, "l1_kib": 128, "sources": ["a data sheet"]})");

std::string why_not(const std::vector<json>& records) {
  const auto gpus = parse_gpus(json{{"gpus", records}}.dump(), "my.json");
  return gpus ? "" : gpus.error().text();
}
std::string why_not_with(const char* key, const json& value) {
  json record = kRecord;
  record[key] = value;
  return why_not({record});
}

class Shipped : public ::testing::Test {
 protected:
  void SetUp() override {
    auto read = read_gpus();
    ASSERT_TRUE(read) << read.error().text();
    gpus = std::move(*read);
  }
  std::vector<Gpu> gpus;
};

TEST_F(Shipped, AreManyRealGpusFromPascalToBlackwell) {
  EXPECT_GE(gpus.size(), 18U);
  std::set<std::string> kinds;
  std::set<int> capabilities;
  for (const Gpu& gpu : gpus) {
    kinds.insert(gpu.kind);
    capabilities.insert(gpu.capability.number());
  }
  EXPECT_THAT(kinds, ::testing::UnorderedElementsAre("laptop", "desktop", "workstation", "data centre", "embedded"));
  for (const int known : {60, 61, 70, 75, 80, 86, 87, 89, 90, 100, 120})
    EXPECT_TRUE(capabilities.contains(known)) << known;
}

// Known from the CUDA cores of their product pages: 128 an SM, and 64 on GP100, Volta, Turing and GA100.
TEST_F(Shipped, HaveAsManySmsAsTheirCudaCoresSay) {
  const struct {
    const char* name;
    int cores, cores_of_sm;
  } kKnown[] = {{"Tesla P100 SXM2 16 GB", 3584, 64},
                {"GeForce GTX 1080", 2560, 128},
                {"GeForce GTX 1060 Laptop", 1280, 128},
                {"Tesla V100 SXM2 32 GB", 5120, 64},
                {"T4", 2560, 64},
                {"GeForce RTX 2070", 2304, 64},
                {"GeForce RTX 2060 Laptop", 1920, 64},
                {"GeForce GTX 1650 Laptop", 1024, 64},
                {"A100 SXM 80 GB", 6912, 64},
                {"GeForce RTX 3060", 3584, 128},
                {"GeForce RTX 3060 Laptop", 3840, 128},
                {"GeForce RTX 3090", 10'496, 128},
                {"A40", 10'752, 128},
                {"Jetson AGX Orin 64 GB", 2048, 128},
                {"L4", 7424, 128},
                {"L40", 18'176, 128},
                {"GeForce RTX 4090", 16'384, 128},
                {"GeForce RTX 4060 Laptop", 3072, 128},
                {"H100 PCIe", 14'592, 128},
                {"H100 SXM5", 16'896, 128},
                {"H200 SXM", 16'896, 128},
                {"B200 SXM", 18'944, 128},
                {"Jetson AGX Thor", 2560, 128},
                {"GeForce RTX 5090", 21'760, 128},
                {"GeForce RTX 5070 Ti", 8960, 128},
                {"GeForce RTX 5060 Laptop", 3328, 128},
                {"RTX PRO 6000 Blackwell Workstation", 24'064, 128}};
  for (const auto& known : kKnown) {
    const auto gpu = find_gpu(gpus, known.name);
    ASSERT_TRUE(gpu) << gpu.error().text();
    EXPECT_EQ(gpu->sms() * known.cores_of_sm, known.cores) << known.name;
  }
}

TEST_F(Shipped, HaveFiguresThatCanBe) {
  for (const Gpu& gpu : gpus) {
    EXPECT_NE(find_limits(gpu.capability), nullptr) << gpu.name;
    EXPECT_TRUE(gpu.clock_mhz > 1000 && gpu.clock_mhz < 3000) << gpu.name;
    EXPECT_TRUE(gpu.bandwidth_gbs > 50 && gpu.bandwidth_gbs < 10'000) << gpu.name;
    // A byte of memory is loaded for every 10 to 200 operations a GPU can do: more or less is a slip of the pen.
    const double operations = 256.0 * gpu.sms() * gpu.clock_mhz / 1000;
    EXPECT_TRUE(operations / gpu.bandwidth_gbs > 5 && operations / gpu.bandwidth_gbs < 210) << gpu.name;
    // From 7.0 on the shared memory of an SM is part of its L1.
    const auto shared_kib = static_cast<int>(find_limits(gpu.capability)->shared_bytes / 1024);
    if (gpu.capability.major >= 7) {
      EXPECT_TRUE(gpu.l1_kib > shared_kib && gpu.l1_kib <= shared_kib + 32) << gpu.name;
    }
    EXPECT_FALSE(gpu.sources.empty());
  }
}

TEST_F(Shipped, AreFoundByWhatPeopleCallThem) {
  const auto name_of = [&](std::string_view name) {
    const auto found = find_gpu(gpus, name);
    return found ? found->name : found.error().text();
  };
  EXPECT_EQ(name_of("geforce rtx 3060"), "GeForce RTX 3060");
  EXPECT_EQ(name_of("rtx 3060"), "GeForce RTX 3060") << "the laptop's name only contains it";
  EXPECT_EQ(name_of("3060 laptop"), "GeForce RTX 3060 Laptop");
  EXPECT_EQ(name_of("v100"), "Tesla V100 SXM2 32 GB");
  EXPECT_THAT(name_of("h100"), AllOf(HasSubstr("H100 PCIe, H100 SXM5"), Not(HasSubstr("H200"))));
  EXPECT_THAT(name_of("Voodoo"), AllOf(HasSubstr("'Voodoo'"), HasSubstr("GeForce RTX 3060"), HasSubstr("B200")));
  EXPECT_THAT(name_of(""), HasSubstr("there are"));
}

TEST(Catalogue, ReadsEveryKey) {
  const auto gpus = parse_gpus(json{{"gpus", {kRecord}}}.dump(), "my.json");
  ASSERT_TRUE(gpus) << gpus.error().text();
  const Gpu& gpu = gpus->front();
  EXPECT_EQ(gpu.name, "Test 1");
  EXPECT_EQ(gpu.kind, "laptop");
  EXPECT_EQ(gpu.architecture, "Ampere");
  EXPECT_EQ(gpu.chip, "GA999");
  EXPECT_EQ(gpu.year, 2021);
  EXPECT_EQ(gpu.capability, (ComputeCapability{8, 6}));
  EXPECT_EQ(gpu.sms(), 28);
  EXPECT_EQ(gpu.clock_mhz, 1777);
  EXPECT_EQ(gpu.memory_gib, 12);
  EXPECT_EQ(gpu.memory_type, "GDDR6");
  EXPECT_EQ(gpu.bandwidth_gbs, 360.5);
  EXPECT_EQ(gpu.l2_mib, 1.5);
  EXPECT_EQ(gpu.l1_kib, 128);
  EXPECT_EQ(gpu.sources, std::vector<std::string>{"a data sheet"});
}

TEST(Catalogue, AMissingKeyIsNamedWithItsRecord) {
  for (const auto& item : kRecord.items()) {
    json record = kRecord;
    record.erase(item.key());
    json whole = kRecord;
    whole["name"] = "Test 0";
    EXPECT_THAT(why_not({whole, record}),
                AllOf(HasSubstr("my.json"), HasSubstr("record 2"), HasSubstr("'" + item.key() + "' is missing")));
  }
}

TEST(Catalogue, AWrongValueIsNamedWithWhatIsExpected) {
  EXPECT_THAT(why_not_with("gpcs", json::array()),
              AllOf(HasSubstr("'Test 1'"), HasSubstr("'gpcs' is []"), HasSubstr("[10, 10, 8]")));
  EXPECT_THAT(why_not_with("gpcs", {0, 0}), HasSubstr("'gpcs' is [0,0]"));
  EXPECT_THAT(why_not_with("gpcs", {10.5}), HasSubstr("whole numbers"));
  EXPECT_THAT(why_not_with("capability", "5.2"), AllOf(HasSubstr("\"5.2\""), HasSubstr("\"8.6\"")));
  EXPECT_THAT(why_not_with("capability", 8.6), HasSubstr("'capability' is 8.6"));
  EXPECT_THAT(why_not_with("kind", "toaster"), HasSubstr("\"data centre\""));
  EXPECT_THAT(why_not_with("clock_mhz", -1), HasSubstr("above 0"));
  EXPECT_THAT(why_not_with("clock_mhz", "fast"), HasSubstr("\"fast\""));
  EXPECT_THAT(why_not_with("year", 1999), HasSubstr("2016"));
  EXPECT_THAT(why_not_with("l1_kib", 1e9), HasSubstr("'l1_kib'"));
  EXPECT_THAT(why_not_with("sources", json::array()), HasSubstr("at least one"));
  EXPECT_THAT(why_not_with("sources", {""}), HasSubstr("'sources'"));
  EXPECT_THAT(why_not_with("clock", 1777), AllOf(HasSubstr("'clock' is no key"), HasSubstr("clock_mhz")));
}

TEST(Catalogue, TwoGpusOfOneNameAreAnError) {
  json second = kRecord;
  second["name"] = "TEST 1";
  EXPECT_THAT(why_not({kRecord, second}), AllOf(HasSubstr("record 2"), HasSubstr("record 1")));
}

TEST(Catalogue, WhatIsNoCatalogueIsSaidWithItsPlace) {
  EXPECT_THAT(parse_gpus("{\n  \"gpus\": [,]\n}", "my.json").error().text(),
              HasSubstr("my.json:2:12: this is not JSON"));
  EXPECT_THAT(parse_gpus("[]", "my.json").error().text(), HasSubstr("'gpus'"));
  EXPECT_THAT(parse_gpus(R"({"gpus": []})", "my.json").error().text(), HasSubstr("at least one"));
  EXPECT_THAT(why_not({json("RTX")}), HasSubstr("record 1: an object"));
}

TEST(ComputeCapabilities, AreReadAsTheyAreWritten) {
  EXPECT_EQ(parse_capability("8.6"), (ComputeCapability{8, 6}));
  EXPECT_EQ(parse_capability("12.0"), (ComputeCapability{12, 0}));
  EXPECT_EQ((ComputeCapability{12, 1}).number(), 121);
  for (const char* wrong : {"", "8", "8.", ".6", "8.66", "sm_86", "8.6 "})
    EXPECT_FALSE(parse_capability(wrong)) << wrong;
}

}  // namespace
}  // namespace warpscope::gpu
