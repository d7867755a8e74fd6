#include <gmock/gmock.h>

#include <set>

#include "tests/cli/cli.h"

namespace warpscope::cli_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Cli, SaysItsVersionAndHelp) {
  const Workplace here;
  EXPECT_THAT(run(here, "--version").out, ::testing::MatchesRegex("warpscope-cli [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  const Answer help = run(here, "--help");
  EXPECT_EQ(help.code, 0);
  for (const char* command : {"devices", "train", "predict", "drawings", "exec"})
    EXPECT_THAT(help.out, HasSubstr(command));
}

TEST(Cli, AnswersBadUsageWithCode2OnStderr) {
  const Workplace here;
  for (const char* wrong : {"", "fly", "devices --fast", "train --epochs", "train --epochs many", "predict", "drawings",
                            "drawings burn", "drawings export", "train --backend abacus"}) {
    const Answer answer = run(here, wrong);
    EXPECT_EQ(answer.code, 2) << wrong;
    EXPECT_THAT(answer.out, IsEmpty()) << wrong;
    EXPECT_FALSE(answer.err.empty()) << wrong;
  }
}

TEST(Devices, NamesEveryKindAsFoundOrMissingWithTheReason) {
  const Workplace here;
  const Answer answer = run(here, "devices --json");
  EXPECT_EQ(answer.code, 0);
  const json found = answer.parsed();
  ASSERT_TRUE(found.is_object()) << answer.out;
  std::set<std::string> kinds;
  for (const json& device : found["devices"]) {
    kinds.insert(device["kind"]);
    EXPECT_FALSE(device["name"].get<std::string>().empty());
  }
  EXPECT_TRUE(kinds.contains("cpu"));
  for (const json& device : found["missing"]) {
    kinds.insert(device["kind"]);
    EXPECT_GT(device["why"].get<std::string>().size(), 10U);
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("cpu", "cuda", "virtual"));
  const json& cpu = found["devices"][0];
  EXPECT_EQ(std::system(("nproc >'" + (here / "nproc").string() + "'").c_str()), 0);
  EXPECT_EQ(cpu["cores"], std::stoi(read_file(here / "nproc")));
  EXPECT_TRUE(cpu["trains"]);
}

TEST(Devices, SaysTheSameInWords) {
  const Workplace here;
  const Answer answer = run(here, "devices");
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.out, HasSubstr("cpu"));
  EXPECT_THAT(answer.out, HasSubstr("cuda"));
  EXPECT_THAT(answer.out, HasSubstr("virtual  Virtual GPU on "));
}

const char* const kTwo = "gpus 2\nname 0 NVIDIA Imaginary 1\nname 1 NVIDIA Imaginary 2\ncapability 8.9\nmemory 24G\n";

TEST(Devices, ListsTheGpusOfADriverAndWhatTheyAreFor) {
  const Workplace here;
  const json found = run(here, "devices --json", stand_in_driver(here, kTwo)).parsed();
  ASSERT_EQ(found["devices"].size(), 4U) << found;
  EXPECT_EQ(found["devices"][1]["name"], "NVIDIA Imaginary 1");
  EXPECT_EQ(found["devices"][2]["name"], "NVIDIA Imaginary 2");
  EXPECT_EQ(found["devices"][2]["compute_capability"], "8.9");
  EXPECT_EQ(found["devices"][2]["memory_bytes"], 25769803776);
  EXPECT_EQ(found["devices"][2]["trains"], true);
  EXPECT_TRUE(found["missing"].empty());
  EXPECT_THAT(run(here, "devices", stand_in_driver(here, kTwo)).out,
              HasSubstr("NVIDIA Imaginary 1, compute capability 8.9, 24.0 GiB: runs kernels"));

  const json old = run(here, "devices --json", stand_in_driver(here, "capability 7.0\n")).parsed();
  EXPECT_EQ(old["devices"][1]["trains"], false);
  EXPECT_THAT(old["devices"][1]["why"].get<std::string>(), HasSubstr("need compute capability 7.5"));
}

TEST(Devices, SaysWhyADriverGivesNone) {
  const Workplace here;
  EXPECT_THAT(run(here, "devices", stand_in_driver(here, "fail cuInit 803\n")).out,
              AllOf(HasSubstr("does not start: "), HasSubstr("restart the computer")));
  EXPECT_THAT(run(here, "devices", stand_in_driver(here, "gpus 0\n")).out,
              AllOf(HasSubstr("cuda     not there: "), HasSubstr("CUDA_ERROR_NO_DEVICE")));
}

TEST(Devices, TrainingOnOneThatIsNotThereEndsWithCode3AndNamesWhatIs) {
  const Workplace here;
  const Answer answer = run(here, "train --backend cuda");
  EXPECT_EQ(answer.code, 3);
  EXPECT_THAT(answer.out, IsEmpty());
  EXPECT_THAT(answer.err, HasSubstr("cpu ("));
}

}  // namespace
}  // namespace warpscope::cli_test
